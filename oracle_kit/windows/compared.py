"""The windows that a window is compared with: the one before, the same a year earlier, the same part."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from oracle_kit.errors import QueryRefused
from oracle_kit.query import Window
from oracle_kit.windows.bounds import bind
from oracle_kit.windows.clock import Clock
from oracle_kit.windows.described import describe
from oracle_kit.windows.units import add_months, is_midnight, same_part

_IN_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}


def previous(window: Window, clock: Clock) -> Window:
    """The window of the same length just before this one, its text the days it comes to.

    Whole calendar months go back by months ("1 to 31 March" to February). QueryRefused when the window
    is open at an end.
    """
    if window.form in ("calendar", "to_date", "rolling"):
        back = {"calendar": window.count, "to_date": 1, "rolling": 2 if window.offset == 1 else 1}
        return _told(window.model_copy(update={"offset": window.offset - back[window.form]}), clock)
    start, end = _local_edges(window, clock)
    if start is None or end is None:
        raise QueryRefused(
            f"“{window.text or window.form}” is open at an end, so no period lies before it.",
            hint="Name a beginning and an end.",
        )
    return _between(window, _back(start, end), start, clock)


def running(window: Window, clock: Clock) -> Window | None:
    """The period under way that a past one is held against: this month for last month; None for other windows."""
    if window.form != "calendar" or window.count != 1 or window.offset >= 0:
        return None
    return _told(window.model_copy(update={"offset": 0}), clock)


def same_last_year(window: Window, clock: Clock) -> Window:
    """The same days one year earlier, its text the days it comes to; weeks are the same weekdays, 52
    weeks before. An open end stays open."""
    if window.form in ("calendar", "to_date") and window.unit in _IN_A_YEAR:
        changes = {"offset": window.offset - _IN_A_YEAR[window.unit]}
        return _told(window.model_copy(update=changes), clock)
    start, end = _local_edges(window, clock)
    return _between(
        window, add_months(start, -12) if start else None, _end_last_year(end) if end else None, clock
    )


def elapsed(window: Window, clock: Clock) -> Window:
    """Of the window before, the part that has passed of this one; of a complete one, the window before.

    QueryRefused when the window is open at an end.
    """
    before = previous(window, clock)
    if not bind(window, clock).incomplete:
        return before
    if window.form == "calendar" and window.offset == 0 and window.count == 1:
        return _told(window.model_copy(update={"form": "to_date", "offset": -1}), clock)
    here, _ = _local_edges(window, clock)
    there, end = _local_edges(before, clock)
    if here is None or there is None or end is None:
        return before
    unit = "month" if here.day == there.day == 1 else "day"
    return _between(window, there, min(same_part(clock.local, here, there, unit), end), clock)


def _back(start: datetime, end: datetime) -> datetime:
    """The start of the window of the same length before."""
    whole_months = all(edge.day == 1 and is_midnight(edge) for edge in (start, end))
    if whole_months:
        return add_months(start, (start.year - end.year) * 12 + start.month - end.month)
    return start - (end - start)


def _end_last_year(end: datetime) -> datetime:
    """An exclusive end a year earlier: that of the last day, so that a 29 February is not cut off."""
    if not is_midnight(end):
        return add_months(end, -12)
    return add_months(end - timedelta(days=1), -12) + timedelta(days=1)


def _between(window: Window, start: datetime | None, end: datetime | None, clock: Clock) -> Window:
    edges = {"start": _kept(start, clock), "end": _kept(end, clock)}
    return _told(Window(field=window.field, form="absolute", fiscal=window.fiscal, **edges), clock)


def _kept(local: datetime | None, clock: Clock) -> date | datetime | None:
    """A local moment as windows keep it: a day where one begins, else naive UTC."""
    if local is None:
        return None
    return local.date() if is_midnight(local) else clock.calendar.to_utc(local)


def _local_edges(window: Window, clock: Clock) -> tuple[datetime | None, datetime | None]:
    bounds = bind(window, clock)
    start, end = (clock.calendar.to_local(edge) if edge else None for edge in (bounds.start, bounds.end))
    return start, end


def _told(window: Window, clock: Clock) -> Window:
    return window.model_copy(update={"text": describe(window, clock)})
