"""A window as the days it comes to, for people: "1 to 18 April 2026"."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from oracle_kit.query import Window
from oracle_kit.windows.bounds import bind
from oracle_kit.windows.clock import Clock
from oracle_kit.windows.units import add_months, is_midnight


def describe(window: Window, clock: Clock) -> str:
    """The window's days (and times, where its edges are not whole days) in the calendar's time zone."""
    bounds = bind(window, clock)
    start, end = (
        clock.calendar.to_local(edge) if edge is not None else None for edge in (bounds.start, bounds.end)
    )
    if start is None:
        return "all time" if end is None else f"before {_point(end)}"
    if end is None:
        return f"from {_point(start)}"
    if end <= start:
        return "no time at all"
    if window.form == "since" and is_midnight(start):
        return f"since {_point(start)}"
    return _days(start, end) if is_midnight(start) and is_midnight(end) else _times(start, end)


def _point(moment: datetime) -> str:
    return _day(moment) + ("" if is_midnight(moment) else f", {moment:%H:%M}")


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _times(start: datetime, end: datetime) -> str:
    if start.date() == end.date():
        return f"{_day(start)}, {start:%H:%M} to {end:%H:%M}"
    return f"{_point(start)} to {_day(end)}, {end:%H:%M}"


def _days(start: datetime, end: datetime) -> str:
    last = end - timedelta(days=1)
    if start.day == end.day == 1:
        return _months(start, last, end)
    if start == last:
        return _day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {_day(last)}"
    return (
        f"{start.day} {start:%B} to {_day(last)}"
        if start.year == last.year
        else f"{_day(start)} to {_day(last)}"
    )


def _months(start: datetime, last: datetime, end: datetime) -> str:
    if start.month == 1 and end == add_months(start, 12):
        return str(start.year)
    if end == add_months(start, 1):
        return f"{start:%B} {start.year}"
    year = "" if start.year == last.year else f" {start.year}"
    return f"{start:%B}{year} to {last:%B} {last.year}"
