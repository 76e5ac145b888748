"""Which queued items come next, and how they become a worker's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.jobs.moves import move_items, move_jobs
from oracle_kit.jobs.retrying import LONGEST_PAUSE_S
from oracle_kit.jobs.shares import Rotation, Waiting, in_turns, shares
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs

T = TypeVar("T")
MOST_JOBS = 200  # that one turn looks at
Limit = Callable[[str, str], int]  # how many items may be under way at (provider, model), over all processes


@dataclass(frozen=True)
class Room:
    """What a worker can take: so many items, of these types of job, from lanes below their limit that do not rest."""

    free: int
    limit: Limit
    types: tuple[str, ...]
    resting: frozenset[str] = frozenset()

    def chosen(self, waiting: Sequence[Waiting], taken: int = 0) -> dict[str, int]:
        """How many items of each job it has room for, when so many are taken already."""
        return shares(waiting, self.free - taken, self.limit, self.resting)


def waiting_jobs(
    connection: Connection, types: Iterable[str], rotation: Rotation, held: Mapping[str, int] | None = None
) -> list[Waiting]:
    """The jobs that may have something to take, with how many of their items are under way; `held` count as well."""
    listed = connection.execute(
        sa.select(
            jobs.c.job_id, jobs.c.status, jobs.c.priority, jobs.c.provider, jobs.c.model, jobs.c.job_type
        )
        .where(jobs.c.status.in_(("queued", "running")), jobs.c.job_type.in_(tuple(types)))
        .order_by(jobs.c.priority.desc(), jobs.c.job_id)
        .limit(MOST_JOBS)
    ).all()
    under_way = Counter(held or {})
    if listed:
        under_way.update(_running(connection, [row.job_id for row in listed]))
    return [
        Waiting(
            job_id=row.job_id,
            priority=row.priority,
            provider=row.provider,
            model=row.model,
            under_way=under_way[row.job_id],
            job_type=row.job_type,
            served=rotation.last(row.job_id),
        )
        for row in listed
    ]


def _running(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    counted = (
        sa.select(items.c.job_id, sa.func.count())
        .where(items.c.job_id.in_(names), items.c.status == "running")
        .group_by(items.c.job_id)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def gathered(
    waiting: Sequence[Waiting], room: Room, give: Callable[[Waiting, int], Sequence[T]], rotation: Rotation
) -> list[T]:
    """What the jobs give as far as there is room, shared among them; who gave less than asked is not asked again."""
    found: list[T] = []
    while waiting and (chosen := room.chosen(waiting, len(found))):
        given = {one.job_id: give(one, chosen[one.job_id]) for one in waiting if one.job_id in chosen}
        found += in_turns(waiting, given)
        rotation.gave(job_id for job_id, those in given.items() if those)
        empty = {job_id for job_id, those in given.items() if len(those) < chosen[job_id]}
        if not empty:
            break
        waiting = [one.with_more(len(given.get(one.job_id, ())), one.job_id in empty) for one in waiting]
    return found


def due_items(connection: Connection, job_id: str, most: int, but: Iterable[str] = ()) -> Sequence[str]:
    """The ids of a job's next items whose pause is over, in order, `but` those left out."""
    now = utc_now()
    due = sa.or_(
        items.c.not_before.is_(None),
        items.c.not_before <= now,
        items.c.not_before > now + timedelta(seconds=2 * LONGEST_PAUSE_S),  # a clock that jumped, not a pause
    )
    queued = sa.select(items.c.request_id).where(
        items.c.job_id == job_id, items.c.status == "queued", due, items.c.request_id.not_in(tuple(but))
    )
    return connection.execute(queued.order_by(items.c.position).limit(most)).scalars().all()


def begin(connection: Connection, worker_id: str, names: Sequence[tuple[str, str]]) -> list[RowMapping]:
    """Those of the items (job, request id) that are still queued, of jobs that go on, in the order given.

    They are the worker's now.
    """
    by_job: dict[str, list[str]] = defaultdict(list)
    for job_id, request_id in names:
        by_job[job_id].append(request_id)
    begun = {
        (job_id, row["request_id"]): row
        for job_id in sorted(by_job)
        for row in _begin_of(connection, worker_id, job_id, by_job[job_id])
    }
    return [begun[name] for name in dict.fromkeys(names) if name in begun]


def _begin_of(connection: Connection, worker_id: str, job_id: str, names: Sequence[str]) -> list[RowMapping]:
    goes_on = sa.exists().where(jobs.c.job_id == job_id, jobs.c.status.in_(("queued", "running")))
    queued = sa.select(items).where(
        items.c.job_id == job_id, items.c.request_id.in_(names), items.c.status == "queued", goes_on
    )
    rows = (
        connection.execute(queued.order_by(items.c.position).with_for_update(skip_locked=True))
        .mappings()
        .all()
    )
    if rows:
        now = utc_now()
        which = sa.and_(items.c.job_id == job_id, items.c.request_id.in_([row["request_id"] for row in rows]))
        begun = {
            "attempts": items.c.attempts + 1,
            "started_at": sa.func.coalesce(items.c.started_at, now),
        }
        move_items(connection, which, "running", lease=worker_id, not_before=None, **begun)
        first = (jobs.c.job_id == job_id) & (jobs.c.status == "queued")
        move_jobs(connection, first, "running", started_at=now)
    return [{**row, "attempts": row["attempts"] + 1} for row in rows]  # type: ignore[misc]  # read as a row is
