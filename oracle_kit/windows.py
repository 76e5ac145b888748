"""Time windows bound to a clock: what "last month" comes to at one reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from oracle_kit.query import Value, Window


class Calendar(Value):
    """How this company counts time; content (`datasets/workbench.yaml`) declares it."""

    time_zone: str = "UTC"
    fiscal_year_starts: int = 1  # month
    year: Literal["calendar", "fiscal"] = "calendar"  # what a bare "year" or "quarter" means
    week_starts: int = 0  # Monday


class Clock(Value):
    """One reading of the warehouse clock (naive UTC) and the calendar it is read by."""

    now: datetime
    calendar: Calendar = Calendar()


class WindowBounds(Value):
    """What a window comes to: half-open [start, end) in naive UTC; None is open; `incomplete` when
    it reaches past now."""

    start: datetime | None
    end: datetime | None
    incomplete: bool = False


_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_STEPS: dict[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def bind(window: Window, clock: Clock) -> WindowBounds:
    """The bounds of a window at one clock reading, by the company's calendar."""
    start, end = _edges(window, clock)
    incomplete = end is not None and end > clock.now and (start is None or start <= clock.now)
    return WindowBounds(start=start, end=end, incomplete=incomplete)


def previous(window: Window, clock: Clock) -> Window:
    """The window of the same length just before this one."""
    text = "the period before"
    if window.form == "calendar":
        return window.model_copy(update={"offset": window.offset - window.count, "text": text})
    if window.form == "to_date":
        return window.model_copy(update={"offset": window.offset - 1, "text": text})
    bounds = bind(window, clock)
    if bounds.start is None or bounds.end is None:
        return window
    start = bounds.start - (bounds.end - bounds.start)
    return Window(field=window.field, form="absolute", start=start, end=bounds.start, text=text)


def same_last_year(window: Window, clock: Clock) -> Window:
    """The same days one year before."""
    bounds = bind(window, clock)
    start = _shift_months(bounds.start, -12) if bounds.start else None
    end = _shift_months(bounds.end, -12) if bounds.end else None
    return Window(field=window.field, form="absolute", start=start, end=end, text=f"{window.text} last year")


def elapsed(window: Window, clock: Clock) -> Window:
    """The part of the window before that is as long as what has passed of this one; a complete one
    is its previous."""
    bounds = bind(window, clock)
    before = bind(previous(window, clock), clock)
    if not bounds.incomplete or bounds.start is None or before.start is None:
        return previous(window, clock)
    end = min(before.start + (clock.now - bounds.start), bounds.start)
    text = "the same part of the period before"
    return Window(field=window.field, form="absolute", start=before.start, end=end, text=text)


def _edges(window: Window, clock: Clock) -> tuple[datetime | None, datetime | None]:
    if window.form == "calendar":
        return _calendar(window, clock)
    if window.form == "rolling":
        return _rolling(window, clock)
    if window.form == "to_date":
        return _to_date(window, clock)
    start, end = _moment(window.start, clock), _moment(window.end, clock)
    return (start, clock.now) if window.form == "since" else (start, end)


def _calendar(window: Window, clock: Clock) -> tuple[datetime, datetime]:
    start = _step(_unit_start(_local(clock), window, clock.calendar), window.unit, window.offset)
    return _utc(start, clock), _utc(_step(start, window.unit, window.count), clock)


def _rolling(window: Window, clock: Clock) -> tuple[datetime, datetime]:
    count = window.count if window.offset >= 0 else -window.count
    other = _step(clock.now, window.unit, count)
    return (other, clock.now) if count < 0 else (clock.now, other)


def _to_date(window: Window, clock: Clock) -> tuple[datetime, datetime]:
    now = _local(clock)
    start = _step(_unit_start(now, window, clock.calendar), window.unit, window.offset)
    end = min(start + (now - _unit_start(now, window, clock.calendar)), _step(start, window.unit, 1))
    return _utc(start, clock), _utc(end, clock)


def _unit_start(moment: datetime, window: Window, calendar: Calendar) -> datetime:
    """The start of the unit that a local moment lies in."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if window.unit in ("minute", "hour"):
        return moment.replace(second=0, microsecond=0, minute=moment.minute if window.unit == "minute" else 0)
    if window.unit == "week":
        return day - timedelta(days=(day.weekday() - calendar.week_starts) % 7)
    if window.unit == "day":
        return day
    fiscal = window.fiscal or (calendar.year == "fiscal" and window.unit in ("quarter", "year"))
    first = calendar.fiscal_year_starts if fiscal else 1
    months = _MONTHS[window.unit]
    back = (moment.month - first) % months
    return _shift_months(day.replace(day=1), -back)


def _step(moment: datetime, unit: str, count: int) -> datetime:
    if unit in _STEPS:
        return moment + _STEPS[unit] * count
    return _shift_months(moment, _MONTHS[unit] * count)


def _shift_months(moment: datetime, months: int) -> datetime:
    at = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(at, 12)
    days = (datetime(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, days))


def _moment(value: date | datetime | None, clock: Clock) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return _utc(datetime(value.year, value.month, value.day), clock)


def _local(clock: Clock) -> datetime:
    zone = ZoneInfo(clock.calendar.time_zone)
    return clock.now.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _utc(local: datetime, clock: Clock) -> datetime:
    zone = ZoneInfo(clock.calendar.time_zone)
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
