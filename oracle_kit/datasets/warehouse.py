"""The warehouse: a database read through snapshots, each one read-only transaction with one as_of."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from oracle_kit.datasets.engines import open_adapter
from oracle_kit.datasets.failures import stopped, unavailable
from oracle_kit.datasets.readers import read_columns
from oracle_kit.datasets.statement import Selectable, Statement
from oracle_kit.errors import FetchTimeout, WarehouseUnavailable
from oracle_kit.model import Rows
from oracle_kit.windows import Clock

if TYPE_CHECKING:  # live values are read through a warehouse
    from oracle_kit.datasets.catalog import Catalog
    from oracle_kit.datasets.live import LiveValues

TIMEOUT_S = 30.0  # of statements that no policy bounds: schema, live values


class Warehouse:
    """A database by URL; safe to share between threads, each snapshot has a connection of its own.

    `pool` is how many statements run at a time on DuckDB, all of which share the cores; default: their count.
    """

    def __init__(self, url: str, *, pool: int | None = None) -> None:
        try:
            parsed = make_url(url)
            self.shown_url = parsed.render_as_string(hide_password=True)
            self.dialect = parsed.get_backend_name()
            self.adapter = open_adapter(parsed, pool or os.cpu_count() or 2)
        except (ArgumentError, NoSuchModuleError) as error:
            raise WarehouseUnavailable(
                "the warehouse URL cannot be read.",
                hint="Use duckdb:////path/to/file.duckdb or postgresql://…",
            ) from error
        self.slots = threading.BoundedSemaphore(self.adapter.at_once)

    @contextmanager
    def snapshot(self, clock: Clock) -> Iterator[Snapshot]:
        """One read-only transaction, begun at the first statement; everything in it has the clock's as_of."""
        snapshot = Snapshot(self, clock)
        try:
            yield snapshot
        finally:
            snapshot.close()

    def live_values(self, catalog: Catalog, clock: Clock, *, seconds: float = 300.0) -> LiveValues:
        """The values that dimensions have now, read at first use and again once older than `seconds`."""
        from oracle_kit.datasets.live import LiveValues

        return LiveValues(catalog, self, clock, seconds=seconds)

    def ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self.adapter.engine.connect() as connection:
                return bool(connection.execute(sa.select(1)).scalar())
        except (SQLAlchemyError, OSError, WarehouseUnavailable):
            return False

    def close(self) -> None:
        """Closes every connection."""
        self.adapter.engine.dispose()


class Snapshot:
    """One read-only transaction of a warehouse; used by one thread at a time."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self.clock = clock
        self._warehouse = warehouse
        self._connection: Connection | None = None
        self._failed = False

    @property
    def dialect(self) -> str:
        """The database's name: duckdb or postgresql."""
        return self._warehouse.dialect

    def run(self, statement: Statement) -> Rows:
        """The rows of a statement; WarehouseUnavailable or FetchTimeout when the database gives none."""
        found = self.execute(statement.select, statement.timeout_s, statement.parameters)
        last = (
            int(found[-1][-1]) if found else 0
        )  # see Statement: the total, or the groups folded into the row
        if statement.others:
            total = len(found) - 1 + last if last else None
            return made_rows(found, statement, total_count=total, others_count=last or None)
        total = last if last > len(found) else None
        rows = side_by_side(found, statement) if statement.periods else found
        return made_rows(rows, statement, total_count=total)

    def execute(
        self, select: Selectable, timeout_s: float = TIMEOUT_S, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows as the driver gives them; a snapshot that failed gives no more, so it stays one state."""
        if self._failed:
            raise WarehouseUnavailable("this snapshot ended with an earlier failure.", hint="Ask again.")
        guarded = None
        try:
            connection = self._connect()  # before a slot is taken: whoever holds a slot must not wait
            with self._warehouse.slots, self._warehouse.adapter.timed(connection, timeout_s) as guarded:
                return connection.execute(select, parameters).fetchall()
        except (SQLAlchemyError, OSError) as error:
            self._failed = True
            self.close()
            if (guarded is not None and guarded.fired) or stopped(error):
                raise FetchTimeout(
                    f"The database needed more than {timeout_s:g} s.",
                    hint="Narrow the question, or raise the dataset's timeout_s.",
                ) from error
            raise unavailable(error, self._warehouse.shown_url) from error

    def close(self) -> None:
        """Ends the transaction and gives the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._warehouse.adapter.engine.connect()
        return self._connection


def made_rows(
    found: Sequence[Sequence[Any]],
    statement: Statement,
    *,
    total_count: int | None,
    others_count: int | None = None,
) -> Rows:
    """The rows with what the statement says of them; not validated again, every value was read just now."""
    return Rows.model_construct(
        columns=statement.columns,
        rows=tuple(read_columns(found, statement.readers)),
        as_of=statement.now,
        bounds=statement.bounds,
        policies=statement.policies,
        scopes=statement.scopes,
        truncated=total_count is not None,
        total_count=total_count,
        others_count=others_count,
    )


def side_by_side(found: Sequence[Sequence[Any]], statement: Statement) -> list[tuple[Any, ...]]:
    """A row for each period and group, from rows that hold the figures of all periods."""
    first = statement.dimensions
    width = len(statement.columns) - 1 - first
    return [
        (text, *row[:first], *row[first + place * width : first + (place + 1) * width])
        for place, text in enumerate(statement.periods)
        for row in found
    ]
