"""The values of approvals, and the one table of which status may follow which."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from oracle_kit.model import Viewer
from oracle_kit.query import Value

ApprovalStatus = Literal["pending", "approved", "applied", "rejected", "stale", "expired", "failed"]
Verdict = Literal["approve", "reject"]

MOVES: dict[ApprovalStatus, tuple[ApprovalStatus, ...]] = {
    "pending": ("approved", "rejected", "expired", "applied", "stale", "failed"),
    "approved": ("applied", "stale"),  # the write is under way, or its database is away
    "applied": (),
    "rejected": (),
    "stale": (),
    "expired": (),
    "failed": (),
}


class Proposed(Value):
    """A write as it is proposed: by whom, what it was based on, and what it would come to."""

    action: str
    title: str
    arguments: dict[str, Any]
    before: dict[str, Any] = Field(default_factory=dict)
    after: list[dict[str, Any]] = Field(default_factory=list)
    reason: str = ""
    viewer: Viewer
    page_id: str | None = None
    job_id: str | None = None
    request_id: str | None = None


class Approval(Value):
    """A proposed write and how it stands."""

    approval_id: str
    action: str
    title: str
    status: ApprovalStatus
    arguments: dict[str, Any]
    before: dict[str, Any]
    after: list[dict[str, Any]]
    reason: str = ""
    payload_hash: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime | None = None
    page_id: str | None = None
    job_id: str | None = None
    request_id: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    comment: str = ""
    applied_at: datetime | None = None
    failure_reason: str | None = None
