"""Times that have a name and come round: a month, a day of it, a quarter, a half-year, a weekday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from oracle_kit.windows import Calendar
from oracle_kit.windows.units import add_months, midnight, month_length

Days = tuple[date, date]  # from the first to before the second
_LENGTH = {"month": 1, "quarter": 3, "half": 6}
_LEAP_CYCLE = 8  # so many years at most lie between two 29 Februaries


@dataclass(frozen=True, slots=True)
class Named:
    """A time by name: `number` is the month (1 to 12), quarter, half or weekday (Monday 0); `day` the day of
    the month, or how many days a weekend has; `year` None when it was not said, and when `fiscal` the year
    in which it ends."""

    kind: Literal["day", "month", "quarter", "half", "weekday", "weekend"]
    number: int
    day: int = 0
    year: int | None = None
    fiscal: bool = False


def days_in(named: Named, year: int, calendar: Calendar) -> Days | None:
    """The days of a month, day, quarter or half of a year; None when that year lacks the day."""
    if named.kind == "day":
        if not 1 <= named.day <= month_length(year, named.number):
            return None
        day = date(year, named.number, named.day)
        return day, day + timedelta(days=1)
    length = _LENGTH[named.kind]
    if named.kind == "month":
        start = date(year, named.number, 1)
    else:
        start = months_on(year_start(year, calendar, fiscal=named.fiscal), length * (named.number - 1))
    return start, months_on(start, length)


def latest(named: Named, day: date, calendar: Calendar) -> Days | None:
    """Its latest occurrence that has begun by the day; of a day, the one in the month that has begun."""
    if named.kind == "weekday":
        return _one_day(day - timedelta(days=(day.weekday() - named.number) % 7))
    if named.kind == "weekend":
        return _weekend(day - timedelta(days=(day.weekday() - named.number) % 7), named)
    for year in range(day.year + 1, day.year - _LEAP_CYCLE - 1, -1):
        found = days_in(named, year, calendar)
        if found is not None and (found[0].replace(day=1) if named.kind == "day" else found[0]) <= day:
            return found
    return None


def following(named: Named, day: date, calendar: Calendar) -> Days | None:
    """Its first occurrence that begins on the day or after."""
    if named.kind == "weekday":
        return _one_day(day + timedelta(days=(named.number - day.weekday()) % 7))
    if named.kind == "weekend":
        return _weekend(day + timedelta(days=(named.number - day.weekday()) % 7), named)
    for year in range(day.year - 1, day.year + _LEAP_CYCLE + 2):
        found = days_in(named, year, calendar)
        if found is not None and found[0] >= day:
            return found
    return None


def year_start(year: int, calendar: Calendar, *, fiscal: bool) -> date:
    """The first day of a year; a fiscal year is named by the calendar year in which it ends."""
    first = calendar.fiscal_year_starts if fiscal else 1
    return date(year - (first > 1), first, 1)


def fiscal_year(day: date, calendar: Calendar) -> int:
    """The number of the fiscal year that a day lies in."""
    first = calendar.fiscal_year_starts
    return day.year + (first > 1 and day.month >= first)


def months_on(day: date, months: int) -> date:
    """The first of a month so many months on."""
    return add_months(midnight(day), months).date()


def _one_day(day: date) -> Days:
    return day, day + timedelta(days=1)


def _weekend(first: date, named: Named) -> Days:
    return first, first + timedelta(days=named.day)
