"""Asks are understood, and reach their template where the ranker finds it, also the three prompts of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pytest

from oracle_kit.codebook.template import Template
from oracle_kit.datasets.live import LiveValues
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Candidates, Context, Match, Step, Viewer
from oracle_kit.pipeline.plan_bind import Shelf, bind_steps
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.words import DatasetWords
from tests.codebook_content.shipped import catalog, clock, codebook
from tests.language.desk import FixedRanker

REACHED = 0.98  # of all asks; the others are understood by other words than before
OWN, OTHER = 0.9, 0.3


class Reader:
    """Reads prompts as an analyst, on the demo's values."""

    def __init__(self, words: tuple[DatasetWords, ...]) -> None:
        self.words = {one.id: one for one in words}
        self.context = Context(viewer=Viewer(id="analyst", roles=("analyst",)), clock=clock())

    @cached_property
    def lexicon(self) -> Lexicon:
        """The compiled words."""
        return Lexicon.compile(tuple(self.words.values()), load_tongue(), load_speech())

    def candidates(self, prompt: str, matches: tuple[Match, ...]) -> Candidates:
        """What the first two stages find."""
        found = retrieve(prompt, self.lexicon, FixedRanker(*matches), self.context)
        return select(prompt, found, self.lexicon, self.words.get, lambda *_: (), self.context)

    def steps(self, prompt: str, template: Template) -> list[Step]:
        """The steps for a prompt that the ranker finds to be the template's; none when it is not understood."""
        candidates = self.candidates(prompt, matches(template))
        parts = Sentence.of(prompt, candidates, self.context, self.lexicon).understood()
        if len(parts) != 1 or parts[0].ties:
            return []
        return bind_steps(parts[0].reading, Shelf.of(codebook().templates), candidates, clock())


def matches(template: Template) -> tuple[Match, ...]:
    """The template first, a few others of its dataset behind it."""
    near = [
        one for one in codebook().templates.values() if one.dataset == template.dataset and one != template
    ]
    others = [Match(template_id=one.id, dataset=one.dataset, score=OTHER) for one in near]
    return (Match(template_id=template.id, dataset=template.dataset, score=OWN), *others[:11])


@pytest.fixture(scope="module")
def reader(velocity_duckdb: str) -> Iterator[Reader]:
    warehouse = Warehouse(velocity_duckdb)
    yield Reader(catalog().words(LiveValues(catalog(), warehouse, clock())))
    warehouse.close()


def test_asks_reach_their_template(reader: Reader) -> None:
    missed = []
    asks = [(one, ask) for one in codebook().templates.values() for ask in one.asks]
    for template, ask in asks:
        steps = reader.steps(ask, template)
        if not steps or steps[0].template_id != template.id:
            missed.append(f"{template.id}: {ask} -> {steps[0].template_id if steps else 'not understood'}")
    assert len(missed) <= (1 - REACHED) * len(asks), "\n".join(missed)


DEMO = {
    "Show overdue high-QD follow-ups.": ("follow_ups.overdue.high_qd", "table"),
    "Build a CRM pipeline view for high-intent NRI buyers.": ("pipeline.view.crm_view", "pipeline_board"),
    "Build a Kolkata luxury inventory comparison block.": (
        "inventory.comparing.kolkata_luxury",
        "comparison",
    ),
}


@pytest.mark.parametrize(("prompt", "expected"), DEMO.items(), ids=list(DEMO))
def test_the_prompts_of_the_demo_get_a_dashboard(
    reader: Reader, prompt: str, expected: tuple[str, str]
) -> None:
    identity, kind = expected
    steps = reader.steps(prompt, codebook().templates[identity])
    assert (steps[0].template_id, steps[0].kind) == expected
    assert len(steps) >= 6
    assert {step.kind for step in steps} >= {kind, "kpi_tile", "bar_chart"}


def test_a_narrower_prompt_narrows_the_whole_company(reader: Reader) -> None:
    steps = reader.steps(
        "overdue high QD follow ups in Kolkata", codebook().templates["follow_ups.overdue.high_qd"]
    )
    assert len(steps) >= 6
    assert all("Kolkata" in str(step.queries["main"].where) for step in steps)
    assert all(step.title.endswith("Kolkata") for step in steps[1:])
