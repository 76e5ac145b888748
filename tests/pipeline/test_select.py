"""Selection: what a viewer may use, names found for them, and nothing said of the rest."""

from __future__ import annotations

from oracle_kit.model import Candidates, Context, Match
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.query import Scalar
from tests.language.company import COMPANY
from tests.language.desk import ANALYST, CLOCK, FixedRanker, ask, find_name, lexicon, line

CONTEXT = Context(viewer=ANALYST, clock=CLOCK)
MATCHES = (
    Match(template_id="a", dataset="crm.leads", score=0.9),
    Match(template_id="b", dataset="inventory.units", score=0.5),
)


def selected(prompt: str, *denied: str) -> Candidates:
    """The candidates for a prompt when some datasets are denied."""
    words = {d.id: d for d in COMPANY if d.id not in denied}
    found = retrieve(prompt, lexicon(), FixedRanker(*MATCHES), CONTEXT)
    return select(prompt, found, lexicon(), words.get, find_name, CONTEXT)


def test_retrieval_keeps_every_meaning_and_the_rankers_matches() -> None:
    found = retrieve("negotiation", lexicon(), FixedRanker(*MATCHES), CONTEXT)
    assert {e.dataset for span in found.spans for e in span.entries} == {"crm.leads", "crm.deals"}
    assert found.matches == MATCHES


def test_denied_datasets_leave_no_trace() -> None:
    candidates = selected("negotiation", "crm.deals", "inventory.units")
    assert {d.id for d in candidates.datasets}.isdisjoint({"crm.deals", "inventory.units"})
    assert all(e.dataset != "crm.deals" for span in candidates.spans for e in span.entries)
    assert [match.template_id for match in candidates.matches] == ["a"]
    assert not candidates.refusals


def test_a_word_of_denied_data_only_is_refused() -> None:
    (refusal,) = selected("psf of projects", "inventory.units").refusals
    assert refusal.code == "not_permitted"
    assert "Inventory" not in " ".join(refusal.suggestions)


def test_names_are_looked_up_only_for_words_that_nothing_explains() -> None:
    asked: list[str] = []

    def lookup(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
        asked.append(words)
        return ()

    words = {d.id: d for d in COMPANY}
    for prompt in ("hot leads by city", "leads of Zanzibar"):
        found = retrieve(prompt, lexicon(), FixedRanker(), CONTEXT)
        select(prompt, found, lexicon(), words.get, lookup, CONTEXT)
    assert set(asked) == {"Zanzibar"}


def test_a_name_grows_over_its_further_words() -> None:
    planned = ask("units in Green Park")
    assert line(planned.steps[0].queries["main"]) == "units list | where project eq Green Park"


def test_a_long_prompt_asks_for_few_names() -> None:
    asked: list[str] = []

    def lookup(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
        asked.append(words)
        return ()

    prompt = " ".join(f"leads unknownword{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(200))
    found = retrieve(prompt, lexicon(), FixedRanker(), CONTEXT)
    select(prompt, found, lexicon(), {d.id: d for d in COMPANY}.get, lookup, CONTEXT)
    assert len(asked) <= 30
