"""Rows as dated events, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from oracle_kit.canvas.format import exact_value, format_value
from oracle_kit.canvas.format_time import moment_of
from oracle_kit.canvas.kinds.columns import cell, is_id, named
from oracle_kit.model import Column, Rows
from oracle_kit.query import Scalar


@dataclass(frozen=True)
class Event:
    """A row with its moment: a name, further columns with their values, and the lane it is on."""

    moment: datetime
    when: str
    exact: str
    name: str
    details: tuple[tuple[Column, Scalar], ...]
    lane: str = ""


def events_of(
    rows: Rows, *, time: str | None, name: str | None, details: Sequence[str], lane: str | None = None
) -> tuple[tuple[Event, ...], int]:
    """The events newest first, and how many rows have no time."""
    clock, who, track = named(rows, time), named(rows, name), named(rows, lane)
    more = [column for one in details if (column := named(rows, one))]
    made = []
    for row in rows.rows:
        value = cell(rows, row, time)
        moment = moment_of(value) if value is not None else None
        if moment is None or clock is None:
            continue
        texts = [format_value(cell(rows, row, one.name), one) if one else "" for one in (who, track)]
        further = tuple((column, cell(rows, row, column.name)) for column in more)
        made.append(
            Event(moment, format_value(value, clock), exact_value(value, clock), texts[0], further, texts[1])
        )
    made.sort(key=lambda event: event.moment, reverse=True)
    return tuple(made), len(rows.rows) - len(made)


def naming(rows: Rows, taken: Iterable[str | None] = ()) -> tuple[Column, ...]:
    """Columns that can name an event: words that are no listed values, then listed ones, then ids."""
    free = [c for c in rows.columns if c.name not in set(taken) and not c.masked]
    words = [c for c in free if c.type == "text"]
    return (
        *(c for c in words if not c.values),
        *(c for c in words if c.values),
        *(c for c in free if is_id(c)),
    )


def listed_columns(rows: Rows, taken: Iterable[str | None] = ()) -> tuple[Column, ...]:
    """Columns of listed values: kinds, channels, statuses."""
    return tuple(c for c in rows.columns if c.values and c.name not in set(taken))


def detail_columns(rows: Rows, taken: Iterable[str | None], most: int) -> tuple[str, ...]:
    """The names of further columns that say something: listed values first; no ids, no masked ones."""
    free = [c for c in rows.columns if c.name not in set(taken) and not c.masked and not is_id(c)]
    ordered = sorted(free, key=lambda column: not column.values)
    return tuple(column.name for column in ordered[:most])
