"""Which columns of some rows a block draws."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from oracle_kit.canvas.format import exact_number
from oracle_kit.errors import ContentError, did_you_mean
from oracle_kit.model import Block, Column, Rows
from oracle_kit.query import Scalar, Value

NUMBERS = ("integer", "decimal", "float")
TIMES = ("date", "timestamp")
P = TypeVar("P", bound=Value)


def figures(rows: Rows) -> tuple[Column, ...]:
    """The columns of measures; in a list, those of numbers that are no ids or coordinates."""
    measures = tuple(column for column in rows.columns if column.role == "measure")
    return measures or tuple(
        c
        for c in rows.columns
        if c.role == "field" and c.type in NUMBERS and not is_id(c) and not is_place(c)
    )


def groups(rows: Rows) -> tuple[Column, ...]:
    """The columns of dimensions, periods side by side last."""
    dimensions = tuple(column for column in rows.columns if column.role == "dimension")
    return dimensions + tuple(column for column in rows.columns if column.role == "period")


def is_id(column: Column) -> bool:
    """Whether the column names rows: by its name, since rows say no more."""
    return column.name == "id" or column.name.endswith("_id")


def is_place(column: Column) -> bool:
    """Whether the column is a latitude or longitude."""
    return column.name in ("latitude", "longitude", "lat", "lng", "lon")


def times(rows: Rows) -> tuple[Column, ...]:
    """The columns of dates and moments."""
    return tuple(column for column in rows.columns if column.type in TIMES)


def texts(rows: Rows) -> tuple[Column, ...]:
    """The columns of words, masked ones left out."""
    return tuple(c for c in rows.columns if c.type == "text" and not c.masked and c.role != "period")


def named(rows: Rows | None, name: str | None) -> Column | None:
    """The column of that name, or None."""
    return next((column for column in rows.columns if column.name == name), None) if rows else None


def pick(rows: Rows | None, wanted: str | None, among: tuple[Column, ...]) -> str | None:
    """The wanted column's name if the rows have it, else the first of the others; None for none."""
    if wanted and named(rows, wanted):
        return wanted
    return among[0].name if among else None


def numbers(rows: Rows, name: str) -> tuple[Decimal | None, ...]:
    """A column's numbers, exact."""
    return tuple(exact_number(value) for value in rows.column(name))


def cell(rows: Rows, row: tuple[Scalar, ...], name: str | None) -> Scalar:
    """The row's value of a column; None where the rows have no such column."""
    return row[rows.index(name)] if name and named(rows, name) else None


def main_rows(block: Block) -> Rows | None:
    """The main rows, or None where there are none at all."""
    main = block.results.get("main")
    return main if main is not None and main.rows else None


def is_complete(block: Block, name: str = "main") -> bool:
    """Whether a query's rows are all of its groups: neither cut nor bounded, so that a missing one is zero."""
    query = block.queries.get(name)
    return not block.results[name].truncated and not (query is not None and query.having)


def is_blank(rows: Rows | None) -> bool:
    """Whether nothing was found: no rows, or a single one without any value."""
    return rows is None or not rows.rows or (len(rows.rows) == 1 and all(v is None for v in rows.rows[0]))


def checked(kind: str, props: type[P], given: Mapping[str, Any]) -> P:
    """The props as a value; ContentError names the kind, the prop and the nearest right one."""
    try:
        return props.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        unknown = first["type"] == "extra_forbidden"
        message = f"{kind} has no prop {place!r}" if unknown else f"{kind}: {first['msg'].lower()}"
        hint = did_you_mean(place, props.model_fields) if unknown else ""
        raise ContentError(message, field=f"props.{place}", hint=hint) from None
