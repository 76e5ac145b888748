"""What each rung of the ladder makes of one prompt, each by itself, and what a model is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oracle_kit.llm.planner_prompt import planning_request
from oracle_kit.llm.policy import Sight
from oracle_kit.model import Candidates, Mode, Plan
from oracle_kit.pipeline.plan import Planner
from oracle_kit.pipeline.plan_model import asked_of, mode_of
from oracle_kit.query import Value
from oracle_kit.usecases.asking import Asking


class Rung(Value):
    """One rung's plan of a prompt, or the reason why it hands over; `provider` where a model is asked."""

    mode: Mode
    provider: str | None = None
    plan: Plan | None = None
    reason: str = ""

    def __repr__(self) -> str:
        who = f"{self.mode}, {self.provider}" if self.provider else self.mode
        titles = [step.title for step in self.plan.steps] if self.plan else self.reason
        return f"<Rung {who}: {titles}>"


def each_rung(one: Asking, candidates: Candidates) -> tuple[Rung, ...]:
    """Every rung, first to last, as though those before it had handed over; models are asked one by one."""
    found = []
    for mode, provider, planner in _rungs(one):
        planned = planner.plan(one.prompt, candidates, one.context)
        plan, reason = (planned, "") if isinstance(planned, Plan) else (None, planned.reason)
        found.append(Rung(mode=mode, provider=provider, plan=plan, reason=reason))
    return tuple(found)


def shown_of(one: Asking, candidates: Candidates, sees: Sight) -> dict[str, Any]:
    """What a model that sees so much is shown of the prompt."""
    request = planning_request(asked_of(one.prompt, candidates, one.lexicon), sees)
    shown: dict[str, Any] = json.loads(request.messages[-1].content)
    return shown


def _rungs(one: Asking) -> Iterator[tuple[Mode, str | None, Planner]]:
    *first, last = one.knowledge.planners
    yield from ((planner.mode, None, planner) for planner in first)
    router = one.parts.router
    for name, own in router.policy.providers.items() if router is not None else ():
        asks = replace(one, models=replace(one.models, provider=name))
        yield mode_of(own.local), name, asks.planners[-2]
    yield last.mode, None, last
