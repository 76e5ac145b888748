"""A named time resolved to its days: those of the year that was said, else the latest that has begun."""

from __future__ import annotations

from datetime import date, timedelta

from oracle_kit.language.dates_named import Named, days_in, following, latest
from oracle_kit.language.dates_reader import Impossible, Reader, Stretch, absolute, with_others
from oracle_kit.windows.units import month_length

_SOON = 92  # days: how near the coming one must be for a bare month to be unclear
_LEAP_YEAR = 2000


def resolved(named: Named, reader: Reader) -> Stretch | Impossible:
    """The days of a name; the coming one is another meaning where it is near and the latest one is not."""
    year = named.year
    found = days_in(named, year, reader.calendar) if year else latest(named, reader.today, reader.calendar)
    if found is None:
        return no_such_day(named)
    stretch = absolute(*found, named, fiscal=named.fiscal)
    return stretch if year else _with_coming(stretch, named, reader)


def no_such_day(named: Named) -> Impossible:
    """Why a month does not have the day."""
    month = f"{date(_LEAP_YEAR, named.number, 1):%B}" + (f" {named.year}" if named.year else "")
    most = month_length(named.year or _LEAP_YEAR, named.number)
    return Impossible(f"{month} has no day {named.day}, only {most}.")


def _with_coming(stretch: Stretch, named: Named, reader: Reader) -> Stretch:
    coming = following(named, reader.today + timedelta(days=1), reader.calendar)
    if named.kind not in ("day", "month") or coming is None or stretch.end > reader.today:
        return stretch
    ahead, ago = (coming[0] - reader.today).days, (reader.today - stretch.end).days
    return with_others(stretch, absolute(*coming, named)) if ahead <= _SOON and ahead < ago else stretch
