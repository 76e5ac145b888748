"""State in PostgreSQL: pooled connections, repeatable reads, writes that are tried again when they collide."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from oracle_kit.errors import Conflict, NotInstalled
from oracle_kit.state.encoding import encode
from oracle_kit.state.failures import shown, sqlstate, unavailable
from oracle_kit.state.listening import CHANNEL, CONNECT, TELL, NotifyFeed
from oracle_kit.state.outbox import OWN_COMMIT, outbox_of

T = TypeVar("T")
COLLISIONS = ("40001", "40P01")  # serialization failure, deadlock: the server undid the transaction
DUPLICATE = "23505"  # perhaps of a row that the snapshot did not show: the next one does
REFUSED_COMMIT = (*COLLISIONS, "23")  # a commit that the server says it has undone; 23: a deferred constraint
RETRY_S = 10.0  # how long a work that collides is run again
AFRESH_LIMIT = 3  # how often one is that met a dead connection or a row it could not see
WENT_ON = "a statement of the work failed, and the work went on: nothing of it is kept"
FROZEN = "20s"  # a process that stands still in a write lets go of its rows: nobody else could change them
MIGRATION_LOCK = 0x6F7261636C65  # one number for all versions: "oracle"


class PostgresDatabase:
    """A PostgreSQL database; every transaction is REPEATABLE READ."""

    dialect = "postgresql"

    def __init__(self, url: URL) -> None:
        full = url.set(drivername="postgresql+psycopg") if "+" not in url.drivername else url
        self.url = shown(url)
        try:
            self._writing = _engine(
                full, f"-c lock_timeout=10s -c idle_in_transaction_session_timeout={FROZEN}"
            )
            # A write that meets a dead connection is run again on a fresh one; a read cannot be, so it asks first.
            self._reading = _engine(full, "-c default_transaction_read_only=on", pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise NotInstalled(
                "PostgreSQL needs the driver psycopg.", hint="pip install 'oracle-kit[postgres]'"
            ) from error
        self._kept: list[Connection] = []
        self._turn = (
            Lock()
        )  # those of this process that collided go one by one, as they would only collide again
        self.feed = NotifyFeed(self._writing, self.url)

    def read(self) -> sa.Connection:
        """A connection whose transaction begins at its first statement, and changes nothing."""
        return self._reading.connect()

    def write(self, work: Callable[[Connection], T]) -> T:
        """The work's result, committed; run again where it collided, or met a connection that had died."""
        end, afresh = time.monotonic() + RETRY_S, 0
        for attempt in itertools.count():
            try:
                with self._turn if attempt else nullcontext():
                    return self._attempt(work)
            except DBAPIError as error:
                collided = sqlstate(error) in COLLISIONS
                afresh += not collided
                if not collided and (afresh > AFRESH_LIMIT or not _outdated(error)):
                    raise
                if time.monotonic() > end:
                    raise _crowded(self.url) from error
            time.sleep(random.uniform(0, min(0.1, 0.001 * 2 ** min(attempt, 10))))  # noqa: S311  # spreads the retries
        raise AssertionError  # the loop has no end of its own

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        """One transaction on a connection kept from an earlier write: the pool's own care costs as much again."""
        connection = self._take()
        try:
            result = self._transaction(connection, work)
        except BaseException:
            dead = connection.invalidated
            connection.close()
            if dead:
                self._close_kept()
            raise
        self._kept.append(connection)
        return result

    def _take(self) -> Connection:
        try:
            return self._kept.pop()
        except IndexError:
            return self._writing.connect()

    def _transaction(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        with connection.begin() as transaction:
            with outbox_of(connection) as messages:
                result = work(connection)
            if not transaction.is_active:
                raise RuntimeError(OWN_COMMIT)
            self._commit(connection, messages)
            transaction.commit()
        return result

    def _commit(self, connection: Connection, messages: Sequence[str]) -> None:
        """Commit, and tell what was published, in one way to the server and back."""
        import psycopg

        raw: Any = connection.connection.dbapi_connection
        done: Any = None
        try:
            with raw.pipeline() if messages else nullcontext():
                done = raw.execute("COMMIT")
                for message in messages:
                    raw.execute(TELL, (CHANNEL, message))
        except psycopg.Error as error:
            if not _is_kept(done):
                raise self._refused(connection, error) from error
        if done.statusmessage != "COMMIT":
            raise RuntimeError(WENT_ON)

    def _refused(self, connection: Connection, error: Exception) -> Exception:
        """The failure of a commit: one that the server says it has undone, or one that nobody knows of."""
        told = DBAPIError("COMMIT", None, error)
        if sqlstate(told).startswith(REFUSED_COMMIT):
            return told
        connection.invalidate(error)
        return unavailable(error, self.url, unknown=True)

    def _close_kept(self) -> None:
        with suppress(IndexError):  # until none is left, whoever else takes one
            while True:
                self._kept.pop().close()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A write transaction that no other process has at the same time."""
        with self._writing.connect() as connection:
            connection.execution_options(isolation_level="READ COMMITTED")  # sees what it waited for
            with connection.begin():
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                yield connection

    def close(self) -> None:
        """Stop listening, and close the connections."""
        self.feed.close()
        self._close_kept()
        self._reading.dispose()
        self._writing.dispose()


def _is_kept(done: Any) -> bool:
    """Whether the server has answered the COMMIT: what failed is the telling, and who listens looks now and then."""
    return done is not None and done.statusmessage == "COMMIT"


def _outdated(error: DBAPIError) -> bool:
    """Whether the work may do better on a fresh connection or a fresh snapshot; nothing of it was kept."""
    return error.connection_invalidated or sqlstate(error) == DUPLICATE


def _crowded(url: str) -> Conflict:
    return Conflict(
        f"others kept changing the same rows of the state {url} for {RETRY_S:.0f} s.",
        hint="Try again in a moment.",
    )


def _engine(url: URL, options: str, **more: bool) -> Engine:
    given = str(url.query.get("options", ""))
    arguments = {name: value for name, value in CONNECT.items() if name not in url.query}
    return sa.create_engine(
        url.difference_update_query(["options"]),
        isolation_level="REPEATABLE READ",
        connect_args=arguments | {"options": f"-c timezone=UTC {options} {given}".strip()},
        pool_size=16,
        max_overflow=16,
        pool_timeout=10,
        hide_parameters=True,
        json_serializer=encode,
        **more,
    )
