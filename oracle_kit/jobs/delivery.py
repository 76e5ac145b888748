"""How queued items come to a worker: on SQLite from the ledger itself, on PostgreSQL through pgqueuer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.errors import NotInstalled
from oracle_kit.jobs.shares import Rotation, Waiting
from oracle_kit.jobs.taking import Room, begin, due_items, gathered, waiting_jobs
from oracle_kit.state import State


class Delivery(Protocol):
    """Brings items to one worker; the ledger alone says what becomes of them."""

    def turn(self, connection: Connection, room: Room, end: Callable[[], None]) -> list[RowMapping]:
        """The items that the worker has begun in this transaction, beside what `end` writes in it."""
        ...

    def offer(self, room: Room) -> int:
        """How many items were made ready to be delivered to whichever worker comes first."""
        ...

    def tidy(self) -> None:
        """Drop what nobody will ask for any more."""
        ...


def delivery_of(state: State, worker_id: str) -> Delivery:
    """The one way of this state; NotInstalled as `check_delivery`."""
    check_delivery(state)
    if state.dialect == "sqlite":
        return LedgerDelivery(worker_id)
    from oracle_kit.jobs.queue_delivery import QueueDelivery

    return QueueDelivery(state, worker_id)


def check_delivery(state: State) -> None:
    """Returns where this process could run batches; NotInstalled on PostgreSQL where pgqueuer is not there."""
    try:
        if state.dialect == "postgresql":
            import pgqueuer  # noqa: F401  # only to see that it is there
    except ModuleNotFoundError as error:
        raise NotInstalled(
            "Batches on PostgreSQL are delivered by pgqueuer, which is not installed.",
            hint="pip install 'oracle-kit[batch]'; a server that leaves batches to others: ORACLE_BATCH_WORKER=false.",
        ) from error


class LedgerDelivery:
    """Takes items straight from the ledger: SQLite has one writer at a time, so nobody else can have them too."""

    def __init__(self, worker_id: str) -> None:
        self._worker_id, self._rotation = worker_id, Rotation()

    def turn(self, connection: Connection, room: Room, end: Callable[[], None]) -> list[RowMapping]:
        """As `Delivery.turn`."""
        end()
        if room.free <= 0:
            return []

        def give(job: Waiting, most: int) -> list[RowMapping]:
            names = due_items(connection, job.job_id, most)
            return begin(connection, self._worker_id, [(job.job_id, name) for name in names])

        return gathered(waiting_jobs(connection, room.types, self._rotation), room, give, self._rotation)

    def offer(self, room: Room) -> int:
        """Nothing is ever waiting for delivery."""
        return 0

    def tidy(self) -> None:
        """There is nothing to drop."""
