"""Parts into PostgreSQL: one transaction of COPY, then keys, indexes and statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from oracle_kit.demo.generate import Part
from oracle_kit.demo.moments import NEVER, NOTHING
from oracle_kit.demo.tables import VELOCITY, keys_and_indexes

NULL = "\\N"
LINES = 20_000  # rows in one piece of a COPY


def load_postgres(connection: sa.Connection, parts: Iterable[Part]) -> None:
    """Write all parts within the connection's transaction; the demo's tables must not be there."""
    VELOCITY.create_all(connection)
    for part in parts:
        _copy(connection, part)
    for table in VELOCITY.sorted_tables:
        for addition in keys_and_indexes(table):
            connection.execute(addition)
    _analyze(connection)


def _copy(connection: sa.Connection, part: Part) -> None:
    from psycopg import sql

    names = [column.name for column in part.table.columns]
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(part.table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(command) as copy:
        for piece in _lines(part):
            copy.write(piece)


def _lines(part: Part) -> Iterator[str]:
    """The rows in COPY's text format; no text of the demo's lists holds a tab, a line end or a backslash."""
    count = len(next(iter(part.rows.values())))
    for first in range(0, count, LINES):
        stretch = slice(first, first + LINES)
        columns = (_texts(column, part.rows[column.name][stretch]) for column in part.table.columns)
        yield "".join(f"{line}\n" for line in map("\t".join, zip(*columns, strict=True)))


def _texts(column: sa.Column[Any], values: NDArray[Any]) -> list[str]:
    """A column's values as COPY reads them."""
    texts = values.tolist() if values.dtype == object else _written(column, values)
    if not column.nullable:
        return texts
    empty = NOTHING if values.dtype == object else NEVER
    return [NULL if value == empty else text for value, text in zip(values.tolist(), texts, strict=True)]


def _written(column: sa.Column[Any], values: NDArray[Any]) -> list[str]:
    if isinstance(column.type, sa.DateTime):
        return np.datetime_as_string(values.astype("datetime64[s]")).tolist()  # type: ignore[no-any-return]
    if isinstance(column.type, sa.Date):
        return np.datetime_as_string(values.astype("datetime64[D]")).tolist()  # type: ignore[no-any-return]
    if isinstance(column.type, sa.Numeric) and column.type.scale:
        return list(map(repr, (values / 10**column.type.scale).tolist()))
    return list(map(str, values.tolist()))


def _analyze(connection: sa.Connection) -> None:
    """Statistics for the planner, for each table."""
    from psycopg import sql

    raw: Any = connection.connection.driver_connection
    for table in VELOCITY.sorted_tables:
        raw.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
