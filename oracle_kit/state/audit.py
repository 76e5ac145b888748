"""The audit: who did what to what, one row each, only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.engine import Connection

from oracle_kit.query import Value
from oracle_kit.state.columns import utc_now
from oracle_kit.state.opened import State
from oracle_kit.state.tables import audit

_ADD = sa.insert(audit)


class AuditEntry(Value):
    """One thing that was done; `detail` holds JSON: digests, counts and ids, never rows or secrets."""

    who: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict)


class AuditRecord(AuditEntry):
    """An entry as it stands in the audit: its number, which only grows, and its time (UTC)."""

    entry: int
    at: datetime


def record(state: State, entries: Sequence[AuditEntry]) -> None:
    """Add the entries, all in one write."""
    if entries:
        state.write(lambda connection: add_entries(connection, entries))


def add_entries(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Add the entries within a write, so that what was done and its record are one."""
    if entries:
        at = utc_now()
        connection.execute(_ADD, [{"at": at, **dict(entry)} for entry in entries])


def audit_trail(
    state: State,
    *,
    who: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[AuditRecord, ...]:
    """Entries, newest first, of one person or about one subject; `before` an entry's number for the next page."""
    wanted = {audit.c.who: who, audit.c.subject: subject}
    chosen = sa.select(audit).where(
        *(column == value for column, value in wanted.items() if value is not None)
    )
    if before is not None:
        chosen = chosen.where(audit.c.entry < before)
    with state.read() as connection:
        rows = connection.execute(chosen.order_by(audit.c.entry.desc()).limit(limit)).mappings()
        return tuple(AuditRecord(**row) for row in rows)
