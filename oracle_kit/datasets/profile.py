"""What a table looks like before anybody described it: columns, types, how many values, what tells rows apart."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types

from oracle_kit.errors import ContentError, NotFound, WarehouseUnavailable, did_you_mean
from oracle_kit.query import Value
from oracle_kit.words import FieldType

ROW = "row_number"  # what tells rows of a CSV file apart where nothing in it does
_TYPES: tuple[tuple[type[Any], FieldType], ...] = (
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "float"),
    (types.Numeric, "decimal"),
    (types.DateTime, "timestamp"),
    (types.Date, "date"),
    (types.String, "text"),
)


class Seen(Value):
    """A column as it was found: its type, and how many values and nulls it has."""

    name: str
    type: FieldType
    values: int
    nulls: int


class Profile(Value):
    """A table as it was found; `left_out` are the columns that no dataset can have, with the reason."""

    table: str
    rows: int
    columns: tuple[Seen, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def tables_of(url: str) -> tuple[str, ...]:
    """The tables and views of a database, by name; WarehouseUnavailable where it does not answer."""
    engine = _engine(url)
    try:
        found = sa.inspect(engine)
        return tuple(sorted({*found.get_table_names(), *found.get_view_names()}))
    except sa.exc.SQLAlchemyError as error:
        raise _away(error) from error
    finally:
        engine.dispose()


def profile(url: str, table: str) -> Profile:
    """The table as it is now; NotFound names those there are."""
    names = tables_of(url)
    if table not in names:
        raise NotFound(f"There is no table {table!r}.", hint=did_you_mean(table, names))
    engine = _engine(url)
    try:
        return _profiled(engine, table)
    except sa.exc.SQLAlchemyError as error:
        raise _away(error) from error
    finally:
        engine.dispose()


def _profiled(engine: sa.Engine, name: str) -> Profile:
    columns = sa.inspect(engine).get_columns(name)
    table = sa.table(name, *(sa.column(one["name"]) for one in columns))
    kept, left_out = [], []
    for one in columns:
        kind = next((said for known, said in _TYPES if isinstance(one["type"], known)), None)
        if kind is None or "." in one["name"]:
            left_out.append(
                (
                    one["name"],
                    f"its type {one['type']} is none that a field has"
                    if kind is None
                    else "its name holds a dot",
                )
            )
        else:
            kept.append((one["name"], kind))
    with engine.connect() as connection:
        counts = [
            count
            for column, _ in kept
            for count in (sa.func.count(table.c[column]), sa.func.count(table.c[column].distinct()))
        ]
        found = connection.execute(sa.select(sa.func.count(), *counts).select_from(table)).one()
    rows = int(found[0])
    seen = tuple(
        Seen(name=column, type=kind, values=int(found[2 * at + 2]), nulls=rows - int(found[2 * at + 1]))
        for at, (column, kind) in enumerate(kept)
    )
    return Profile(table=name, rows=rows, columns=seen, left_out=tuple(left_out))


def _engine(url: str) -> sa.Engine:
    try:
        return sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise WarehouseUnavailable(
            f"This is no database URL that can be opened: {error}.",
            hint="Use duckdb:////path/to/file.duckdb or postgresql+psycopg://user@host/name.",
        ) from error


def _away(error: Exception) -> WarehouseUnavailable:
    first = str(error).splitlines()[0]
    return WarehouseUnavailable(f"The database does not answer: {first}.", hint="Check the URL.")


def load_csv(file: Path, warehouse: Path) -> str:
    """The name of the table that the CSV file became in a fresh DuckDB file; columns get plain names.

    Rows that nothing tells apart are numbered. ContentError where the file is no CSV with a line of names.
    """
    import duckdb

    table = plain_name(file.stem) or "rows"
    with duckdb.connect(str(warehouse)) as connection:
        try:
            found = connection.read_csv(str(file), header=True, sample_size=-1)
            names = _distinct(
                [plain_name(name) or f"column_{at}" for at, name in enumerate(found.columns, 1)]
            )
            connection.read_csv(str(file), header=True, sample_size=-1, names=names).create(table)
        except duckdb.Error as error:
            raise ContentError(
                f"this is no CSV file that can be read: {str(error).splitlines()[0]}",
                file=str(file),
                hint="It needs a first line with the names of its columns.",
            ) from error
    return table


def numbered(file: Path, into: Path) -> Path:
    """The CSV file written again with a number before each row."""
    made = into / f"{file.stem}.csv"
    with (
        file.open(encoding="utf-8-sig", newline="") as given,
        made.open("w", encoding="utf-8", newline="") as out,
    ):
        rows, writer = csv.reader(given), csv.writer(out)
        writer.writerow([ROW, *next(rows, [])])
        writer.writerows([at, *row] for at, row in enumerate(rows, 1))
    return made


def plain_name(text: str) -> str:
    """A name made of small letters, digits and _, beginning with a letter; empty where nothing is left."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    plain = re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
    return re.sub(r"^[^a-z]+", "", plain)[:47].rstrip("_")


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name[:44]}_{seen[name]}")
    return made
