"""Stage 3: the ladder of planners; the first that understands the whole prompt answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from oracle_kit.model import Candidates, Context, Mode, Plan, Refusal, Step
from oracle_kit.query import Value


class Handover(Value):
    """A rung's reason for not answering; the next one is asked. `notes` where it is a rung of several."""

    reason: str
    notes: tuple[str, ...] = ()


class Planner(Protocol):
    """A rung: it plans names and values only, or hands over with the reason."""

    @property
    def mode(self) -> Mode:
        """The mode that its steps carry."""
        ...

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan | Handover:
        """A plan that explains every content word of the prompt, or the reason why there is none."""
        ...


def plan(prompt: str, candidates: Candidates, context: Context, planners: Sequence[Planner]) -> Plan:
    """The plan of the first rung that gives one; the reasons of the rungs before stand in its notes."""
    if candidates.refusals:
        return refused(candidates.refusals)
    notes: list[str] = []
    for planner in planners:
        planned = planner.plan(prompt, candidates, context)
        if isinstance(planned, Plan):
            return planned.model_copy(update={"notes": (*notes, *planned.notes)})
        notes += planned.notes or (f"{planner.mode}: {planned.reason}",)
    message = "Nothing could be made of the prompt."
    return refused((Refusal(code="not_understood", message=message),), tuple(notes))


def refused(refusals: tuple[Refusal, ...], notes: tuple[str, ...] = ()) -> Plan:
    """A plan that only says why nothing is answered."""
    return Plan(steps=tuple(notice(refusal) for refusal in refusals), refusals=refusals, notes=notes)


_TITLES = {
    "not_permitted": ("denied", "Not permitted"),
    "not_understood": ("not_understood", "Not understood"),
    "unknown_value": ("not_understood", "Not in the data"),
}


def notice(refusal: Refusal, mode: Mode = "codebook_retrieval") -> Step:
    """The step that shows a refusal: the reason and what can be asked instead."""
    variant, title = _TITLES.get(refusal.code, ("refusal", "Not answered"))
    return Step(
        kind="notice",
        title=title,
        props={"variant": variant, "message": refusal.message, "items": list(refusal.suggestions)},
        mode=mode,
    )
