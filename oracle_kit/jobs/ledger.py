"""The ledger of batches: what was submitted, how it stands, what came of it; the truth whatever delivers the items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.errors import Conflict, NotFound, OracleError
from oracle_kit.ids import new_id
from oracle_kit.jobs.counting import Counting
from oracle_kit.jobs.ends import ending, seen_order
from oracle_kit.jobs.job import Counts, Job, Outcome, Resolved, Result
from oracle_kit.jobs.moves import ACTIVE, UNFINISHED, JobStatus, move_items, move_jobs
from oracle_kit.jobs.submission import StoredItem, Submission
from oracle_kit.state import State
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs, results
from oracle_kit.state.tables import runs

TOGETHER = 1_000  # items of one write
TOPIC = "jobs"  # something may be there to be taken
Also = Callable[[Connection, str], None]  # what is written with a job, given its id


def topic(job_id: str) -> str:
    """The feed's topic on which a job's changes are told."""
    return f"job:{job_id}"


class Ledger:
    """Jobs and items on one state, for those who submit and read; `Claims` is the side of the workers."""

    def __init__(self, state: State) -> None:
        self._state, self._counting = state, Counting()

    # submit ------------------------------------------------------------------------------------

    def submit(
        self, submission: Submission, resolved: Resolved, *, key: str | None = None, also: Also
    ) -> str:
        """The id of the job, which is there with its last item, and not before; `also` is part of that write."""
        job_id = new_id("job")
        rest = iter(submission.items())
        chunk = list(islice(rest, TOGETHER))
        try:
            while following := list(islice(rest, TOGETHER)):
                self._insert(job_id, chunk)
                chunk = following
            row = _job_row(job_id, submission, resolved, key)
            self._state.write(lambda connection: self._complete(connection, row, chunk, also))
        except BaseException:
            with suppress(OracleError):  # what stays is swept: it belongs to no job
                self._discard(job_id)
            raise
        return job_id

    def _insert(self, job_id: str, chunk: Sequence[StoredItem]) -> None:
        rows = [_item_row(job_id, item) for item in chunk]
        self._state.write(lambda connection: connection.execute(sa.insert(items), rows))

    def _complete(
        self, connection: Connection, row: dict[str, Any], last: Sequence[StoredItem], also: Also
    ) -> None:
        job_id, who = str(row["job_id"]), str(row["submitted_by"])
        connection.execute(sa.insert(items), [_item_row(job_id, item) for item in last])
        connection.execute(sa.insert(jobs).values(row))
        connection.execute(sa.insert(runs).values(_run_row(row)))
        detail = {name: row[name] for name in ("job_type", "item_count", "payload_hash", "provider", "model")}
        add_entries(connection, [AuditEntry(who=who, action="batch.submit", subject=job_id, detail=detail)])
        also(connection, job_id)
        self._state.feed.publish(connection, TOPIC, {"job_id": job_id})

    def _discard(self, job_id: str) -> None:
        there = sa.exists().where(jobs.c.job_id == job_id)
        self._state.write(
            lambda connection: connection.execute(sa.delete(items).where(items.c.job_id == job_id, ~there))
        )

    # read --------------------------------------------------------------------------------------

    def job(self, job_id: str) -> Job:
        """A job as it stands, its counts taken from its items in the same snapshot; NotFound."""
        known = self._counting.known()
        with self._state.read() as connection:
            row = _found(connection, job_id)
            counts = self._counting.counts(connection, job_id, row["item_count"], known)
            return _job(row, counts, _speed(connection, row))

    def jobs(
        self,
        *,
        submitted_by: str | None,
        status: JobStatus | None = None,
        job_type: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Job, ...], str | None]:
        """Jobs, newest first, and where to go on; of everybody where `submitted_by` is None."""
        wanted = sa.select(jobs).order_by(jobs.c.job_id.desc()).limit(limit + 1)
        for column, value in (
            (jobs.c.submitted_by, submitted_by),
            (jobs.c.status, status),
            (jobs.c.job_type, job_type),
        ):
            if value is not None:
                wanted = wanted.where(column == value)
        if cursor is not None:
            wanted = wanted.where(jobs.c.job_id < cursor)
        known = self._counting.known()
        with self._state.read() as connection:
            rows = connection.execute(wanted).mappings().all()
            listed = tuple(
                _job(row, self._counting.counts(connection, row["job_id"], row["item_count"], known), None)
                for row in rows[:limit]
            )
        return listed, listed[-1].job_id if len(rows) > limit else None

    def ended(self, job_id: str, *, after: str | None = None, limit: int = 1_000) -> tuple[Result, ...]:
        """Items that have ended, in the order in which they did, from a cursor on; each once.

        ValueError for a cursor that is none.
        """
        with self._state.read() as connection:
            order, visible = seen_order(connection, after)
            wanted = sa.select(*_ITEM).where(
                items.c.job_id == job_id, items.c.ended_in.is_not(None), *visible
            )
            rows = connection.execute(wanted.order_by(*order).limit(limit)).mappings().all()
            names = [row["request_id"] for row in rows if row["status"] == "succeeded"]
            which = sa.and_(results.c.job_id == job_id, results.c.request_id.in_(names))
            found = connection.execute(sa.select(results.c.request_id, *_RESULT).where(which)).mappings()
            kept = {row["request_id"]: row for row in found}
            return tuple(_result(row, kept.get(row["request_id"])) for row in rows)

    def item(self, job_id: str, request_id: str) -> Result:
        """One item as it stands, with its result where there is one; NotFound."""
        wanted = _joined().where(items.c.job_id == job_id, items.c.request_id == request_id)
        with self._state.read() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            raise NotFound(f"The job {job_id} has no item {request_id!r}.")
        return _result(row, row)

    def reply(self, reuse_key: str) -> Outcome | None:
        """The newest stored reply that may stand for another to the same request."""
        wanted = (
            _joined().where(results.c.reuse_key == reuse_key).order_by(results.c.finished_at.desc()).limit(1)
        )
        with self._state.read() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        names = ("reply", "parsed", "usage", "detail", "provider", "model", "content_digest")
        return Outcome(**{name: row[name] for name in names}) if row is not None else None

    # change ------------------------------------------------------------------------------------

    def cancel(self, job_id: str, *, by: str) -> None:
        """Let nothing more of the job begin; what has ended stays, what is under way is told to stop.

        Conflict where the job has ended; once more of a job that is being cancelled changes nothing.
        """

        def begin(connection: Connection) -> bool:
            status = _found(connection, job_id)["status"]
            if status == "cancelling":
                return True
            if not move_jobs(connection, jobs.c.job_id == job_id, "cancelling"):
                raise Conflict(f"The job {job_id} has ended already: it is {status}.")
            add_entries(connection, [AuditEntry(who=by, action="batch.cancel", subject=job_id)])
            self._state.feed.publish(connection, topic(job_id), {"status": "cancelling"})
            self._state.feed.publish(connection, TOPIC, {"job_id": job_id})
            return True

        self._state.write(begin)
        cancel_queued(self._state, job_id)
        close(self._state, job_id)

    def retry(self, job_id: str, *, by: str) -> int:
        """How many items were queued again: those that failed. Conflict while the job runs, or where none failed."""

        def again(connection: Connection) -> int:
            row = _found(connection, job_id)
            if row["status"] in ACTIVE:
                raise Conflict(f"The job {job_id} is {row['status']}.", hint="Retry it when it has ended.")
            if row["expired_at"] is not None:
                raise Conflict(f"The job {job_id} has expired.", hint="Submit it again.")
            fresh = dict.fromkeys((*_ENDED, "lease", "not_before"))
            failed = move_items(
                connection, items.c.job_id == job_id, "queued", attempts=0, crashes=0, **fresh
            )
            if not failed:
                raise Conflict(f"No item of the job {job_id} failed.", hint="There is nothing to retry.")
            move_jobs(
                connection,
                jobs.c.job_id == job_id,
                "running",
                ended_at=None,
                failure_reason=None,
                deadline_at=None,
            )
            connection.execute(
                sa.update(runs)
                .where(runs.c.run_id == row["run_id"])
                .values(status="running", ended_at=None, failure_reason=None)
            )
            add_entries(
                connection,
                [AuditEntry(who=by, action="batch.retry", subject=job_id, detail={"items": failed})],
            )
            self._state.feed.publish(connection, topic(job_id), {"status": "running"})
            self._state.feed.publish(connection, TOPIC, {"job_id": job_id})
            return failed

        return self._state.write(again)


_ENDED = (
    "started_at",
    "ended_at",
    "ended_in",
    "ended_order",
    "provider",
    "model",
    "content_digest",
    "failure_class",
    "failure_reason",
)


def cancel_queued(state: State, job_id: str) -> None:
    """End the queued items of a job that is being cancelled, a thousand at a time."""
    waiting = (
        sa.select(items.c.request_id)
        .where(items.c.job_id == job_id, items.c.status == "queued")
        .order_by(items.c.position)
        .limit(TOGETHER)
    )

    def some(connection: Connection) -> int:
        chosen = sa.and_(items.c.job_id == job_id, items.c.request_id.in_(waiting))
        number = ending(connection, [job_id])[job_id]
        return move_items(
            connection, chosen, "cancelled", ended_at=utc_now(), ended_in=number, ended_order=items.c.position
        )

    while state.write(some):
        pass


def close(state: State, job_id: str) -> bool:
    """Whether the job is now ended, as its items say; nothing happens while one of them is unfinished."""
    unfinished = (
        sa.select(sa.literal(1)).where(items.c.job_id == job_id, items.c.status.in_(UNFINISHED)).limit(1)
    )
    with state.read() as connection:
        if connection.execute(unfinished).first() is not None:
            return False

    def end(connection: Connection) -> bool:
        row = _found(connection, job_id)
        if row["status"] not in ACTIVE:
            return True
        counts = Counting().counts(connection, job_id, row["item_count"], {})
        if counts.queued or counts.running:
            return False
        status, reason = final_status(counts)
        if row["status"] == "queued":  # ended by its deadline, with nothing begun
            status = "failed"
        move_jobs(connection, jobs.c.job_id == job_id, status, ended_at=utc_now(), failure_reason=reason)
        as_run = {"completed": "succeeded", "completed_with_errors": "succeeded"}.get(status, status)
        ended = {"status": as_run, "ended_at": utc_now(), "failure_reason": reason}
        connection.execute(sa.update(runs).where(runs.c.run_id == row["run_id"]).values(ended))
        state.feed.publish(connection, topic(job_id), {"status": status})
        return True

    return state.write(end)


def final_status(counts: Counts) -> tuple[JobStatus, str | None]:
    """How a job ended whose items all have, and why it did not complete."""
    if counts.cancelled:
        return "cancelled", f"cancelled with {counts.cancelled} of {counts.total} items not run"
    if counts.failed == counts.total:
        return "failed", "every item failed"
    if counts.failed:
        return "completed_with_errors", f"{counts.failed} of {counts.total} items failed"
    return "completed", None


def _job_row(job_id: str, submission: Submission, resolved: Resolved, key: str | None) -> dict[str, Any]:
    asked, now = submission.asked, utc_now()
    return {
        "job_id": job_id,
        "run_id": new_id("run"),
        "job_type": asked.job_type,
        "status": "queued",
        "priority": asked.priority,
        "provider": resolved.provider,
        "model": resolved.model,
        "provider_asked": asked.provider,
        "model_asked": asked.model,
        "settings": asked.model_dump(mode="json"),
        "viewer": resolved.viewer.model_dump(mode="json"),
        "item_count": submission.count,
        "payload_hash": submission.payload_hash,
        "content_digest": resolved.content_digest,
        "clock": resolved.clock,
        "idempotency_key": key,
        "submitted_by": resolved.viewer.id,
        "submitted_at": now,
        "deadline_at": now + timedelta(seconds=asked.job_seconds) if asked.job_seconds else None,
    }


def _run_row(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "run_id": job["run_id"],
        "kind": "batch",
        "status": "running",
        "provider": job["provider"],
        "model": job["model"],
        "payload_hash": job["payload_hash"],
        "requested_by": job["submitted_by"],
        "job_id": job["job_id"],
        "started_at": job["submitted_at"],
    }


def _item_row(job_id: str, item: StoredItem) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "request_id": item.request_id,
        "position": item.position,
        "status": "queued",
        "payload": item.payload,
        "payload_hash": item.payload_hash,
    }


def _found(connection: Connection, job_id: str) -> RowMapping:
    row = connection.execute(sa.select(jobs).where(jobs.c.job_id == job_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no job {job_id}.", hint="`oracle batch list` lists those that you may see.")
    return row


def _speed(connection: Connection, row: RowMapping) -> float | None:
    """Items a second, from the job's newest ends; of another job with the same model while it has none."""
    same = sa.and_(
        jobs.c.provider == row["provider"], jobs.c.model == row["model"], jobs.c.job_type == row["job_type"]
    )
    before = (
        sa.select(jobs.c.job_id)
        .where(same, jobs.c.started_at.is_not(None))
        .order_by(jobs.c.job_id.desc())
        .limit(1)
    )
    for job_id in (row["job_id"], connection.execute(before).scalar()):
        newest = (
            sa.select(items.c.ended_at)
            .where(items.c.job_id == job_id, items.c.ended_in.is_not(None))
            .order_by(items.c.ended_in.desc(), items.c.ended_order.desc())
            .limit(200)
        )
        ends: list[datetime] = list(connection.execute(newest).scalars())
        if len(ends) > 1 and ends[0] > ends[-1]:
            return (len(ends) - 1) / (ends[0] - ends[-1]).total_seconds()
    return None


def _job(row: RowMapping, counts: Counts, speed: float | None) -> Job:
    left = counts.queued + counts.running
    return Job(
        submitted_count=row["item_count"],
        completed_count=counts.succeeded,
        failed_count=counts.failed,
        cancelled_count=counts.cancelled,
        running_count=counts.running,
        queued_count=counts.queued,
        estimated_seconds=round(left / speed, 1) if speed and left else None,
        **{name: row[name] for name in Job.model_fields if name in row},
    )


_ITEM = [column for column in items.c if column.name not in ("payload", "lease")]
_RESULT = [results.c[name] for name in ("reply", "parsed", "usage", "detail", "latency_ms")]
_OF_ITEM = tuple(name for name in Result.model_fields if name in items.c)


def _joined() -> sa.Select[Any]:
    on = sa.and_(results.c.job_id == items.c.job_id, results.c.request_id == items.c.request_id)
    return sa.select(*_ITEM, *_RESULT).select_from(items.outerjoin(results, on))


def _result(row: RowMapping, result: RowMapping | None) -> Result:
    """The value of a row that the ledger wrote, made without checking it again."""
    told: dict[str, Any] = {name: row[name] for name in _OF_ITEM}
    if row["ended_in"] is not None:
        told["cursor"] = f"{row['ended_in']}-{row['ended_order']}"
    if result is not None and result["usage"] is not None:
        told |= {column.name: result[column.name] for column in _RESULT}
    return Result.model_construct(**told)
