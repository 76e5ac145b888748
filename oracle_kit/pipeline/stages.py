"""How a prompt's stages are timed and told: one event per stage as it ends, in order."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeVar

from oracle_kit.model import Block, Candidates, Plan, Retrieved, Revision, Timing
from oracle_kit.pipeline.fetch import Fetches

T = TypeVar("T")
Listener = Callable[[str, dict[str, Any]], None]


class Stages:
    """Times stages as they run and tells the listeners when each one ends."""

    def __init__(self, *listeners: Listener | None) -> None:
        self._listeners = tuple(one for one in listeners if one is not None)
        self.timings: list[Timing] = []

    def __call__(self, stage: str, work: Callable[[], T]) -> T:
        """What the stage's work gives; its time is kept and told with a summary."""
        started = perf_counter()
        value = work()
        timing = Timing(stage=stage, ms=round((perf_counter() - started) * 1000, 3))
        self.timings.append(timing)
        for listener in self._listeners:
            listener(stage, {**summary(value), "ms": timing.ms})
        return value


def summary(value: object) -> dict[str, Any]:
    """What a stage came to, in a few plain facts; never a row's values."""
    if isinstance(value, Retrieved):
        return {"words": len(value.spans), "templates": [match.template_id for match in value.matches[:3]]}
    if isinstance(value, Candidates):
        return {"datasets": len(value.datasets), "refusals": [one.code for one in value.refusals]}
    if isinstance(value, Plan):
        titles = [step.title for step in value.steps]
        return {"mode": value.mode, "steps": titles, "not_understood": list(value.not_understood)}
    if isinstance(value, Fetches):
        return {"queries": len(value.records), "rows": sum(one.row_count for one in value.records)}
    if isinstance(value, Revision):
        return {"page_id": value.page_id, "revision": value.id, "number": value.number}
    if isinstance(value, tuple):
        return {"blocks": [one.id for one in value if isinstance(one, Block)]}
    return {}
