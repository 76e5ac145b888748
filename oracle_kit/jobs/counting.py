"""How many items of a job stand how: always from the items, those that have ended counted only once."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.jobs.ends import settled
from oracle_kit.jobs.job import Counts
from oracle_kit.state.job_tables import items

REMEMBERED = 1_000  # jobs


@dataclass(frozen=True)
class Known:
    """What had ended before a write, and in it, by status."""

    ended_in: int
    before: Counter[str]
    last: Counter[str]


class Counting:
    """Counts items of jobs; remembers of each job what had ended, since that only grows.

    But for a retry, which takes back what failed, and for a database that lost its newest writes (a failover): then
    fewer have failed than were counted, or in the last write others ended, and all are counted anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Known] = OrderedDict()

    def known(self) -> Mapping[str, Known]:
        """What is remembered; to be asked for before the snapshot begins that it is counted on from."""
        with self._lock:
            return dict(self._known)

    def counts(
        self, connection: Connection, job_id: str, item_count: int, known: Mapping[str, Known]
    ) -> Counts:
        """How the items of a job of so many stand, in the connection's snapshot."""
        by_status = self._ended(connection, job_id, known.get(job_id))
        failed, running = (_count(connection, job_id, status) for status in ("failed", "running"))
        if by_status["failed"] != failed:
            by_status = self._ended(connection, job_id, None)
        queued = item_count - running - by_status.total()
        return Counts(queued=queued, running=running, **by_status)

    def _ended(self, connection: Connection, job_id: str, known: Known | None) -> Counter[str]:
        since = known or Known(-1, Counter(), Counter())
        sure = settled(connection)
        again = items.c.ended_in == since.ended_in
        fresh = (
            sa.select(items.c.status, again, sure, sa.func.count(), sa.func.max(items.c.ended_in))
            .where(items.c.job_id == job_id, items.c.ended_in >= since.ended_in)
            .group_by(items.c.status, again, sure)
        )
        last, kept, rest, newest = Counter[str](), Counter[str](), Counter[str](), since.ended_in
        for status, seen, certain, count, number in connection.execute(fresh):
            (last if seen else kept if certain else rest)[status] += count
            newest = max(newest, number) if certain else newest
        if last != since.last:
            return self._ended(connection, job_id, None)
        if newest > since.ended_in:
            self._remember(job_id, self._known_up_to(connection, job_id, newest, since.before + last + kept))
        return since.before + last + kept + rest

    def _known_up_to(self, connection: Connection, job_id: str, newest: int, ended: Counter[str]) -> Known:
        in_it = (
            sa.select(items.c.status, sa.func.count())
            .where(items.c.job_id == job_id, items.c.ended_in == newest)
            .group_by(items.c.status)
        )
        last = Counter({row[0]: row[1] for row in connection.execute(in_it)})
        return Known(newest, ended - last, last)

    def _remember(self, job_id: str, known: Known) -> None:
        with self._lock:
            self._known[job_id] = known
            self._known.move_to_end(job_id)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _count(connection: Connection, job_id: str, status: str) -> int:
    counted = sa.select(sa.func.count()).where(items.c.job_id == job_id, items.c.status == status)
    return connection.execute(counted).scalar_one()
