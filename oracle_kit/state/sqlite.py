"""State in a SQLite file: many readers, each with its snapshot, and one writer thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from oracle_kit.errors import StateUnavailable
from oracle_kit.state.encoding import encode
from oracle_kit.state.failures import shown
from oracle_kit.state.feed import MemoryFeed
from oracle_kit.state.outbox import refuse_own_commits
from oracle_kit.state.writer import Writer

T = TypeVar("T")
BUSY_S = 10.0  # how long a write waits for another process's
_CONNECT = {"isolation_level": None, "timeout": BUSY_S, "check_same_thread": False}
_WRITING = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON"}
_READING = {"query_only": "ON"}


class SqliteDatabase:
    """A SQLite file in WAL mode, every commit synced to the disk before it is answered."""

    dialect = "sqlite"

    def __init__(self, url: URL) -> None:
        if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
            raise StateUnavailable(
                "the state on SQLite is a file.", hint="Use sqlite:////path/to/state.sqlite."
            )
        self.url = shown(url)
        self.feed = MemoryFeed()
        self._writing = _engine(url, "BEGIN IMMEDIATE", _WRITING, pool_size=1)
        self._reading = _engine(url, "BEGIN", _READING, pool_size=32)
        refuse_own_commits(self._writing)
        self._writer = Writer(self._writing, self.url, self.feed.deliver)

    def read(self) -> sa.Connection:
        """A connection whose transaction begins at its first statement, and changes nothing."""
        return self._reading.connect()

    def write(self, work: Callable[[Connection], T]) -> T:
        """The work's result, committed by the writer thread."""
        result: T = self._writer.run(work)
        return result

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A write transaction with no other process beside it: as any on SQLite."""
        with self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Finish the writes that wait, and close the file."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()


def _engine(url: URL, begin: str, pragmas: dict[str, str], pool_size: int) -> Engine:
    engine = sa.create_engine(
        url,
        connect_args={name: value for name, value in _CONNECT.items() if name not in url.query},
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_S,
        hide_parameters=True,
        json_serializer=encode,
    )
    # many rows are one statement: a statement a row hands the interpreter over to other threads for each of them
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @sa.event.listens_for(engine, "connect")
    def prepare(raw: Any, record: Any) -> None:
        for name, value in pragmas.items():
            raw.execute(f"PRAGMA {name} = {value}")

    @sa.event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
