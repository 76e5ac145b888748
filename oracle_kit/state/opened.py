"""The state that all parts share: read in snapshots, written in whole transactions."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from oracle_kit.errors import OracleError, StateUnavailable
from oracle_kit.state.failures import is_unavailable, unavailable
from oracle_kit.state.feed import Feed
from oracle_kit.state.migrate import check_writable, is_current, upgrade
from oracle_kit.state.postgresql import PostgresDatabase
from oracle_kit.state.sqlite import SqliteDatabase

T = TypeVar("T")


class Database(Protocol):
    """What differs between the databases that state can stand on."""

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""

    @property
    def url(self) -> str:
        """Its URL as people may see it."""

    @property
    def feed(self) -> Feed:
        """The change feed."""

    def read(self) -> Connection:
        """A connection for one read transaction."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """The work's result, committed."""

    def alone(self) -> AbstractContextManager[Connection]:
        """A write transaction with no other process beside it."""

    def close(self) -> None:
        """Let go of the database."""


class State:
    """The state database: `read` snapshots, `write` transactions, and the `feed` of what was committed.

    A `work` may be run again, so it does nothing but SQL on the connection it is handed, and does not commit. On
    PostgreSQL a work sees one snapshot: a row that decides must be written or locked (`with_for_update`) by the same
    work, and a statement that may fail on a constraint stands in `connection.begin_nested()`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here, self._process, self._closed = threading.local(), os.getpid(), False
        self.dialect = database.dialect
        self.shown_url = database.url
        self.feed = database.feed

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read transaction, a snapshot from its first statement on; StateUnavailable when it cannot be had."""
        self._check_open()
        with _explained(self.shown_url), self._database.read() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, once its transaction is durable; its own error, with nothing kept.

        StateUnavailable when the database cannot be used (`details["unknown"]` where it went away during the
        commit), Conflict when others kept changing the same rows.
        """
        self._check_open()
        if getattr(self._here, "writing", False):
            raise RuntimeError("a write inside a write: use the connection that the outer one has")
        with _explained(self.shown_url):
            return self._database.write(lambda connection: self._marked(work, connection))

    def _marked(self, work: Callable[[Connection], T], connection: Connection) -> T:
        self._here.writing = True
        try:
            return work(connection)
        finally:
            self._here.writing = False

    def _check_open(self) -> None:
        if self._process != os.getpid():
            raise StateUnavailable(
                f"the state {self.shown_url} was opened before this process was forked.",
                hint="Open it again here.",
            )
        if self._closed:
            raise StateUnavailable(f"the state {self.shown_url} is closed.", hint="Open it again.")

    def ready(self) -> bool:
        """Whether the state answers, at the schema of this version."""
        try:
            with self.read() as connection:
                return is_current(connection, self.shown_url)
        except OracleError:
            return False

    def close(self) -> None:
        """Finish the writes that wait, end all subscriptions, and let go of the database."""
        if self._process == os.getpid() and not self._closed:
            self._closed = True
            self._database.feed.close()
            self._database.close()

    def __repr__(self) -> str:
        return f"State({self.shown_url!r})"


def open_state(url: str) -> State:
    """The state at a URL (sqlite:////path or postgresql://user@host/database), brought to this version's schema.

    Safe when several processes do it at once. StateUnavailable, with what to do, when it cannot be used.
    """
    database = _database(url)
    try:
        with _explained(database.url):
            _bring_up(database)
    except BaseException:
        database.close()
        raise
    return State(database)


def _database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        raise _unusable("the URL of the state cannot be read.") from None  # it may hold a password
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return SqliteDatabase(parsed)
    if backend in ("postgresql", "postgres"):
        return PostgresDatabase(parsed)
    raise _unusable(f"the state is on SQLite or PostgreSQL, not {backend!r}.")


def _unusable(message: str) -> StateUnavailable:
    hint = "Use sqlite:////path/to/state.sqlite or postgresql://user@host/database in ORACLE_STATE_URL."
    return StateUnavailable(message, hint=hint)


def _bring_up(database: Database) -> None:
    with database.alone() as connection:
        if not is_current(connection, database.url):
            upgrade(connection)
        check_writable(connection)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turns what the database says of its own health into StateUnavailable; errors of statements pass."""
    try:
        yield
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        raise unavailable(error, url) from error
