"""Delivery through pgqueuer, in the ledger's own transactions: what is delivered and what is begun never differ.

The ledger decides what comes next (priority, shares, limits, pauses) and offers it; pgqueuer holds what is offered and
hands each to one worker; the worker takes it out and marks it as its own in one transaction. The queue may lose
everything or hold things twice: what the ledger has queued and the queue does not hold is offered again, and what
comes a second time finds its item begun or ended and is dropped.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.domain.errors import SchemaDriftError
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.models import Job as Message
from pgqueuer.ports.driver import Driver
from pgqueuer.queries import EntrypointExecutionParameter, Queries
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import DBAPIError

from oracle_kit.errors import StateUnavailable
from oracle_kit.jobs.shares import Rotation, Waiting
from oracle_kit.jobs.taking import Room, begin, due_items, gathered, waiting_jobs
from oracle_kit.state import State
from oracle_kit.state.job_tables import lanes

T = TypeVar("T")
PREFIX = "oracle_"  # so that a database may have a pgqueuer of its own beside this one
AHEAD = 2  # times as many items are offered as there is room for, so that the next turn finds some
LONG_DUE = timedelta(days=-3_650)  # a clock that jumps back must not make what is offered wait
NEVER = timedelta(days=3_650)  # nothing stays picked: it is taken out in the transaction that picks it
NEW_VALUE = "ADD VALUE"
ROUNDS = 5  # in which the tables of the queue come about, however many workers make them at once
UNBOUND = EntrypointExecutionParameter(concurrency_limit=0)  # the ledger has bounds of its own


class QueueDelivery:
    """Brings items to one worker through the queue of a PostgreSQL state; makes its tables where they are missing."""

    def __init__(self, state: State, worker_id: str) -> None:
        self._state, self._worker_id, self._rotation = state, worker_id, Rotation()
        self._number = QueueManagerId(uuid.uuid4())
        # Nothing of the queue needs to survive a crash of the database: the ledger offers it again.
        self._settings = DBSettings(prefix=PREFIX, durability=Durability.volatile)
        self._builder = QueryQueueBuilder(self._settings)
        self._table = sa.table(
            self._settings.queue_table, sa.column("payload", sa.LargeBinary), sa.column("entrypoint", sa.Text)
        )
        self._lanes: dict[QueueEntrypoint, str] = {}  # as the last offer found them
        self._prepare()

    def turn(self, connection: Connection, room: Room, end: Callable[[], None]) -> list[RowMapping]:
        """As `Delivery.turn`; the queue comes first, so that the snapshot is not older than its rows."""
        queries = self._queries(connection)
        messages = self._delivered(queries, room)
        end()
        if not messages:
            return []
        rows = begin(connection, self._worker_id, [_name(one.payload) for one in messages])
        _now(queries.log_jobs([(one, "successful", None) for one in messages]))
        return rows

    def offer(self, room: Room) -> int:
        """As `Delivery.offer`; two workers that offer at once do so one after the other."""
        return self._state.write(lambda connection: self._offer(connection, room))

    def tidy(self) -> None:
        """Drop the queue's log, which nobody reads, and what it holds of lanes that no job is in."""

        def work(connection: Connection) -> None:
            queries = self._queries(connection)
            named = sa.select(self._table.c.entrypoint).distinct()
            idle = set(connection.execute(named).scalars()) - set(self._lanes)
            if idle:
                _now(queries.clear_queue(sorted(idle)))
            _now(queries.clear_queue_log([*idle, *self._lanes]))

        self._state.write(work)

    # -------------------------------------------------------------------------------------------

    def _delivered(self, queries: Queries, room: Room) -> list[Message]:
        asked = {name: UNBOUND for name, lane in self._lanes.items() if lane not in room.resting}
        if room.free <= 0 or not asked:
            return []
        return _now(queries.dequeue(room.free, asked, self._number, None, NEVER))

    def _offer(self, connection: Connection, room: Room) -> int:
        held = self._held(connection)
        counted = {job_id: len(names) for job_id, names in held.items()}
        waiting = waiting_jobs(connection, room.types, self._rotation, counted)
        self._lanes = {_entrypoint(one): one.lane for one in waiting}
        wanted = replace(room, free=AHEAD * room.free)
        if not wanted.chosen(waiting):
            return 0
        _queue_for(connection, sorted(set(self._lanes.values())))

        def give(job: Waiting, most: int) -> list[tuple[Waiting, str]]:
            names = due_items(connection, job.job_id, most, held[job.job_id])
            held[job.job_id].update(names)
            return [(job, name) for name in names]

        offered = gathered(waiting, wanted, give, self._rotation)
        self._enqueue(self._queries(connection), offered)
        return len(offered)

    def _enqueue(self, queries: Queries, offered: Sequence[tuple[Waiting, str]]) -> None:
        if offered:
            entrypoints: list[str] = [_entrypoint(job) for job, _ in offered]
            payloads: list[bytes | None] = [json.dumps([job.job_id, name]).encode() for job, name in offered]
            priorities, due = [job.priority for job, _ in offered], [LONG_DUE] * len(offered)
            keys = [f"{job.job_id}/{name}" for job, name in offered]
            _now(queries.enqueue(entrypoints, payloads, priorities, [*due], [*keys], on_conflict="skip"))

    def _held(self, connection: Connection) -> dict[str, set[str]]:
        """What the queue holds, by job."""
        held: dict[str, set[str]] = defaultdict(set)
        for payload in connection.execute(sa.select(self._table.c.payload)).scalars():
            job_id, request_id = _name(payload)
            held[job_id].add(request_id)
        return held

    def _queries(self, connection: Connection) -> Queries:
        return Queries(
            cast(Driver, InTransaction(connection)), QueryBuilderEnvironment(self._settings), self._builder
        )

    def _prepare(self) -> None:
        """Make the queue's tables, or bring them to what this version of pgqueuer declares."""
        for _ in range(ROUNDS):
            missing = self._missing()
            if not missing:
                return
            self._run([one for one in missing if NEW_VALUE in one])  # not to be used in its own transaction
            self._run([one for one in missing if NEW_VALUE not in one])
        raise StateUnavailable("the tables of the queue could not be made.", hint="Try again in a moment.")

    def _missing(self) -> Sequence[str]:
        try:
            with self._state.read() as connection:
                return _now(self._queries(connection).plan_upgrade()).statements
        except SchemaDriftError as error:
            raise StateUnavailable(
                f"the tables of the queue ({PREFIX}pgqueuer…) are not as pgqueuer made them: {error}",
                hint="Drop them: the queue holds nothing that the ledger does not have.",
            ) from error

    def _run(self, statements: Sequence[str]) -> None:
        def work(connection: Connection) -> None:
            for one in statements:
                _now(InTransaction(connection).execute(one))

        with suppress(DBAPIError):  # another worker was faster: the next round sees what it made
            self._state.write(work)


class InTransaction:
    """pgqueuer's driver on the connection of a transaction that is under way: it never waits for an event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """The rows of a statement of pgqueuer's."""
        return [dict(row) for row in self._run(query, args).mappings()]

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement of pgqueuer's."""
        self._run(query, args)
        return ""

    def _run(self, query: str, args: tuple[object, ...]) -> sa.CursorResult[Any]:
        if not args:
            return self._connection.exec_driver_sql(query, execution_options={"no_parameters": True})
        return self._connection.exec_driver_sql(
            _named(query), {f"p{n}": one for n, one in enumerate(args, 1)}
        )


@lru_cache(maxsize=64)
def _named(query: str) -> str:
    """The statement with its numbered parameters as psycopg's named ones."""
    return re.sub(r"\$(\d+)", r"%(p\1)s", query.replace("%", "%%"))


def _now(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    raise RuntimeError("pgqueuer waited for something, and there is nothing here that would wake it")


def _entrypoint(job: Waiting) -> QueueEntrypoint:
    return QueueEntrypoint(f"{job.job_type}:{job.lane}")


def _name(payload: bytes | None) -> tuple[str, str]:
    """The item that a message is of; one that there is not where somebody else wrote it."""
    try:
        job_id, request_id = json.loads(payload or b"")
        return str(job_id), str(request_id)
    except (ValueError, TypeError):
        return "", ""


def _queue_for(connection: Connection, names: Sequence[str]) -> None:
    """Let no other process offer of the same lanes at the same time: it would count as if alone."""
    for name in names:
        turned = sa.update(lanes).where(lanes.c.lane == name).values(turn=lanes.c.turn + 1)
        if not connection.execute(turned).rowcount:
            connection.execute(sa.insert(lanes).values(lane=name, turn=0))
