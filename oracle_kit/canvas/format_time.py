"""Days and moments as people read them: 19 Apr 2026, Apr 2026, FY 2026-27."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from oracle_kit.model import Bound, Column

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_time(text: str, column: Column) -> str:
    """An ISO date or moment for reading, by the column's grain; the text as it is where it is none."""
    moment = moment_of(text)
    if moment is None:
        return text
    if column.grain in _GRAINS:
        return _GRAINS[column.grain](moment.date())
    return day_text(moment.date()) if column.type == "date" else moment_text(moment)


def exact_time(text: str, column: Column) -> str:
    """The whole of it for a tooltip: the days of a period, a moment to the second in UTC."""
    moment = moment_of(text)
    if moment is None:
        return text
    if column.grain:
        last = next_period(moment.date(), column.grain) - timedelta(days=1)
        return f"{day_text(moment.date())} to {day_text(last)}" if last > moment.date() else day_text(last)
    if column.type == "date":
        return day_text(moment.date())
    return f"{day_text(moment.date())}, {moment:%H:%M:%S} UTC"


def moment_of(text: object) -> datetime | None:
    """The moment that an ISO text says, naive; None where it says none."""
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=None)
    except ValueError:
        return None


def day_text(day: date) -> str:
    """19 Apr 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """19 Apr 2026, 09:00; the day alone at midnight."""
    return (
        day_text(moment)
        if moment.time() == time()
        else f"{day_text(moment)}, {moment.hour:02}:{moment.minute:02}"
    )


def next_period(day: date, grain: str) -> date:
    """The first day of the period after the one that begins on `day`; the last day there is at the calendar's end."""
    try:
        return (
            day + timedelta(days={"day": 1, "week": 7}[grain])
            if grain in ("day", "week")
            else _later(day, grain)
        )
    except (OverflowError, ValueError):
        return date.max


def _later(day: date, grain: str) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[grain], 12)
    return date(year, month + 1, 1)


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _quarter(day: date) -> str:
    last = next_period(day, "quarter") - timedelta(days=1)
    years = "" if last.year == day.year else f" {day.year}"
    return f"{MONTHS[day.month - 1]}{years}–{_month(last)}"


def _year(day: date) -> str:
    if (day.month, day.day) == (1, 1):
        return str(day.year)
    return f"FY {day.year}-{(day.year + 1) % 100:02}"


_GRAINS: dict[str | None, Callable[[date], str]] = {
    "day": day_text,
    "week": lambda day: f"{day_text(day)} wk",
    "month": _month,
    "quarter": _quarter,
    "year": _year,
}


def bound_text(bound: Bound) -> str:
    """What a window came to: its words and its days, "so far" where it is not over."""
    days = days_text(bound)
    said = bound.text.strip()
    text = f"{said} ({days})" if said and days and said.lower() != days.lower() else said or days
    return f"{text}, so far" if bound.incomplete and text else text


def bounds_text(bounds: Sequence[Bound]) -> str:
    """The windows of a query in words; "all time" where it has none."""
    return "; ".join(dict.fromkeys(filter(None, map(bound_text, bounds)))) or "all time"


def days_text(bound: Bound) -> str:
    """The days from a bound's start to the last one inside it, for people."""
    start, end = bound.start, bound.end
    if start is None and end is None:
        return ""
    if start is None:
        return f"before {_edge(end)}"
    if end is None:
        return f"from {_edge(start)}"
    if not (_is_day(start) and _is_day(end)):
        return f"{_edge(start)} – {_edge(end)}"
    return _span(_day(start), _day(end) - timedelta(days=1))


def _span(first: date, last: date) -> str:
    if first >= last:
        return day_text(first)
    if first.year == last.year:
        head = str(first.day) if first.month == last.month else f"{first.day} {MONTHS[first.month - 1]}"
        return f"{head}–{day_text(last)}"
    return f"{day_text(first)} – {day_text(last)}"


def _edge(edge: date | datetime | None) -> str:
    if isinstance(edge, datetime):
        return moment_text(edge)
    return day_text(edge) if edge is not None else ""


def _is_day(edge: date | datetime) -> bool:
    return not isinstance(edge, datetime) or edge.time() == time()


def _day(edge: date | datetime) -> date:
    return edge.date() if isinstance(edge, datetime) else edge
