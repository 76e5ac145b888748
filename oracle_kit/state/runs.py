"""One row per run of any kind: a prompt, a chat, a batch; what was asked is kept as its hash alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.ids import new_id
from oracle_kit.query import digest
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.opened import State
from oracle_kit.state.tables import runs

ENDED = ("succeeded", "failed", "cancelled")
REASON_LENGTH = 500


def start_run(
    state: State,
    *,
    kind: str,
    requested_by: str,
    payload: Any,
    page_id: str | None = None,
    job_id: str | None = None,
    provider: str | None = None,
    model: str | None = None,
) -> str:
    """The id of a new run, which is `running`; `payload` is JSON, kept as its SHA-256."""
    row = {
        "run_id": new_id("run"),
        "kind": kind,
        "status": "running",
        "payload_hash": digest(payload),
        "requested_by": requested_by,
        "page_id": page_id,
        "job_id": job_id,
        "provider": provider,
        "model": model,
        "started_at": utc_now(),
    }
    state.write(lambda connection: connection.execute(sa.insert(runs).values(row)))
    return str(row["run_id"])


def end_run(
    state: State, run_id: str, *, status: str, failure_reason: str | None = None, mode: str | None = None
) -> None:
    """Say how a running run ended (succeeded, failed, cancelled); LookupError where none is running by that id."""
    ended = {**_ended(status, failure_reason), "mode": mode, "ended_at": utc_now()}
    running = sa.and_(runs.c.run_id == run_id, runs.c.status == "running")

    def end(connection: Connection) -> None:
        if connection.execute(sa.update(runs).where(running).values(ended)).rowcount != 1:
            raise LookupError(f"no run {run_id} is running")

    state.write(end)


def record_run(
    state: State,
    *,
    kind: str,
    requested_by: str,
    payload: Any,
    status: str,
    started_at: datetime,
    run_id: str | None = None,
    failure_reason: str | None = None,
    mode: str | None = None,
    page_id: str | None = None,
    job_id: str | None = None,
    provider: str | None = None,
    model: str | None = None,
    audit: Sequence[AuditEntry] = (),
) -> str:
    """The id of a run that has ended, written whole, with its audit entries, in one write."""
    run = EndedRun(
        run_id=run_id or new_id("run"),
        kind=kind,
        requested_by=requested_by,
        payload_hash=digest(payload),
        status=status,
        started_at=started_at,
        failure_reason=failure_reason,
        mode=mode,
        page_id=page_id,
        job_id=job_id,
        provider=provider,
        model=model,
        audit=tuple(audit),
    )
    record_runs(state, (run,))
    return run.run_id


@dataclass(frozen=True)
class EndedRun:
    """A run that has ended, with the audit entries of what it did."""

    run_id: str
    kind: str
    requested_by: str
    payload_hash: str
    status: str
    started_at: datetime
    failure_reason: str | None = None
    mode: str | None = None
    page_id: str | None = None
    job_id: str | None = None
    provider: str | None = None
    model: str | None = None
    audit: tuple[AuditEntry, ...] = ()

    def row(self) -> dict[str, Any]:
        """The row it becomes; ValueError for a status that does not end a run."""
        row = {name: value for name, value in vars(self).items() if name != "audit"}
        return {**row, **_ended(self.status, self.failure_reason), "ended_at": utc_now()}


def record_runs(state: State, ended: Sequence[EndedRun]) -> None:
    """Add runs that have ended, and their audit entries, all in one write."""
    if ended:
        state.write(lambda connection: add_runs(connection, ended))


def add_runs(connection: Connection, ended: Sequence[EndedRun]) -> None:
    """Add ended runs and their audit entries within a write, so that what a run made and its record are one."""
    connection.execute(sa.insert(runs), [run.row() for run in ended])
    add_entries(connection, [entry for run in ended for entry in run.audit])


def _ended(status: str, failure_reason: str | None) -> dict[str, str | None]:
    if status not in ENDED:
        raise ValueError(f"a run ends as one of {', '.join(ENDED)}, not {status!r}")
    return {"status": status, "failure_reason": failure_reason[:REASON_LENGTH] if failure_reason else None}
