"""The bounds of a window at one clock reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from oracle_kit.errors import QueryRefused
from oracle_kit.query import Value, Window
from oracle_kit.windows.clock import Calendar, Clock
from oracle_kit.windows.units import TIMES, midnight, same_part, step, unit_start

Edge = datetime | None
Edges = tuple[Edge, Edge]


class WindowBounds(Value):
    """What a window comes to: half-open [start, end) in naive UTC; None is open; `incomplete` when
    it has begun and reaches past now."""

    start: datetime | None
    end: datetime | None
    incomplete: bool = False


class DayBounds(Value):
    """What a window comes to for a field of days: half-open [start, end), days of the calendar's time
    zone; None is open; `incomplete` as for `WindowBounds`."""

    start: date | None
    end: date | None
    incomplete: bool = False


def bind(window: Window, clock: Clock) -> WindowBounds:
    """The bounds of a window at one clock reading, by the company's calendar and time zone.

    Days, weeks and longer units begin at local midnight. Rolling days and longer go back to the same
    local time of day; rolling hours and minutes are elapsed time. QueryRefused when the window leaves
    the calendar (years 1 to 9999) or counts less than one unit.
    """
    if window.count < 1:
        raise QueryRefused(f"A window counts at least one {window.unit}, not {window.count}.")
    try:
        start, end = _FORMS[window.form](window, clock)
    except (OverflowError, ValueError) as error:
        name = window.text or f"{window.count} {window.unit}"
        raise QueryRefused(f"“{name}” reaches beyond the calendar.", hint="Name a shorter time.") from error
    running = end is not None and end > clock.now and (start is None or start <= clock.now)
    return WindowBounds.model_construct(start=start, end=end, incomplete=running)


def ends_now(window: Window) -> bool:
    """Whether the window ends at now, whatever the clock says: what happens now is inside it."""
    back = window.form == "rolling" and window.offset == -1
    return back or window.form == "since" or (window.form == "to_date" and window.offset == 0)


def bind_days(window: Window, clock: Clock) -> DayBounds:
    """The bounds of a window for a field of days: each edge is the first local day that begins at or
    after it, so that "last 30 days" are 30 days, today among them."""
    bounds = bind(window, clock)
    start, end = (_first_day(edge, clock.calendar) for edge in (bounds.start, bounds.end))
    return DayBounds(start=start, end=end, incomplete=bounds.incomplete)


def _first_day(edge: Edge, calendar: Calendar) -> date | None:
    if edge is None:
        return None
    day = calendar.to_local(edge).date()
    return day if edge <= calendar.to_utc(midnight(day)) else day + timedelta(days=1)


def _calendar(window: Window, clock: Clock) -> Edges:
    start = _unit_away(window, clock)
    first = clock.calendar.to_utc(start)
    if window.unit in TIMES:
        return first, first + TIMES[window.unit] * window.count
    return first, clock.calendar.to_utc(step(start, window.unit, window.count))


def _rolling(window: Window, clock: Clock) -> Edges:
    near = window.offset + 1 if window.offset < 0 else max(window.offset - 1, 0)
    far = window.offset if window.offset < 0 else near + 1
    first, last = sorted((near, far))
    return _from_now(window, clock, first), _from_now(window, clock, last)


def _from_now(window: Window, clock: Clock, stretches: int) -> datetime:
    """The moment so many times the window's length from now."""
    count = window.count * stretches
    if count == 0 or window.unit in TIMES:
        return clock.now + TIMES.get(window.unit, timedelta()) * count
    return clock.calendar.to_utc(step(clock.local, window.unit, count))


def _to_date(window: Window, clock: Clock) -> Edges:
    now = clock.local
    here = unit_start(now, window, clock.calendar)
    there = step(here, window.unit, window.offset)
    end = clock.calendar.to_utc(same_part(now, here, there, window.unit)) if window.offset else clock.now
    return clock.calendar.to_utc(there), end


def _absolute(window: Window, clock: Clock) -> Edges:
    return _moment(window.start, clock), _moment(window.end, clock)


def _since(window: Window, clock: Clock) -> Edges:
    return _moment(window.start, clock) or _near_edge(window, clock), clock.now


def _until(window: Window, clock: Clock) -> Edges:
    return None, _moment(window.end, clock) or _near_edge(window, clock)


def _after(window: Window, clock: Clock) -> Edges:
    return _moment(window.start, clock) or _near_edge(window, clock), None


def _older(window: Window, clock: Clock) -> Edges:
    return None, _from_now(window, clock, -1)


_FORMS: dict[str, Callable[[Window, Clock], Edges]] = {
    "calendar": _calendar,
    "rolling": _rolling,
    "to_date": _to_date,
    "absolute": _absolute,
    "since": _since,
    "until": _until,
    "after": _after,
    "older": _older,
}


def _near_edge(window: Window, clock: Clock) -> datetime:
    return clock.calendar.to_utc(_unit_away(window, clock))


def _unit_away(window: Window, clock: Clock) -> datetime:
    """The local start of the unit that is `offset` units away."""
    return step(unit_start(clock.local, window, clock.calendar), window.unit, window.offset)


def _moment(value: date | datetime | None, clock: Clock) -> Edge:
    if value is None or isinstance(value, datetime):
        return value
    return clock.calendar.to_utc(midnight(value))
