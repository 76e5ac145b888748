"""What a worker of this workbench is made of: its job types, and how many items may be under way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from oracle_kit.jobs.chat_type import Chat, Schema
from oracle_kit.jobs.job import NO_PROVIDER, Work
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.jobs.planning_type import CanvasPlanning
from oracle_kit.jobs.synthesis_type import TemplateSynthesis
from oracle_kit.jobs.taking import Limit
from oracle_kit.jobs.worker import Pace
from oracle_kit.model import Answer, Source, Viewer, json_ready
from oracle_kit.query import digest
from oracle_kit.usecases.growing import Growing
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.people import Staff
from oracle_kit.usecases.trial import Trial
from oracle_kit.windows import Clock

UNBOUND = 10_000  # items under way where no provider is asked: the threads bound them


class Asker(Protocol):
    """A workbench, as far as a batch needs it."""

    def ask(
        self,
        prompt: str,
        *,
        viewer: Viewer,
        page: str | None = None,
        key: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
    ) -> Answer:
        """The answer, committed once per key."""
        ...

    def dry_run(
        self,
        prompt: str,
        *,
        viewer: Viewer,
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
    ) -> dict[str, Any]:
        """The plan."""
        ...


OpenAt = Callable[[Parts], Asker]


def job_types(parts: Parts, open_at: OpenAt, ledger: Ledger, schema: Schema) -> JobTypes:
    """The types of jobs that this workbench runs; `schema` is of the actions that a chat's replies may propose."""
    planning, growing = CanvasPlanning(_Asks(parts, open_at)), Growing(parts, Trial(parts, open_at))
    return JobTypes([Chat(parts.router, ledger.reply, schema), planning, TemplateSynthesis(growing)])


def limit_of(parts: Parts) -> Limit:
    """How many items may be under way at a provider's model, over all processes.

    One place fewer than the provider has is for prompts and chats; where there is only one, a batch takes it when
    nobody waits for it here.
    """

    def limit(provider: str, model: str) -> int:
        lane = parts.router.lanes.get(provider) if parts.router is not None else None
        if provider == NO_PROVIDER or lane is None:
            return UNBOUND
        places = lane.places(model)
        if places > 1:
            return places - 1
        return 0 if lane.waiting else 1

    return limit


def pace_of(parts: Parts, threads: int | None = None) -> Pace:
    """How the worker of this process goes about it."""
    limits = parts.batch
    return Pace(threads=threads or limits.threads, keep_days=limits.keep_days, lease=limits.lease_seconds)


class _Asks:
    """Plans or answers a prompt as the submitter, by the clock of the submission and the rights of now."""

    def __init__(self, parts: Parts, open_at: OpenAt) -> None:
        self._parts, self._open_at, self._staff = parts, open_at, Staff(parts)

    def __call__(self, prompt: str, work: Work, *, page_id: str | None, key: str) -> dict[str, Any]:
        self._staff.check(work.viewer)
        clock = Clock(now=work.clock, calendar=self._parts.catalog.calendar)
        oracle = self._open_at(replace(self._parts, clock=lambda: clock, workload="batch"))
        wish = work.asked.model_dump(include={"provider", "model", "private"})
        content = digest([self._parts.catalog.digest, self._parts.knowledge.current().codebook.digest])
        if page_id is None:
            told = _planned(oracle.dry_run(prompt, viewer=work.viewer, **wish))
        else:
            once = "batch:" + hashlib.sha256(key.encode()).hexdigest()
            told = _answered(oracle.ask(prompt, viewer=work.viewer, page=page_id, key=once, **wish))
        return {**told, "content_digest": content}


def _planned(plan: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a plan: names and values, not the statements with the viewer's own bounds in them."""
    steps = [{name: value for name, value in step.items() if name != "sql"} for step in plan["steps"]]
    kept = {**plan, "steps": steps}
    kept.pop("timings", None)
    facts = [step for step in steps if step["kind"] not in ("text", "notice") and not step["suggestion"]]
    warned = plan["refusals"] or plan["not_understood"] or plan["reservations"]
    status = "refused" if not facts else "reservation" if warned else "answered"
    said = [one["message"] for one in plan["refusals"]] or [
        "not understood: " + ", ".join(plan["not_understood"])
    ]
    planner = next((step for step in steps if step["provider"] is not None), {})
    return {
        "answer": json_ready(kept),
        "mode": plan["mode"],
        "provider": planner.get("provider"),
        "model": planner.get("model"),
        "status": status,
        "titles": [step["title"] for step in facts],
        "said": said,
    }


def _answered(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer: ids and what was made of the words; the rows stand on the page."""
    blocks = [
        {"id": one.id, "kind": one.kind, "title": one.title, "template_id": one.template_id}
        for one in answer.blocks
    ]
    told = answer.model_dump(
        mode="json",
        include={"page_id", "mode", "not_understood", "refusals", "choices", "notes", "reservations"},
    )
    revision = answer.revision.id if answer.revision is not None else None
    planner = next((one.source for one in answer.blocks if one.source.provider is not None), Source())
    said = [one.message for one in answer.refusals] or [block.title for block in answer.blocks]
    return {
        "answer": {**told, "revision": revision, "blocks": blocks, "status": answer.status},
        "mode": answer.mode,
        "provider": planner.provider,
        "model": planner.model,
        "status": answer.status,
        "titles": [one.title for one in answer.blocks if one.kind not in ("text", "notice")],
        "said": said,
    }
