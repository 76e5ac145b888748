"""Times counted from now: "today", "last month", "last 3 months", "2 weeks ago", "next Monday", "MTD"."""

from __future__ import annotations

from datetime import date, timedelta

from oracle_kit.language.dates_fixed import fixed, weekday_at
from oracle_kit.language.dates_months import month_at
from oracle_kit.language.dates_named import Named, following, latest, months_on
from oracle_kit.language.dates_parts import dated, last_part, part_at
from oracle_kit.language.dates_reader import (
    APOSTROPHES,
    MOST_UNITS,
    Impossible,
    Place,
    Reader,
    ReadStretch,
    Stretch,
    absolute,
    count_at,
    counted_at,
    moving,
    relative,
    unit_at,
    with_others,
)
from oracle_kit.language.dates_resolved import resolved
from oracle_kit.language.dates_years import YearSaid, calendar_stretch, of_year
from oracle_kit.language.phrases import Phrases

_WHOLE = ("week", "month", "quarter", "year")


def counted_from_now(reader: Reader, place: Place) -> ReadStretch:
    """The time that begins here and is counted from now."""
    return _day(reader, place) or _shifted(reader, place) or _ago(reader, place)


def any_stretch(reader: Reader, place: Place) -> ReadStretch:
    """Any time that begins here, counted from now or on the calendar."""
    return last_part(reader, place) or counted_from_now(reader, place) or fixed(reader, place)


def _day(reader: Reader, place: Place) -> ReadStretch:
    """ "today", "kal" (yesterday or tomorrow), "week before last"."""
    unclear = reader.time.unclear_days.at(reader.marks, place)
    if unclear is not None:
        first, second = (relative("day", offset, 1, reader.clock) for offset in unclear[1])
        return unclear[0], with_others(first, second)
    farther = reader.time.farther.at(reader.marks, place)
    if farther is not None:
        return farther[0], relative(*farther[1], 1, reader.clock)
    day = reader.time.days.at(reader.marks, place)
    return (day[0], relative("day", day[1], 1, reader.clock)) if day else None


def _ago(reader: Reader, place: Place) -> ReadStretch:
    """ "3 months ago": that month; "2 days from now": that day."""
    counted = counted_at(reader, place)
    if counted is None:
        return None
    end, unit, count = counted
    for table, sign in ((reader.time.ago, -1), (reader.time.from_now, 1)):
        said = table.at(reader.marks, end)
        if said is not None:
            return said[0], relative(unit, sign * count, 1, reader.clock)
    return None


def _shifted(reader: Reader, place: Place) -> ReadStretch:
    """ "this week", "last 3 months", "next Monday", "last FY", "rolling 12 months"."""
    rolling = reader.time.rolling.at(reader.marks, place)
    if rolling is not None:
        counted = counted_at(reader, rolling[0])
        return (counted[0], _rolling(reader, counted[1], -1, counted[2])) if counted else None
    shift = reader.time.shifts.at(reader.marks, place)
    if shift is None:
        return None
    after, offset = shift
    return (
        _of_years(reader, after, offset)
        or _units(reader, after, offset)
        or _named(reader, after, offset)
        or _fiscal_unit(reader, after, offset)
    )


def _units(reader: Reader, place: Place, offset: int) -> ReadStretch:
    """Units behind "this", "last" or "next", with or without their count."""
    whole = _skip(reader.time.whole, reader, place)
    count = count_at(reader, whole)
    at = _skip(reader.time.whole, reader, count[0]) if count else whole
    unit = unit_at(reader, at)
    if unit is None:
        return None
    end, name, times = unit
    number = (count[1] if count else 1) * times
    if number > MOST_UNITS or (offset == 0 and number > 1):
        return None
    if count is None and times == 1:
        return end, _one_unit(reader, name, offset)
    if name in _WHOLE or (whole != place and name == "day"):
        return end, _whole_units(reader, name, offset, number)
    return end, _rolling(reader, name, offset, number)


def _one_unit(reader: Reader, unit: str, offset: int) -> Stretch:
    if unit in ("hour", "minute") and offset:
        return _rolling(reader, unit, offset, 1)
    return relative(unit, offset, 1, reader.clock)


def _whole_units(reader: Reader, unit: str, offset: int, number: int) -> Stretch:
    """Whole units before or after the running one; counted ones ahead may be meant from now on."""
    stretch = relative(unit, -number if offset < 0 else offset, number, reader.clock)
    return with_others(stretch, _rolling(reader, unit, 1, number)) if offset > 0 else stretch


def _rolling(reader: Reader, unit: str, offset: int, count: int) -> Stretch:
    window = moving("rolling", unit, 1 if offset > 0 else -1, count)
    return Stretch(window, reader.today, reader.today)


def _of_years(reader: Reader, place: Place, offset: int) -> ReadStretch:
    """ "last financial year", "this calendar year", "next fiscal quarter"."""
    calendar = reader.time.calendar.at(reader.marks, place)
    unit = unit_at(reader, calendar[0]) if calendar else None
    if unit is not None and unit[1] == "year":
        return unit[0], calendar_stretch(reader.today.year + offset)
    if unit is not None and unit[1] == "quarter":
        start = date(reader.today.year, (reader.today.month - 1) // 3 * 3 + 1, 1)
        return unit[0], absolute(months_on(start, 3 * offset), months_on(start, 3 * offset + 3))
    if unit is not None and unit[2] == 1:
        return unit[0], relative(unit[1], offset, 1, reader.clock)
    fiscal = reader.time.fiscal.at(reader.marks, place)
    unit = unit_at(reader, fiscal[0]) if fiscal else None
    if unit is None or unit[2] > 1:
        return None
    return unit[0], relative(unit[1], offset, 1, reader.clock, fiscal=True)


def _fiscal_unit(reader: Reader, place: Place, offset: int) -> ReadStretch:
    unit = reader.time.fiscal_units.at(reader.marks, place)
    return (unit[0], relative(unit[1], offset, 1, reader.clock, fiscal=True)) if unit else None


def _named(reader: Reader, place: Place, offset: int) -> ReadStretch:
    """ "last March", "next Monday", "this weekend", "last Q3", "last 31 March"."""
    read = _name(reader, place)
    if read is None or dated(reader, read[0], read[1]) is not None:
        return None
    end, named = read
    stretch = (
        _this(named, reader) if offset == 0 else _next(named, reader) if offset > 0 else _last(named, reader)
    )
    return (end, stretch) if stretch else None


def _name(reader: Reader, place: Place) -> tuple[Place, Named] | None:
    month = month_at(reader, place)
    if month is not None:
        return month[0], Named("month", month[1])
    quarter = part_at(reader, place)
    if quarter is not None and not isinstance(quarter[1], Impossible):
        return quarter[0], quarter[1]
    return weekday_at(reader, place)


def _last(named: Named, reader: Reader) -> Stretch | None:
    """The latest one that is over."""
    found = latest(named, reader.today, reader.calendar)
    if found is not None and found[1] > reader.today:
        found = latest(named, found[0] - timedelta(days=1), reader.calendar)
    return absolute(*found, named) if found else None


def _next(named: Named, reader: Reader) -> Stretch | None:
    """The first one that is still to come; a weekday of this week may mean that of the week after."""
    found = following(named, reader.today + timedelta(days=1), reader.calendar)
    if found is None:
        return None
    stretch = absolute(*found, named)
    week = reader.today - timedelta(days=(reader.today.weekday() - reader.calendar.week_starts) % 7)
    if named.kind in ("weekday", "weekend") and found[0] < week + timedelta(days=7):
        later = absolute(found[0] + timedelta(days=7), found[1] + timedelta(days=7), named)
        return with_others(stretch, later)
    return stretch


def _this(named: Named, reader: Reader) -> Stretch | None:
    """The month of this year, the quarter or half of this fiscal or calendar year, the coming weekday."""
    if named.kind == "weekend":
        found = latest(named, reader.today, reader.calendar)
        if found is None or found[1] <= reader.today:
            found = following(named, reader.today, reader.calendar)
        return absolute(*found, named) if found else None
    if named.kind == "weekday":
        return _this_weekday(named, reader)
    year = relative("year", 0, 1, reader.clock, fiscal=named.fiscal)
    start = date(reader.today.year, 1, 1) if named.kind == "month" else year.start
    found = following(named, start, reader.calendar)
    return absolute(*found, named) if found else None


def _this_weekday(named: Named, reader: Reader) -> Stretch | None:
    """The coming weekday; that of this week may be meant, where it is over."""
    found = following(named, reader.today, reader.calendar)
    if found is None:
        return None
    stretch, week = absolute(*found, named), relative("week", 0, 1, reader.clock)
    earlier = latest(named, week.end - timedelta(days=1), reader.calendar)
    return with_others(stretch, absolute(*earlier, named)) if earlier else stretch


def weekday_of_week(reader: Reader, place: Place) -> ReadStretch:
    """ "last week Monday", "Monday last week", "Friday of this week"."""
    day = weekday_at(reader, place)
    week = _week(reader, _skip(reader.time.of, reader, day[0]) if day else place)
    if day is None:
        day = weekday_at(reader, week[0] + possessive(reader, week[0])) if week else None
    if day is None or week is None or day[1].kind != "weekday":
        return None
    found = following(day[1], week[1].start, reader.calendar)
    return (max(day[0], week[0]), absolute(*found)) if found else None


def _week(reader: Reader, place: Place) -> tuple[Place, Stretch] | None:
    """ "this week", "last week"."""
    shift = reader.time.shifts.at(reader.marks, place)
    unit = unit_at(reader, shift[0]) if shift else None
    if shift is None or unit is None or unit[1:] != ("week", 1):
        return None
    return unit[0], relative("week", shift[1], 1, reader.clock)


def _skip(table: Phrases[bool], reader: Reader, place: Place) -> Place:
    """The place behind a word that may stand here."""
    said = table.at(reader.marks, place)
    return said[0] if said else place


def year_before(reader: Reader, place: Place) -> ReadStretch:
    """ "last year March", "last year's Q1": a name behind its year."""
    shift = reader.time.shifts.at(reader.marks, place)
    unit = unit_at(reader, shift[0]) if shift else None
    if shift is None or unit is None or unit[1:] != ("year", 1):
        return None
    name = _name(reader, unit[0] + possessive(reader, unit[0]))
    if name is None or name[1].kind in ("weekday", "weekend") or reader.word(unit[0]) in reader.time.modal:
        return None
    return name[0], resolved(of_year(name[1], YearSaid(shift[1], "shifted"), reader), reader)


def possessive(reader: Reader, place: Place) -> int:
    """How many marks the ending of "last year's" takes."""
    apostrophe = reader.word(place) in APOSTROPHES and reader.glued(place)
    return 2 if apostrophe and reader.word(place + 1) == "s" and reader.glued(place + 1) else int(apostrophe)
