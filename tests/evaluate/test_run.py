"""Cases asked and judged against gold SQL that runs on the real demo warehouse."""

from __future__ import annotations

from threading import get_ident

import pytest

from oracle_kit.errors import ContentError, NotPermitted, Unavailable, WarehouseUnavailable
from oracle_kit.evaluate import Case, Gold, evaluate
from oracle_kit.model import Answer, Match
from tests.evaluate.made import answer, block, refusal, rows

LEADS = "SELECT count(*) FROM crm_leads"


def leads(url: str) -> int:
    return int(Gold(url).read(LEADS)[0][0])


def cases() -> tuple[Case, ...]:
    number = {"gold": (LEADS,), "compare": "scalar"}
    return (
        Case(id="right", prompt="how many leads", category="one", **number),
        Case(id="wrong", prompt="seven", category="one", **number),
        Case(id="boom", prompt="boom", category="two", **number),
        Case(id="denied", prompt="denied", category="two", viewer="viewer", expect="refuse"),
        Case(id="again", prompt="again", category="two", on=("how many leads",), **number),
    )


def asker(count: int) -> object:
    def ask(prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        if prompt == "boom":
            raise ZeroDivisionError("division by zero")
        if viewer == "viewer":
            raise NotPermitted("a viewer may not prompt")
        if prompt == "again" and on != ("how many leads",):
            return refusal("nothing stands on the page")
        shown = block(rows("n:integer", (7 if prompt == "seven" else count,)), template_id="leads.one")
        return answer(shown)

    return ask


@pytest.mark.parametrize("jobs", [1, 3])
def test_cases_are_judged_in_order_whatever_the_jobs(velocity_duckdb: str, jobs: int) -> None:
    told: list[float] = []
    report = evaluate(
        asker(leads(velocity_duckdb)),  # type: ignore[arg-type]  # a plain function is an Ask
        cases(),
        Gold(velocity_duckdb),
        jobs=jobs,
        progress=lambda _, fraction: told.append(fraction),
    )
    assert [(one.id, one.outcome) for one in report.results] == [
        ("right", "right"),
        ("wrong", "wrong_unwarned"),
        ("boom", "refused_wrongly"),
        ("denied", "refused_rightly"),
        ("again", "right"),
    ]
    assert report.results[2].reason == "failed: ZeroDivisionError: division by zero"
    assert [one.viewer for one in report.results] == ["analyst", "analyst", "analyst", "viewer", "analyst"]
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_the_template_hit_and_the_runner_up_are_kept(velocity_duckdb: str) -> None:
    ranked = (("leads.one", 0.75), ("leads.two", 0.5), ("deals.one", 0.25))
    report = evaluate(
        asker(leads(velocity_duckdb)),  # type: ignore[arg-type]  # a plain function is an Ask
        cases()[:1],
        Gold(velocity_duckdb),
        rank=lambda prompt, viewer: [
            Match(template_id=one, dataset="d", score=score) for one, score in ranked
        ],
    )
    (one,) = report.results
    assert (one.template, one.second, one.score, one.margin) == ("leads.one", "leads.two", 0.75, 0.25)
    assert report.confusions[0].second == "leads.two"


def test_jobs_ask_in_threads_of_their_own(velocity_duckdb: str) -> None:
    threads: set[int] = set()

    def ask(prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        threads.add(get_ident())
        return refusal("no")

    evaluate(ask, cases(), Gold(velocity_duckdb), jobs=2)
    assert get_ident() not in threads
    assert 1 <= len(threads) <= 2


def test_a_gold_that_does_not_run_is_named_by_its_case(velocity_duckdb: str) -> None:
    bad = Case(id="bad-01", prompt="how many leads", gold=("SELECT count(*) FROM crm_laeds",))
    with pytest.raises(ContentError, match=r"gold: bad-01: does not run: .*crm_laeds"):
        evaluate(asker(1), [bad], Gold(velocity_duckdb))  # type: ignore[arg-type]  # a plain function is an Ask


def test_gold_cannot_write(velocity_duckdb: str) -> None:
    before = leads(velocity_duckdb)
    with pytest.raises(ContentError, match="does not run"):
        Gold(velocity_duckdb).read("DELETE FROM crm_leads")
    assert leads(velocity_duckdb) == before


def test_gold_cannot_write_on_postgresql(postgres_url: str) -> None:
    gold = Gold(postgres_url)
    assert gold.read("SELECT 1, 'a%b'") == ((1, "a%b"),)
    with pytest.raises(ContentError, match="read-only"):
        gold.read("CREATE TABLE t (a int)")


def test_a_warehouse_that_is_not_there_is_said(tmp_path: object) -> None:
    with pytest.raises(WarehouseUnavailable, match="there is no warehouse"):
        Gold(f"duckdb:///{tmp_path}/absent.duckdb").read("SELECT 1")
    with pytest.raises(Unavailable, match="cannot be read from sqlite"):
        Gold("sqlite:///x.db")
    with pytest.raises(Unavailable, match="cannot be read"):
        Gold("no url")


def test_an_empty_gold_is_marked(velocity_duckdb: str) -> None:
    empty = Case(id="e", prompt="how many leads", gold=("SELECT 1 WHERE 1 = 0", LEADS), compare="scalar")
    report = evaluate(asker(leads(velocity_duckdb)), [empty], Gold(velocity_duckdb))  # type: ignore[arg-type]  # as above
    assert report.results[0].empty_gold
    assert report.results[0].outcome == "right"
