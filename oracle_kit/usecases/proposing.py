"""What the reply of a batch item proposes: looked at before it is stored, kept with its result or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from oracle_kit.approvals.approval import Proposed
from oracle_kit.approvals.store import insert
from oracle_kit.datasets.actions import arguments_schema, find_action, may_propose
from oracle_kit.errors import ContentError, Refused
from oracle_kit.identity.roles import require
from oracle_kit.ids import new_id
from oracle_kit.jobs.claims import Ended
from oracle_kit.jobs.job import JobAsked
from oracle_kit.jobs.spool import BatchRefused
from oracle_kit.jobs.synthesis_type import TemplateSynthesis
from oracle_kit.model import Viewer
from oracle_kit.usecases.approvals import Approvals

MOST_PROPOSED = 5  # by one reply; one that proposes more proposes nothing


class Proposing:
    """Turns the actions in a reply into proposals of the item's submitter."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def check(self, asked: JobAsked, viewer: Viewer) -> None:
        """BatchRefused where the submitter may not propose one of the actions that the job allows.

        NotPermitted where a job proposes templates and its submitter may not.
        """
        if asked.job_type == TemplateSynthesis.name:
            require(viewer, "author_templates")
        for name in asked.actions:
            action = find_action(self._approvals.actions, name)
            if not may_propose(action, viewer):
                raise BatchRefused(
                    f"You may not propose {name}.", hint=f"These roles may: {', '.join(action.file.roles)}."
                )

    def schema(self, names: Sequence[str]) -> dict[str, Any]:
        """The JSON schema of a reply that may propose these actions; ActionRefused for one that is not declared."""
        actions = [find_action(self._approvals.actions, name) for name in dict.fromkeys(names)]
        proposals = [
            {
                "type": "object",
                "description": f"{action.file.title}. {action.file.why}",
                "properties": {
                    "action": {"const": action.id},
                    "arguments": arguments_schema(action),
                    "reason": {"type": "string"},
                },
                "required": ["action", "arguments", "reason"],
                "additionalProperties": False,
            }
            for action in actions
        ]
        return {
            "type": "object",
            "properties": {
                "reply": {"type": "string"},
                "actions": {"type": "array", "maxItems": MOST_PROPOSED, "items": {"anyOf": proposals}},
            },
            "required": ["reply", "actions"],
            "additionalProperties": False,
        }

    def __call__(self, ended: Ended) -> Ended:
        """The end with its proposals written beside its result; what cannot be proposed stands there with why."""
        outcome, work = ended.outcome, ended.work
        if work.asked.job_type == TemplateSynthesis.name and outcome is not None:
            return self._with_templates(ended, outcome.parsed["proposed"])
        wanted = (
            outcome.parsed.get("actions")
            if outcome is not None and isinstance(outcome.parsed, Mapping)
            else None
        )
        if outcome is None or not work.asked.actions or not isinstance(wanted, list) or not wanted:
            return ended
        if len(wanted) > MOST_PROPOSED:
            refused = [
                {"reason": f"it proposes {len(wanted)} actions; at most {MOST_PROPOSED} are looked at"}
            ]
            return _with(ended, {"proposals_refused": refused})
        return _proposing(ended, *self._sorted(ended, wanted))

    def _with_templates(self, ended: Ended, wanted: Sequence[Mapping[str, Any]]) -> Ended:
        """The end with the templates that it makes as proposals."""
        work = ended.work
        proposed: list[Proposed] = []
        refused: list[dict[str, Any]] = []
        for one in wanted:
            try:
                found = self._approvals.prepared_template(
                    one["template_id"], one["text"], work.viewer, reason=one["reason"]
                )
                proposed.append(
                    found.model_copy(update={"job_id": work.job_id, "request_id": work.request_id})
                )
            except (Refused, ContentError) as error:
                refused.append({"reason": str(error), "code": error.code})
        return _proposing(ended, proposed, refused)

    def _sorted(self, ended: Ended, wanted: Sequence[Any]) -> tuple[list[Proposed], list[dict[str, Any]]]:
        work = ended.work
        proposed: list[Proposed] = []
        refused: list[dict[str, Any]] = []
        for one in wanted:
            try:
                found = self._prepared(one, work.asked.actions, work.viewer)
                proposed.append(
                    found.model_copy(update={"job_id": work.job_id, "request_id": work.request_id})
                )
            except Refused as error:
                refused.append({"reason": str(error), "code": error.code})
        return proposed, refused

    def _prepared(self, one: Any, allowed: Sequence[str], viewer: Viewer) -> Proposed:
        told = one if isinstance(one, Mapping) else {}
        name, arguments, reason = (told.get(key) for key in ("action", "arguments", "reason"))
        if name not in allowed:
            raise Refused(f"{name!r:.60} is not an action that this job may propose.")
        if not isinstance(arguments, Mapping):
            raise Refused("The arguments of an action are an object.")
        return self._approvals.prepared(
            str(name), arguments, viewer, reason=reason if isinstance(reason, str) else ""
        )


def _proposing(ended: Ended, proposed: Sequence[Proposed], refused: Sequence[Mapping[str, Any]]) -> Ended:
    """The end with its proposals written beside its result, and those that could not be."""
    ids = [new_id("apr") for _ in proposed]

    def also(connection: Connection) -> None:
        for approval_id, one in zip(ids, proposed, strict=True):
            insert(connection, approval_id, one)

    return replace(_with(ended, {"proposals": ids, "proposals_refused": list(refused)}), also=also)


def _with(ended: Ended, more: Mapping[str, Any]) -> Ended:
    assert ended.outcome is not None  # noqa: S101  # narrows the type: only these propose
    told = {name: value for name, value in more.items() if value}
    outcome = ended.outcome.model_copy(update={"detail": {**ended.outcome.detail, **told}})
    return replace(ended, outcome=outcome)
