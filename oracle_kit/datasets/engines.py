"""Engines of the two databases: opened for reading only, and locked down."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from oracle_kit.datasets.watchdog import Guarded, Watchdog
from oracle_kit.errors import NotInstalled, WarehouseUnavailable

DUCKDB_MEMORY = 0.5  # of the machine
POSTGRES_GRACE_S = 2.0  # after its own statement timeout, for a server that does not answer at all


class Adapter(Protocol):
    """What differs between databases: how the engine is made and how a statement is stopped."""

    @property
    def engine(self) -> Engine:
        """The pool of connections."""

    @property
    def at_once(self) -> int:
        """How many statements it takes at a time."""

    def timed(self, connection: Connection, seconds: float) -> Any:
        """A context in which a statement is stopped after so many seconds; gives a Guarded."""


class DuckDBAdapter:
    """A DuckDB file, read-only, with no access to files or the network, its configuration locked."""

    def __init__(self, url: URL, cores: int) -> None:
        self._path, self._cores, self._opening = url.database or "", cores, threading.Lock()
        self.at_once = cores
        self._watchdog = Watchdog()
        self.engine = sa.create_engine(url, creator=self._open, poolclass=sa.QueuePool, **_pooled(cores))

    def _open(self) -> Any:
        import duckdb
        from duckdb_sqlalchemy import ConnectionWrapper

        if not self._path or self._path == ":memory:":
            raise WarehouseUnavailable(
                "a DuckDB warehouse is a file", hint="Use duckdb:////path/to/file.duckdb."
            )
        with self._opening:
            raw = duckdb.connect(self._path, read_only=True)
            _lock_down(raw, self._cores)
        return ConnectionWrapper(raw)

    @contextmanager
    def timed(self, connection: Connection, seconds: float) -> Iterator[Guarded]:
        """Interrupts the connection when the time is up."""
        stop = connection.connection.dbapi_connection.interrupt  # type: ignore[union-attr]  # duckdb's own connection
        with self._watchdog.guard(stop, seconds) as work:
            yield work


def _lock_down(raw: Any, cores: int) -> None:
    """Settings hold for all connections to the file in this process, so the first one makes them."""
    if raw.execute("SELECT current_setting('lock_configuration')").fetchone()[0]:
        if raw.execute("SELECT current_setting('enable_external_access')").fetchone()[0]:
            raw.close()
            raise WarehouseUnavailable(
                "the DuckDB file is open in this process with access to files and the network",
                hint="Close the other connection first.",
            )
        return
    memory = int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * DUCKDB_MEMORY / 2**20)
    settings = [f"threads = {int(cores)}", f"memory_limit = '{memory}MiB'", "TimeZone = 'UTC'"]
    for setting in (*settings, "enable_external_access = false", "lock_configuration = true"):
        raw.execute(f"SET GLOBAL {setting}")


class PostgresAdapter:
    """PostgreSQL through psycopg 3: repeatable read, read only, a statement timeout of its own."""

    def __init__(self, url: URL, cores: int) -> None:
        self.at_once = 4 * cores
        self._watchdog = Watchdog()
        arguments = {
            "connect_timeout": 5,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "options": "-c default_transaction_read_only=on -c timezone=UTC",
        }
        given = {name: value for name, value in arguments.items() if name not in url.query}
        self.engine = sa.create_engine(
            url,
            isolation_level="REPEATABLE READ",
            connect_args=given,
            pool_pre_ping=True,
            **_pooled(cores),
        ).execution_options(postgresql_readonly=True)

    @contextmanager
    def timed(self, connection: Connection, seconds: float) -> Iterator[Guarded]:
        """Sets the transaction's statement timeout, and cuts the line to a server that does not keep it."""
        milliseconds = max(1, int(seconds * 1000))
        if connection.info.get("timeout") != milliseconds or connection.info.get("of") != id(connection):
            setting = sa.func.set_config("statement_timeout", str(milliseconds), sa.true())
            connection.execute(sa.select(setting))
            connection.info.update(timeout=milliseconds, of=id(connection))
        with self._watchdog.guard(lambda: _hang_up(connection), seconds + POSTGRES_GRACE_S) as work:
            yield work


def _hang_up(connection: Connection) -> None:
    """Ends the line to the server, which wakes the thread that waits for it."""
    import socket

    raw: Any = connection.connection.dbapi_connection
    with socket.socket(fileno=os.dup(raw.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _pooled(cores: int) -> dict[str, Any]:
    """More connections than statements at a time: a snapshot keeps its own while it is not running one."""
    return {"pool_size": 4 * cores, "max_overflow": 4 * cores, "pool_timeout": 10}


def open_adapter(url: URL, cores: int) -> Adapter:
    """The adapter of a database; WarehouseUnavailable for another scheme, NotInstalled without its driver."""
    backend = url.get_backend_name()
    if backend == "duckdb":
        return DuckDBAdapter(url, cores)
    if backend in ("postgresql", "postgres"):
        plain = url.set(drivername="postgresql+psycopg") if "+" not in url.drivername else url
        try:
            return PostgresAdapter(plain, cores)
        except ModuleNotFoundError as error:
            raise NotInstalled(
                "PostgreSQL needs the driver psycopg.", hint="pip install 'oracle-kit[postgres]'"
            ) from error
    raise WarehouseUnavailable(
        f"the warehouse is on DuckDB or PostgreSQL, not {backend!r}.",
        hint="Use duckdb:////path/to/file.duckdb or postgresql://user@host/database.",
    )
