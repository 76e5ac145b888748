"""Parts into a DuckDB file: written beside the place it is for, and renamed when it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from oracle_kit.demo.generate import Part
from oracle_kit.demo.moments import DAY, NEVER, NOTHING
from oracle_kit.demo.tables import VELOCITY
from oracle_kit.errors import WarehouseUnavailable

COMMIT_ROWS = 4_000_000
MEMORY = "1GiB"  # that DuckDB may hold, whatever the scale


def load_duckdb(path: Path, parts: Iterable[Part]) -> None:
    """Write all parts to the file, replacing one that is there; nothing is left where it does not succeed."""
    with _beside(path) as building:
        url = sa.URL.create("duckdb", database=str(building))
        engine = sa.create_engine(
            url, poolclass=sa.NullPool, connect_args={"config": {"memory_limit": MEMORY}}
        )
        with engine.connect() as connection:
            VELOCITY.create_all(connection)
            waiting = 0
            for part in parts:
                waiting += _insert(connection, part)
                if waiting >= COMMIT_ROWS:  # what is not committed stays in memory
                    connection.commit()
                    waiting = 0
            connection.commit()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A name beside the path for the file while it is made; renamed at the end, removed where it failed."""
    building = path.with_name(f".{path.name}.{os.getpid()}.building")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield building
        building.replace(path)
    except (OSError, sa.exc.SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise WarehouseUnavailable(
            f"the demo cannot be written to {path}: {reason}.",
            hint="Choose a folder that may be written to and has room.",
        ) from error
    finally:
        for left in path.parent.glob(f"{building.name}*"):
            left.unlink(missing_ok=True)


def _insert(connection: sa.Connection, part: Part) -> int:
    """INSERT ... SELECT from the arrays themselves, which DuckDB scans without copying; how many rows."""
    columns = list(part.table.columns)
    arrays = {column.name: _array(column, part.rows[column.name]) for column in columns}
    raw: Any = connection.connection.driver_connection
    raw.register("part", arrays)
    source = sa.table("part", *(sa.column(column.name) for column in columns))
    values = sa.select(*(_value(column, source.c[column.name]) for column in columns))
    connection.execute(part.table.insert().from_select([column.name for column in columns], values))
    raw.unregister("part")
    return len(next(iter(part.rows.values())))


def _array(column: sa.Column[Any], values: NDArray[Any]) -> NDArray[Any]:
    """A column's values as DuckDB reads them: times as times, decimals as the floats nearest to them."""
    if isinstance(column.type, sa.DateTime | sa.Date):
        seconds = values if isinstance(column.type, sa.DateTime) else values * DAY
        empty = (values == NEVER) & bool(column.nullable)
        return np.where(empty, np.datetime64("NaT"), seconds.astype("datetime64[s]"))
    if isinstance(column.type, sa.Numeric) and column.type.scale:
        values = values / 10**column.type.scale
    return values


def _value(column: sa.Column[Any], source: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The expression that reads a value: cast to the column's type, null where a number or text says none."""
    if column.nullable and isinstance(column.type, sa.Integer | sa.String):
        source = sa.func.nullif(source, NEVER if isinstance(column.type, sa.Integer) else NOTHING)
    return sa.cast(source, column.type)
