"""The catalog against the live schema: tables, columns, types, and keys that must be unique."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.finding import Finding
from oracle_kit.datasets.scan import projected_columns
from oracle_kit.datasets.typing_rules import NUMBERS
from oracle_kit.datasets.warehouse import Snapshot, Warehouse
from oracle_kit.errors import FetchTimeout, did_you_mean
from oracle_kit.windows import Clock
from oracle_kit.words import FieldType

Schema = Mapping[
    str, Mapping[str, str]
]  # table (with its schema where one is written) -> column -> database type

_FAMILIES: Mapping[str, FieldType] = {
    "bigint": "integer",
    "integer": "integer",
    "smallint": "integer",
    "tinyint": "integer",
    "hugeint": "integer",
    "ubigint": "integer",
    "uinteger": "integer",
    "usmallint": "integer",
    "utinyint": "integer",
    "decimal": "decimal",
    "numeric": "decimal",
    "double": "float",
    "double precision": "float",
    "float": "float",
    "real": "float",
    "varchar": "text",
    "text": "text",
    "char": "text",
    "character": "text",
    "character varying": "text",
    "enum": "text",
    "uuid": "text",
    "user-defined": "text",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "datetime": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
}


def verify(catalog: Catalog, warehouse: Warehouse) -> tuple[Finding, ...]:
    """What does not agree with the warehouse, in the order of the files; nothing where all is well."""
    clock = Clock(now=datetime.now(UTC).replace(tzinfo=None), calendar=catalog.calendar)
    with warehouse.snapshot(clock) as snapshot:
        schema = read_schema(catalog, snapshot)
    findings = [one for dataset in catalog.datasets.values() for one in _compare(dataset, schema)]
    broken = {one.file for one in findings}
    for dataset in catalog.datasets.values():
        if dataset.document.file not in broken:
            findings += _check_keys(dataset, warehouse, clock)
    return tuple(findings)


def read_schema(catalog: Catalog, snapshot: Snapshot) -> Schema:
    """The columns of every table that can be seen, by table name as datasets write it."""
    columns = sa.table(
        "columns",
        *(sa.column(name) for name in ("table_schema", "table_name", "column_name", "data_type")),
        schema="information_schema",
    )
    current = sa.select(sa.func.current_schema())
    rows = snapshot.execute(sa.select(*columns.c).where(columns.c.table_schema != "information_schema"))
    home = snapshot.execute(current)[0][0]
    schema: dict[str, dict[str, str]] = {}
    for owner, table, column, type_ in rows:
        for name in (f"{owner}.{table}", *((table,) if owner == home else ())):
            schema.setdefault(name, {})[column] = str(type_)
    return schema


def family(database_type: str) -> FieldType | None:
    """The field type that a database type holds; None for one that fields cannot have."""
    return _FAMILIES.get(database_type.lower().split("(")[0].strip())


def _compare(dataset: Dataset, schema: Schema) -> Iterator[Finding]:
    """Tables, columns and types of one dataset."""
    for alias, table, path in _tables(dataset):
        if table not in schema:
            own = [name for name in schema if "." not in name or "." in table]
            yield _finding(dataset, path, f"there is no table {table!r}", did_you_mean(table, own))
            continue
        for column in projected_columns(dataset, alias):
            if column not in schema[table]:
                where = _column_path(dataset, alias, column)
                hint = did_you_mean(column, schema[table])
                yield _finding(dataset, where, f"{table} has no column {column!r}", hint)
        yield from _types(dataset, alias, schema[table])


def _tables(dataset: Dataset) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each alias with its table and where it is written."""
    joined = [(alias, join.table, ("joins", alias, "table")) for alias, join in dataset.file.joins.items()]
    return [("", dataset.file.table, ("table",)), *joined]


def _column_path(dataset: Dataset, alias: str, column: str) -> tuple[str, ...]:
    """Where the file names the column: at a field, else at a join."""
    for name, field in dataset.fields.items():
        if field.column is not None and (field.column.alias, field.column.column) == (alias, column):
            return ("fields", name, "column")
    for target, join in dataset.file.joins.items():
        left = f"{alias}.{column}" if alias else column
        if left in join.keys or (target == alias and column in join.keys.values()):
            return ("joins", target, "keys")
    return ("table",)


def _types(dataset: Dataset, alias: str, columns: Mapping[str, str]) -> Iterator[Finding]:
    for name, field in dataset.fields.items():
        if field.column is None or field.column.alias != alias or field.column.column not in columns:
            continue
        found = columns[field.column.column]
        if not _holds(family(found), field.type):
            message = f"the column is {found}, the field is declared {field.type}"
            fitting = family(found)
            hint = f"Write `type: {fitting}`." if fitting else "Leave the field out."
            yield _finding(dataset, ("fields", name, "type"), message, hint)


def _holds(found: FieldType | None, declared: FieldType) -> bool:
    """Whether the declared type can hold what the column has: the same, or a wider number."""
    if found in NUMBERS and declared in NUMBERS:
        return NUMBERS.index(found) <= NUMBERS.index(declared)
    return found == declared


def _check_keys(dataset: Dataset, warehouse: Warehouse, clock: Clock) -> Iterator[Finding]:
    """The grain's key and every join's target key name one row each, so that nothing is counted twice."""
    for table, keys, path, message in _unique_keys(dataset):
        try:
            with warehouse.snapshot(clock) as snapshot:
                if snapshot.execute(_twice(table, keys)):
                    yield _finding(
                        dataset, path, message, "Join on a key that names one row, or use a relation."
                    )
        except FetchTimeout:
            yield _finding(dataset, path, f"{table} took too long to check for uniqueness", level="warning")


def _unique_keys(dataset: Dataset) -> Iterator[tuple[str, list[str], tuple[str, ...], str]]:
    """Tables, the columns that must name one row of them, where that is written, and what is wrong if not."""
    key = dataset.fields[dataset.key].column
    if key is not None and not key.alias:
        message = f"{key.column!r} does not name one row: {dataset.file.grain!r} does not hold"
        yield dataset.file.table, [key.column], ("key",), message
    for alias, join in dataset.file.joins.items():
        keys = list(join.keys.values())
        message = f"{join.table}.{', '.join(keys)} is not unique: this join would count rows twice"
        yield join.table, keys, ("joins", alias, "keys"), message


def _twice(name: str, keys: list[str]) -> sa.Select[Any]:
    """A key that stands in two rows, if there is one."""
    schema, _, table = name.rpartition(".")
    source = sa.table(table, *(sa.column(key) for key in keys), schema=schema or None)
    columns = [source.c[key] for key in keys]
    there = [column.is_not(None) for column in columns]
    return sa.select(*columns).where(*there).group_by(*columns).having(sa.func.count() > 1).limit(1)


def _finding(
    dataset: Dataset, path: tuple[str, ...], message: str, hint: str = "", level: str = "error"
) -> Finding:
    return Finding.model_validate(
        {
            "level": level,
            "file": dataset.document.file,
            "line": dataset.document.line(path),
            "field": ".".join(path),
            "message": message,
            "hint": hint,
        }
    )
