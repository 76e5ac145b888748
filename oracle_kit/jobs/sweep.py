"""What nobody else would finish: jobs past their deadline, ended but not closed, cancelled halfway, or expired."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.jobs.ends import ending
from oracle_kit.jobs.ledger import TOGETHER, cancel_queued, close
from oracle_kit.jobs.moves import ACTIVE, move_items
from oracle_kit.state import State
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs, results

ORPHANED_S = 3_600.0  # items of a submission that broke off are deleted when no job has come so long after


def sweep(state: State) -> None:
    """Finish what jobs are about to end: their deadline passed, they are cancelled, or all their items have ended."""
    with state.read() as connection:
        wanted = sa.select(jobs.c.job_id, jobs.c.status, jobs.c.deadline_at).where(jobs.c.status.in_(ACTIVE))
        active = connection.execute(wanted).all()
    now = utc_now()
    for job_id, status, deadline in active:
        if status == "cancelling":
            cancel_queued(state, job_id)
        elif deadline is not None and deadline <= now:
            _fail_queued(state, job_id)
        close(state, job_id)


def expire(state: State, before: datetime) -> int:
    """How many jobs lost their payloads and results: those that ended before a time; how they went stays."""
    old = sa.select(jobs.c.job_id).where(jobs.c.ended_at < before, jobs.c.expired_at.is_(None))
    with state.read() as connection:
        found = list(connection.execute(old.limit(TOGETHER)).scalars())
    for job_id in found:
        _expire_one(state, job_id)
    return len(found)


def delete_older(state: State, days: float) -> int:
    """As `expire`, for jobs that ended so many days ago."""
    return expire(state, utc_now() - timedelta(days=days))


class Orphans:
    """Items whose submission broke off before its job was there."""

    def __init__(self, seconds: float = ORPHANED_S) -> None:
        self._seconds, self._seen = seconds, dict[str, float]()

    def delete(self, state: State) -> int:
        """How many items were deleted: of submissions first seen without a job long enough ago."""
        without = sa.select(items.c.job_id).where(items.c.job_id.not_in(sa.select(jobs.c.job_id))).distinct()
        with state.read() as connection:
            found = set(connection.execute(without).scalars())
        now = time.monotonic()
        self._seen = {job_id: self._seen.get(job_id, now) for job_id in found}
        late = [job_id for job_id, seen in self._seen.items() if now - seen >= self._seconds]
        gone = sa.delete(items).where(
            items.c.job_id.in_(late), items.c.job_id.not_in(sa.select(jobs.c.job_id))
        )
        return state.write(lambda connection: connection.execute(gone).rowcount) if late else 0


def _fail_queued(state: State, job_id: str) -> None:
    why = {"failure_class": "deadline", "failure_reason": "the job's deadline passed before it was run"}
    waiting = (
        sa.select(items.c.request_id)
        .where(items.c.job_id == job_id, items.c.status == "queued")
        .order_by(items.c.position)
        .limit(TOGETHER)
    )

    def some(connection: Connection) -> int:
        chosen = sa.and_(items.c.job_id == job_id, items.c.request_id.in_(waiting))
        number = ending(connection, [job_id])[job_id]
        ends = {"ended_at": utc_now(), "ended_in": number, "ended_order": items.c.position}
        return move_items(connection, chosen, "failed", **ends, **why)

    while state.write(some):
        pass


def _expire_one(state: State, job_id: str) -> None:
    def work(connection: Connection) -> None:
        connection.execute(sa.delete(results).where(results.c.job_id == job_id))
        connection.execute(sa.update(items).where(items.c.job_id == job_id).values(payload=None))
        connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id).values(expired_at=utc_now()))

    state.write(work)
