"""The values of a batch: what is asked, what an item is, and how job and items stand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from oracle_kit.jobs.moves import ItemStatus, JobStatus
from oracle_kit.llm.provider import Message
from oracle_kit.model import Viewer
from oracle_kit.query import Value
from oracle_kit.state.audit import AuditEntry

NO_PROVIDER = "none"
Seconds = Annotated[float, Field(gt=0, le=7 * 86_400)]
MessageText = Literal["json"] | dict[str, Any]


class JobAsked(Value):
    """What is asked of a whole batch, beside its items."""

    job_type: str
    provider: str | None = None
    model: str | None = None
    private: bool = False
    priority: int = Field(default=5, ge=0, le=9, description="9 goes first; equal ones share")
    page_id: str | None = None
    system_prompt: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    response_format: MessageText | None = None
    reuse: bool = Field(
        default=False, description="take a stored reply to the same request where there is one"
    )
    actions: tuple[str, ...] = Field(
        default=(), max_length=20, description="actions that replies may propose"
    )
    item_seconds: Seconds = Field(default=120.0, description="deadline of one attempt at an item")
    job_seconds: Seconds | None = Field(default=None, description="deadline of the job, from its submission")


class ItemAsked(Value):
    """One item of a batch; what it leaves out is as the job says."""

    request_id: Annotated[str, Field(min_length=1, max_length=200)]
    messages: tuple[Message, ...] = Field(min_length=1)
    page_id: str | None = None
    system_prompt: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    response_format: MessageText | None = None


class Resolved(Value):
    """What submission settles for a job: where it will go, what content and which clock it is read by."""

    provider: str = NO_PROVIDER
    model: str = NO_PROVIDER
    content_digest: str
    clock: datetime
    viewer: Viewer


class Counts(Value):
    """How many items stand how; always counted from the items."""

    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.queued + self.running + self.succeeded + self.failed + self.cancelled

    @property
    def ended(self) -> int:
        """Items that will not run any more."""
        return self.succeeded + self.failed + self.cancelled


class Job(Value):
    """A job as it stands."""

    job_id: str
    run_id: str
    job_type: str
    status: JobStatus
    priority: int
    provider: str
    model: str
    provider_asked: str | None = None
    model_asked: str | None = None
    submitted_count: int
    completed_count: int
    failed_count: int
    cancelled_count: int
    running_count: int
    queued_count: int
    payload_hash: str
    content_digest: str
    clock: datetime
    idempotency_key: str | None = None
    submitted_by: str
    submitted_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    deadline_at: datetime | None = None
    expired_at: datetime | None = None
    failure_reason: str | None = None
    estimated_seconds: float | None = None  # until it ends, from what was measured; None where nothing was

    @property
    def ended(self) -> bool:
        """Whether nothing of it will run any more."""
        return self.status in ("completed", "completed_with_errors", "failed", "cancelled")


class Result(Value):
    """One item as it ended, or as it stands; `cursor` is where to read on, in the order in which items end."""

    request_id: str
    position: int
    status: ItemStatus
    attempts: int
    reply: str | None = None
    parsed: Any = None
    usage: dict[str, Any] = Field(default_factory=dict)
    detail: dict[str, Any] = Field(default_factory=dict)
    latency_ms: float | None = None
    provider: str | None = None
    model: str | None = None
    content_digest: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failure_class: str | None = None
    failure_reason: str | None = None
    cursor: str | None = None


class Work(Value):
    """An item that a worker has taken: what is to be done, and for whom."""

    job_id: str
    request_id: str
    attempts: int
    item: ItemAsked
    payload_hash: str
    asked: JobAsked
    provider: str
    model: str
    clock: datetime
    content_digest: str
    viewer: Viewer


class Outcome(Value):
    """What a job type made of an item; `detail` says what else there is to know: ids and counts, no rows."""

    reply: str | None = None
    parsed: Any = None
    usage: dict[str, Any] = Field(default_factory=dict)
    detail: dict[str, Any] = Field(default_factory=dict)
    provider: str | None = None
    model: str | None = None
    content_digest: str | None = None
    reuse_key: str | None = None
    audit: tuple[AuditEntry, ...] = ()  # what left the process on the way
