"""Rows by time with the missing periods filled in, and the unfinished one marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle_kit.canvas.format import exact_number
from oracle_kit.canvas.format_time import moment_of, next_period
from oracle_kit.model import Bound, Column, Rows

MOST_FILLED = 2_000


@dataclass(frozen=True)
class PeriodPoint:
    """A period's first day and its value; `made` where no row stood for it, `partial` where it is not over."""

    day: date
    value: Decimal | None
    made: bool = False
    partial: bool = False


def filled(
    rows: Rows, time: Column, measure: Column, where: Mapping[str, object] | None = None
) -> tuple[PeriodPoint, ...]:
    """The measure by period, oldest first: zero for missing periods of what adds up, else nothing.

    The periods run between the bounds of the window on that time (else the first and last row), and never past as_of.
    """
    found = _found(rows, time, measure, where or {})
    grain = time.grain
    if not found or grain is None:
        return tuple(PeriodPoint(day, value) for day, value in sorted(found.items()))
    first, last = _edges(rows, time, (found if where is None else _found(rows, time, measure, {})))
    days = set(found) | set(_between(first, last, grain))
    now = rows.as_of.replace(tzinfo=None)
    return tuple(
        PeriodPoint(day, found.get(day, _missing(measure)), day not in found, _is_partial(day, grain, now))
        for day in sorted(days)
    )


def _missing(measure: Column) -> Decimal | None:
    return Decimal(0) if measure.additive and measure.role == "measure" else None


def _found(
    rows: Rows, time: Column, measure: Column, where: Mapping[str, object]
) -> dict[date, Decimal | None]:
    at, value = rows.index(time.name), rows.index(measure.name)
    tests = [(rows.index(name), wanted) for name, wanted in where.items()]
    found: dict[date, Decimal | None] = {}
    for row in rows.rows:
        moment = moment_of(row[at]) if row[at] is not None else None
        if moment is not None and all(row[place] == wanted for place, wanted in tests):
            found[moment.date()] = exact_number(row[value])
    return found


def _edges(rows: Rows, time: Column, found: Mapping[date, object]) -> tuple[date, date]:
    """The first and last day that a period may begin on."""
    first, last = min(found), max(found)
    bound = _bound(rows, time)
    if bound is None or time.grain is None:
        return first, last
    now = rows.as_of.date()
    if bound.start is not None:
        first = min(first, _period_start(_day(bound.start), first, time.grain))
    if bound.end is not None:
        last = max(last, min(_day(bound.end) - timedelta(days=1), max(now, last)))
    return first, last


def _bound(rows: Rows, time: Column) -> Bound | None:
    field = time.name.removesuffix(f"_{time.grain}")
    return next((bound for bound in rows.bounds if bound.field == field), None)


def _period_start(edge: date, known: date, grain: str) -> date:
    """The start of the period that the edge lies in, counted back from a known start."""
    start, steps = known, 0
    while start > edge and steps < MOST_FILLED:
        start, steps = _before(start, grain), steps + 1
    return start


def _before(day: date, grain: str) -> date:
    if grain in ("day", "week"):
        return day - timedelta(days=1 if grain == "day" else 7)
    year, month = divmod(day.year * 12 + day.month - 1 - {"month": 1, "quarter": 3, "year": 12}[grain], 12)
    return date(year, month + 1, 1)


def _between(first: date, last: date, grain: str) -> list[date]:
    """The starts of periods from first to last; none where they would be too many to draw."""
    days, day = [], first
    while day <= last and day != date.max:
        days.append(day)
        if len(days) > MOST_FILLED:
            return []
        day = next_period(day, grain)
    return days


def _is_partial(day: date, grain: str, now: datetime) -> bool:
    return day <= now.date() < next_period(day, grain)


def _day(edge: date | datetime) -> date:
    return edge.date() if isinstance(edge, datetime) else edge
