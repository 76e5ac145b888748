"""What the routes of batches and approvals take and answer, as schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from canvas_server.answers import Shown
from canvas_server.bodies import Body
from oracle_kit.approvals.approval import Approval
from oracle_kit.jobs.job import Job, Result
from oracle_kit.usecases.approvals import Reviewed

JobAnswer = Job
ResultAnswer = Result
ApprovalAnswer = Approval


class Jobs(Shown):
    """Jobs, newest first."""

    items: list[Job]
    next: str | None


class Results(Shown):
    """Ended items in the order in which they ended; `next` is where to read on, also when more come later."""

    items: list[Result]
    next: str | None


class Approvals(Shown):
    """Proposed writes, newest first."""

    items: list[Approval]
    next: str | None


class ReviewedApprovals(Shown):
    """What came of each decision."""

    items: list[Reviewed]


class Review(Body):
    """A decision on a proposed write."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verdict": "reject", "comment": "another lead"}]}
    )
    verdict: Literal["approve", "reject"]
    comment: Annotated[str, Field(max_length=2_000)] = ""


class Reviews(Review):
    """One decision on several proposed writes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"verdict": "reject", "approval_ids": ["apr_0"], "comment": "too late"}]
        }
    )
    approval_ids: Annotated[
        tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1, max_length=200)
    ]


class ProposedAction(Body):
    """A write to propose: a declared action and its arguments."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "action": "intel.reminders.complete",
                    "arguments": {"reminder_id": 1, "outcome": "connected"},
                    "reason": "spoke to the buyer this morning",
                }
            ]
        }
    )
    action: Annotated[str, Field(max_length=200)]
    arguments: dict[str, Any]
    reason: Annotated[str, Field(max_length=2_000)] = ""


_TEXT = {"type": "string"}
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "additionalProperties": False,
    "properties": {"role": {"enum": ["system", "user", "assistant"]}, "content": _TEXT},
}
_OWN: dict[str, Any] = {
    "page_id": {"type": ["string", "null"]},
    "system_prompt": {"type": ["string", "null"]},
    "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
    "max_tokens": {"type": ["integer", "null"], "minimum": 1},
    "response_format": {"anyOf": [{"const": "json"}, {"type": "object"}, {"type": "null"}]},
}
ITEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["request_id", "messages"],
    "additionalProperties": False,
    "properties": {
        "request_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "unique in the batch",
        },
        "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
        **_OWN,
    },
}
_EXAMPLE = {
    "job_type": "oracle_canvas_planning",
    "items": [
        {"request_id": "1", "messages": [{"role": "user", "content": "pipeline by city"}]},
        {"request_id": "2", "messages": [{"role": "user", "content": "Show overdue high-QD follow-ups"}]},
    ],
}
BATCH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A batch: what holds for all items, and the items.",
    "required": ["job_type", "items"],
    "additionalProperties": False,
    "examples": [_EXAMPLE],
    "properties": {
        "job_type": {"enum": ["chat", "oracle_canvas_planning", "template_synthesis"]},
        "provider": {"type": ["string", "null"]},
        "model": {"type": ["string", "null"]},
        "private": {"type": "boolean"},
        "priority": {"type": "integer", "minimum": 0, "maximum": 9, "description": "9 goes first"},
        "reuse": {
            "type": "boolean",
            "description": "take a stored reply to the same request where there is one",
        },
        "actions": {"type": "array", "maxItems": 20, "items": _TEXT},
        "item_seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 604_800},
        "job_seconds": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 604_800},
        **_OWN,
        "items": {"type": "array", "minItems": 1, "items": ITEM_SCHEMA},
    },
}
LINES_SCHEMA: dict[str, Any] = {
    "type": "string",
    "description": "one item to a line; the job stands in the query",
}
BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": BATCH_SCHEMA},
            "application/x-ndjson": {"schema": LINES_SCHEMA},
        },
    }
}
