"""The ladder: the first rung that understands answers, the reasons of the others are noted."""

from __future__ import annotations

from typing import ClassVar

from oracle_kit.model import Candidates, Context, Mode, Plan, Refusal, Step
from oracle_kit.pipeline.plan import Handover, plan
from tests.language.desk import ANALYST, CLOCK, ask

CONTEXT = Context(viewer=ANALYST, clock=CLOCK)


class Silent:
    """A rung that hands over."""

    mode: ClassVar[Mode] = "ollama_local"

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan | Handover:
        """Always the reason."""
        return Handover(reason="no model is configured")


class Sure:
    """A rung that plans."""

    mode: ClassVar[Mode] = "deterministic_fallback"

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan | Handover:
        """Always the same plan."""
        return Plan(steps=(Step(kind="text", title="x", mode=self.mode),), notes=("mine",))


def test_the_first_plan_wins_and_reasons_are_noted() -> None:
    planned = plan("x", Candidates(), CONTEXT, (Silent(), Sure()))
    assert planned.notes == ("ollama_local: no model is configured", "mine")
    assert planned.mode == "deterministic_fallback"


def test_with_no_rung_left_the_prompt_is_refused() -> None:
    planned = plan("x", Candidates(), CONTEXT, (Silent(),))
    assert planned.refusals[0].code == "not_understood"
    assert planned.notes


def test_a_refusal_of_selection_is_the_answer() -> None:
    refusal = Refusal(code="out_of_scope", message="no")
    planned = plan("x", Candidates(refusals=(refusal,)), CONTEXT, (Sure(),))
    assert planned.refusals == (refusal,)
    assert planned.steps[0].kind == "notice"


def test_an_understood_prompt_never_reaches_the_next_rung() -> None:
    planned = ask("leads by city")
    assert planned.mode == "codebook_retrieval"
    assert planned.notes == ()


def test_the_number_tile_has_its_comparison() -> None:
    step = ask("how many leads last month").steps[0]
    assert step.kind == "kpi_tile"
    assert step.queries["compare"].window != step.queries["main"].window
    running = ask("how many leads this month").steps[0].queries["compare"].window
    assert running is not None
    assert (running.form, running.offset) == ("to_date", -1)
    assert "compare" not in ask("how many leads before March").steps[0].queries
