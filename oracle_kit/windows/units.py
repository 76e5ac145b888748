"""Units of time on local, naive moments: where they begin, and so many of them on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from oracle_kit.query import Window
from oracle_kit.windows.clock import Calendar

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
TIMES: dict[str, timedelta] = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_DAYS: dict[str, int] = {"day": 1, "week": 7}


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return datetime(day.year, day.month, day.day)


def is_midnight(moment: datetime) -> bool:
    """Whether a day begins at the moment."""
    return moment.time() == time()


def unit_start(moment: datetime, window: Window, calendar: Calendar) -> datetime:
    """The start of the window's unit that a moment lies in."""
    if window.unit in TIMES:
        return moment.replace(second=0, microsecond=0, minute=moment.minute if window.unit == "minute" else 0)
    day = midnight(moment)
    if window.unit == "day":
        return day
    if window.unit == "week":
        return day - timedelta(days=(day.weekday() - calendar.week_starts) % 7)
    fiscal = window.fiscal and window.unit in ("quarter", "year")
    first = calendar.fiscal_year_starts if fiscal else calendar.first_month
    months = MONTHS[window.unit]
    return add_months(day.replace(day=1), -((moment.month - first) % months))


def step(moment: datetime, unit: str, count: int) -> datetime:
    """The moment `count` units later (earlier below zero); a day that the month lacks is its last."""
    if unit in MONTHS:
        return add_months(moment, MONTHS[unit] * count)
    return moment + (timedelta(days=_DAYS[unit] * count) if unit in _DAYS else TIMES[unit] * count)


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later; a day that the month lacks is its last."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, month_length(year, month + 1)))


def month_length(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def same_part(now: datetime, here: datetime, there: datetime, unit: str) -> datetime:
    """The moment as far into the unit that starts `there` as `now` is in the one that starts `here`.

    Months, quarters and years count months first and then days, and never leave the month they come to.
    """
    if unit not in MONTHS:
        return there + (now - here)
    months = (now.year - here.year) * 12 + now.month - here.month
    month, begun = add_months(there, months), add_months(here, months)
    return min(month + (now - begun), add_months(month, 1))
