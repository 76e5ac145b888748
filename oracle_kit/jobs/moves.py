"""Which status may follow which: the one table of legal moves, which every write of the ledger goes through."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.state.job_tables import items, jobs

JobStatus = Literal[
    "queued", "running", "completed", "completed_with_errors", "failed", "cancelling", "cancelled"
]
ItemStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]

JOB_MOVES: dict[JobStatus, tuple[JobStatus, ...]] = {
    "queued": ("running", "cancelling", "failed"),  # failed: its deadline passed before anything ran
    "running": ("completed", "completed_with_errors", "failed", "cancelling"),
    "cancelling": ("cancelled", "completed", "completed_with_errors", "failed"),
    "completed": (),
    "completed_with_errors": ("running",),  # a retry
    "failed": ("running",),
    "cancelled": ("running",),  # a retry of what failed before the cancel
}
ITEM_MOVES: dict[ItemStatus, tuple[ItemStatus, ...]] = {
    "queued": ("running", "failed", "cancelled"),
    "running": (
        "succeeded",
        "failed",
        "cancelled",
        "queued",
    ),  # queued: to be tried again, or its worker died
    "succeeded": (),
    "failed": ("queued",),
    "cancelled": (),
}
ACTIVE: tuple[JobStatus, ...] = ("queued", "running", "cancelling")
UNFINISHED: tuple[ItemStatus, ...] = ("queued", "running")


def move_jobs(connection: Connection, which: sa.ColumnElement[bool], to: JobStatus, **also: Any) -> int:
    """How many of the jobs moved: those from whose status the move is legal; the others stay as they are."""
    allowed = [status for status, after in JOB_MOVES.items() if to in after]
    change = sa.update(jobs).where(which, jobs.c.status.in_(allowed)).values(status=to, **also)
    return connection.execute(change).rowcount


def move_items(connection: Connection, which: sa.ColumnElement[bool], to: ItemStatus, **also: Any) -> int:
    """How many of the items moved, as `move_jobs`."""
    allowed = [status for status, after in ITEM_MOVES.items() if to in after]
    change = sa.update(items).where(which, items.c.status.in_(allowed)).values(status=to, **also)
    return connection.execute(change).rowcount
