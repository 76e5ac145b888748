"""A second company without a line of Python: a bike shop's own schema, datasets and templates answer its prompts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit import Answer, Oracle, Settings, open_oracle
from oracle_kit.evaluate import Case, Gold, evaluate
from tests.bikeshop.prompts import PROMPTS, REFUSED
from tests.bikeshop.shop import CONTENT, NOW, build_shop


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shop's database."""
    return build_shop(tmp_path_factory.mktemp("shop") / "shop.duckdb")


@pytest.fixture(scope="module")
def oracle(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """A workbench on the shop's own content."""
    opened = open_oracle(
        Settings(
            warehouse_url=url,
            home=tmp_path_factory.mktemp("home"),
            datasets=CONTENT / "datasets",
            codebook=CONTENT / "codebook",
            now=NOW,
        )
    )
    yield opened
    opened.close()


def asked(oracle: Oracle, prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
    """The answer of the last prompt on a page where the others were asked before."""
    page = None
    for one in (*on, prompt):
        answer = oracle.ask(one, viewer=oracle.viewer(viewer), page=page)
        page = answer.page_id
    return answer


def test_there_are_forty_prompts_over_four_datasets_and_twenty_templates(oracle: Oracle) -> None:
    viewer = oracle.viewer("analyst")
    assert len(PROMPTS) >= 40
    assert len(REFUSED) >= 4
    assert len(oracle.datasets.list(viewer=viewer)) == 4
    assert len(oracle.templates.search(viewer=viewer)) >= 20


@pytest.mark.parametrize("case", PROMPTS, ids=lambda case: case.id)
def test_each_prompt_comes_out_as_the_statement_written_by_hand(case: Case, oracle: Oracle, url: str) -> None:
    report = evaluate(lambda prompt, viewer, on=(): asked(oracle, prompt, viewer, on), [case], Gold(url))
    (result,) = report.results
    assert result.outcome in ("right", "right_reserved", "refused_rightly"), (
        f"{result.reason} ({result.title})"
    )


def test_the_content_has_no_fault_against_the_schema(oracle: Oracle) -> None:
    assert [finding for finding in oracle.check() if finding.level == "error"] == []


def test_a_clerk_sees_the_rentals_that_they_handed_out(oracle: Oracle) -> None:
    clerk = oracle.viewer("advisor", first_name="Ines")
    answer = oracle.ask("how many rentals", viewer=clerk)
    everything = oracle.ask("how many rentals", viewer=oracle.viewer("analyst"))
    assert 0 < int(str(answer.blocks[0].rows[0][0])) < int(str(everything.blocks[0].rows[0][0]))
    assert oracle.ask("open repairs", viewer=clerk).refusals[0].code == "not_permitted"


def test_a_rider_is_found_by_name_and_a_mail_address_stays_masked(oracle: Oracle) -> None:
    answer = oracle.ask("rides of Anna Albers", viewer=oracle.viewer("analyst"))
    names = set(answer.blocks[0].results["main"].column("rider"))
    assert names == {"Anna Albers"}
    assert "@" not in str(oracle.ask("list riders", viewer=oracle.viewer("analyst")).blocks[0].rows)


def test_the_shop_has_its_own_calendar_and_money(oracle: Oracle) -> None:
    answer = oracle.ask("revenue this year", viewer=oracle.viewer("analyst"))
    rows = answer.blocks[0].results["main"]
    assert rows.bounds[0].start is not None
    assert str(rows.bounds[0].start).startswith("2026-01-01")
    assert rows.columns[0].unit == "EUR"


def test_none_of_the_shop_is_in_the_product() -> None:
    root = Path(__file__).parents[2] / "oracle_kit"
    words = ("pedelec", "bikeshop", "e-bike")
    found = [path for path in root.rglob("*.py") if any(word in path.read_text("utf-8") for word in words)]
    assert found == []
