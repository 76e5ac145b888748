"""The workers' side of the ledger: taking items, ending them with their results, and finding what dead workers held."""

from __future__ import annotations

import os
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.errors import NotFound
from oracle_kit.ids import new_id
from oracle_kit.jobs.delivery import delivery_of
from oracle_kit.jobs.ends import ending
from oracle_kit.jobs.job import ItemAsked, JobAsked, Outcome, Work
from oracle_kit.jobs.ledger import topic
from oracle_kit.jobs.moves import ItemStatus, move_items
from oracle_kit.jobs.retrying import Failure
from oracle_kit.jobs.taking import MOST_JOBS, Room
from oracle_kit.model import Viewer
from oracle_kit.state import State
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs, results, workers
from oracle_kit.state.runs import REASON_LENGTH

MOST_CRASHES = 4  # workers that may die with an item before it is held to be the cause
Also = Callable[[Connection], None]


@dataclass(frozen=True)
class Ended:
    """An attempt that is over: the work, and what came of it."""

    work: Work
    outcome: Outcome | None = None
    failure: Failure | None = None  # with neither: it was cancelled
    latency_ms: float = 0.0
    audit: tuple[AuditEntry, ...] = ()
    also: Also | None = None  # written with the result, or not at all


class Claims:
    """What one worker does to the ledger. Every write holds only for items that this worker still has."""

    def __init__(self, state: State, worker_id: str | None = None) -> None:
        self._state = state
        self.worker_id = worker_id or new_id("wrk")
        self._delivery = delivery_of(state, self.worker_id)
        self._jobs: dict[str, tuple[JobAsked, Viewer, RowMapping]] = {}

    # being there -------------------------------------------------------------------------------

    def beat(self, number: int) -> None:
        """Show that the worker lives; it is written down anew where others took it for dead."""

        def work(connection: Connection) -> None:
            mine = workers.c.worker_id == self.worker_id
            if connection.execute(sa.update(workers).where(mine).values(beat=number)).rowcount:
                return
            row = {"host": socket.gethostname(), "pid": os.getpid(), "started_at": utc_now()}
            connection.execute(sa.insert(workers).values(worker_id=self.worker_id, beat=number, **row))

        self._state.write(work)

    def beats(self) -> Mapping[str, int]:
        """The last beat of every worker that is written down."""
        with self._state.read() as connection:
            rows = connection.execute(sa.select(workers.c.worker_id, workers.c.beat))
            return {row.worker_id: row.beat for row in rows}

    def leave(self) -> None:
        """Be gone: what this worker still has is free again, and nobody is to blame."""
        self._state.write(lambda connection: self._release(connection, self.worker_id, None, blame=False))

    def bury(self, worker_id: str, beat: int) -> int:
        """How many items a worker held that has not moved on from a beat; an item that several died with has failed."""
        return self._state.write(lambda connection: self._release(connection, worker_id, beat, blame=True))

    def _release(self, connection: Connection, worker_id: str, beat: int | None, *, blame: bool) -> int:
        gone = workers.c.worker_id == worker_id
        found = connection.execute(
            sa.delete(workers).where(gone if beat is None else gone & (workers.c.beat == beat))
        )
        if beat is not None and not found.rowcount:
            return 0  # it moved on, or somebody else was faster
        held = sa.and_(items.c.status == "running", items.c.lease == worker_id, items.c.job_id.in_(_active()))
        if not blame:
            return move_items(connection, held, "queued", lease=None, attempts=items.c.attempts - 1)
        guilty = sa.and_(held, items.c.crashes >= MOST_CRASHES - 1)
        rows = connection.execute(sa.select(items.c.job_id, items.c.request_id).where(guilty)).all()
        for job_id, request_id in rows:
            which = sa.and_(items.c.job_id == job_id, items.c.request_id == request_id)
            ends = _ends(ending(connection, [job_id])[job_id])
            why = {
                "failure_class": "poison",
                "failure_reason": f"{MOST_CRASHES} workers died while they had it",
            }
            move_items(connection, which, "failed", crashes=MOST_CRASHES, lease=None, **ends, **why)
        later = utc_now() + timedelta(seconds=1)
        once = held & (items.c.crashes == 0)
        freed = move_items(connection, once, "queued", crashes=1, lease=None)
        again = {"crashes": items.c.crashes + 1, "lease": None, "not_before": later}
        return len(rows) + freed + move_items(connection, held, "queued", **again)

    # taking and ending -------------------------------------------------------------------------

    def turn(self, ended: Sequence[Ended], room: Room) -> tuple[Work, ...]:
        """End what is over, and begin items as far as there is room and some are delivered, in one write.

        An end counts only while this worker has the item in the same attempt.
        """
        rows = self._state.write(
            lambda connection: self._delivery.turn(connection, room, lambda: self._end(connection, ended))
        )
        return tuple(self._work(row) for row in rows)

    def offer(self, room: Room) -> int:
        """How many items are newly on their way to whichever worker comes first; none where `turn` takes them."""
        return self._delivery.offer(room)

    def tidy(self) -> None:
        """Drop what the delivery holds and nobody will ask for any more."""
        self._delivery.tidy()

    def held(self) -> tuple[Work, ...]:
        """All items that this worker has, as the ledger knows it."""
        mine = sa.and_(
            items.c.status == "running", items.c.lease == self.worker_id, items.c.job_id.in_(_active())
        )
        with self._state.read() as connection:
            rows = connection.execute(sa.select(items).where(mine)).mappings().all()
        return tuple(self._work(row) for row in rows)

    def cancelling(self, job_ids: Iterable[str]) -> frozenset[str]:
        """Those of the jobs that are being cancelled."""
        asked = sa.select(jobs.c.job_id).where(
            jobs.c.status == "cancelling", jobs.c.job_id.in_(list(job_ids))
        )
        with self._state.read() as connection:
            return frozenset(connection.execute(asked).scalars())

    def _end(self, connection: Connection, ended: Sequence[Ended]) -> None:
        if not ended:
            return
        ours = self._still_held(connection, ended)
        valid = [
            one for one in ended if ours.get((one.work.job_id, one.work.request_id)) == one.work.attempts
        ]
        numbers = ending(connection, sorted({one.work.job_id for one in valid}))
        _move_all(connection, valid, numbers)
        done = [one for one in valid if one.outcome is not None]
        if done:
            now = utc_now()
            connection.execute(sa.insert(results), [_result_row(one, now) for one in done])
        for one in done:
            if one.also is not None:
                one.also(connection)
        add_entries(connection, [entry for one in ended for entry in one.audit])
        for job_id in numbers:
            self._state.feed.publish(connection, topic(job_id), {"ended": numbers[job_id]})

    def _still_held(self, connection: Connection, ended: Sequence[Ended]) -> dict[tuple[str, str], int]:
        by_job: dict[str, list[str]] = defaultdict(list)
        for one in ended:
            by_job[one.work.job_id].append(one.work.request_id)
        found: dict[tuple[str, str], int] = {}
        for job_id, names in by_job.items():
            mine = (items.c.job_id == job_id, items.c.request_id.in_(names), items.c.status == "running")
            wanted = sa.select(items.c.request_id, items.c.attempts).where(
                *mine, items.c.lease == self.worker_id
            )
            for request_id, attempts in connection.execute(wanted.with_for_update()):
                found[job_id, request_id] = attempts
        return found

    def _work(self, row: RowMapping) -> Work:
        asked, viewer, job = self._job(row["job_id"])
        return Work(
            job_id=row["job_id"],
            request_id=row["request_id"],
            attempts=row["attempts"],
            item=ItemAsked.model_validate({"request_id": row["request_id"], **row["payload"]}),
            payload_hash=row["payload_hash"],
            asked=asked,
            provider=job["provider"],
            model=job["model"],
            clock=job["clock"],
            content_digest=job["content_digest"],
            viewer=viewer,
        )

    def _job(self, job_id: str) -> tuple[JobAsked, Viewer, RowMapping]:
        """What a job was asked with, which never changes."""
        if job_id not in self._jobs:
            with self._state.read() as connection:
                row = (
                    connection.execute(sa.select(jobs).where(jobs.c.job_id == job_id))
                    .mappings()
                    .one_or_none()
                )
            if row is None:
                raise NotFound(f"There is no job {job_id}.")
            if len(self._jobs) >= MOST_JOBS:
                self._jobs.clear()
            known = JobAsked.model_validate(row["settings"]), Viewer.model_validate(row["viewer"]), row
            self._jobs[job_id] = known
        return self._jobs[job_id]


def _active() -> sa.Select[tuple[str]]:
    return sa.select(jobs.c.job_id).where(jobs.c.status.in_(("running", "cancelling")))


def _move_all(connection: Connection, ended: Iterable[Ended], numbers: Mapping[str, int]) -> None:
    """Move items as what came of them says; those of a job that end in the same way, in one statement."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for one in ended:
        status, change = _change(one)
        alike[one.work.job_id, status, *change.items()].append(one.work.request_id)
    for (job_id, status, *changes), names in alike.items():
        which = sa.and_(items.c.job_id == job_id, items.c.request_id.in_(names))
        ends = _ends(numbers[job_id]) if status != "queued" else {}
        move_items(connection, which, status, lease=None, **ends, **dict(changes))


def _change(one: Ended) -> tuple[ItemStatus, dict[str, Any]]:
    """The status that an attempt leaves its item in, and what else is noted of it."""
    if one.outcome is not None:
        return "succeeded", one.outcome.model_dump(include={"provider", "model", "content_digest"})
    if one.failure is None:
        return "cancelled", {}
    why = {"failure_class": one.failure.kind, "failure_reason": one.failure.reason[:REASON_LENGTH]}
    if one.failure.pause_s is None:
        return "failed", why
    return "queued", {**why, "not_before": utc_now() + timedelta(seconds=one.failure.pause_s)}


def _ends(number: int) -> dict[str, Any]:
    return {"ended_at": utc_now(), "ended_in": number, "ended_order": items.c.position}


def _result_row(one: Ended, now: Any) -> dict[str, Any]:
    assert one.outcome is not None  # noqa: S101  # narrows the type: only these have a row
    told = one.outcome.model_dump(mode="json", include={"parsed", "usage", "detail", "reuse_key"})
    return {
        "job_id": one.work.job_id,
        "request_id": one.work.request_id,
        "reply": one.outcome.reply.replace("\0", "") if one.outcome.reply is not None else None,
        "latency_ms": one.latency_ms,
        "finished_at": now,
        **told,
    }
