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
HALF_DAY = timedelta(hours=12)  # bounds are in UTC, periods in local days: their edges lie that near


@dataclass(frozen=True)
class PeriodPoint:
    """A period's first day and its value; `made` where no row stood for it, `running` where it is not over,
    `clipped` where the window holds only a part of it."""

    day: date
    value: Decimal | None
    made: bool = False
    running: bool = False
    clipped: bool = False

    @property
    def partial(self) -> bool:
        """Whether the value is not of the whole period."""
        return self.running or self.clipped


def filled(
    rows: Rows,
    time: Column,
    measure: Column,
    where: Mapping[str, object] | None = None,
    *,
    complete: bool = True,
) -> tuple[PeriodPoint, ...]:
    """The measure by period, oldest first: zero for missing periods of what adds up, else nothing.

    The periods run between the bounds of the window on that time (else the first and last row), and never past
    as_of. Rows that are not `complete` (cut, or bounded) are not filled: what is missing there is not zero.
    """
    found = _found(rows, time, measure, where or {})
    grain = time.grain
    everything = _found(rows, time, measure, {}) if where else found
    if not everything or grain is None:
        return tuple(PeriodPoint(day, value) for day, value in sorted(found.items()))
    days = set(everything)
    if complete:
        days |= set(_between(*_edges(rows, time, everything), grain))
    missing = _missing(measure) if complete else None
    return tuple(
        PeriodPoint(day, found.get(day, missing), day not in found, *_parts(day, rows, time))
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
    if bound.start is not None:
        first = min(first, _period_start((_moment(bound.start) + HALF_DAY).date(), first, time.grain))
    if bound.end is not None:
        last = max(last, min((_moment(bound.end) - HALF_DAY).date(), rows.as_of.date()))
        last = rows.as_of.date() if _moment(bound.end) == _now(rows) else last
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


def _parts(day: date, rows: Rows, time: Column) -> tuple[bool, bool]:
    """Whether the period is running, and whether the window cuts it (time zones apart, which rows do not tell)."""
    begin, end = _moment(day), _moment(next_period(day, time.grain or "day"))
    running = begin <= _now(rows) < end
    bound = _bound(rows, time)
    if bound is None or end.year == date.max.year:
        return running, False
    late = bound.start is not None and _moment(bound.start) - begin > HALF_DAY
    early = bound.end is not None and end - _moment(bound.end) > HALF_DAY
    return running, not running and (late or early)


def _now(rows: Rows) -> datetime:
    return rows.as_of.replace(tzinfo=None)


def _moment(edge: date | datetime) -> datetime:
    """A bound as a naive moment."""
    return (
        edge.replace(tzinfo=None) if isinstance(edge, datetime) else datetime(edge.year, edge.month, edge.day)
    )
