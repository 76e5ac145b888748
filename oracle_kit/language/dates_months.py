"""Months and their days by name: "March", "Mar-25", "March last year", "15 March 2026", "March 15th"."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from oracle_kit.language.dates_named import Named
from oracle_kit.language.dates_parts import dated
from oracle_kit.language.dates_reader import (
    APOSTROPHES,
    Impossible,
    Place,
    Reader,
    ReadStretch,
    short_year_at,
    whole_number,
    with_others,
    year_at,
)
from oracle_kit.language.dates_resolved import resolved
from oracle_kit.language.dates_years import glued_year, of_year, shifted_year
from oracle_kit.language.phrases import HYPHENS

_MOST_DAY = 39  # digits up to here beside a month are meant as its day, if a wrong one
_NEAR_YEARS = 10


def month(reader: Reader, place: Place) -> ReadStretch:
    """ "March", "March 2025", "Mar-25", "March FY26": alone the latest one begun."""
    read = month_at(reader, place)
    if read is None or not _is_month(reader, place, read[0]):
        return None
    end, number = read
    named = Named("month", number)
    short = glued_year(reader, end) if reader.glued(end) else None
    if short is not None:
        return short[0], resolved(replace(named, year=short[1]), reader)
    return dated(reader, end, named) or (end, resolved(named, reader))


def calendar_day(reader: Reader, place: Place) -> ReadStretch:
    """ "15 March 2026", "15th of Mar", "15-Mar-26", "March 15, 2026"."""
    day = day_number(reader, place)
    if day is not None:
        return _day_first(reader, *day)
    read = month_at(reader, place)
    after = day_number(reader, read[0]) if read else None
    if read is None or after is None or _counts(reader, after[0]):
        return None
    return _dated_day(reader, after[0], Named("day", read[1], after[1]))


def bare_day(reader: Reader, place: Place) -> ReadStretch:
    """ "on the 12th": of the running month; where it is still to come, the last one may be meant.

    Only between a word of time and the end of the phrase: "on 5th floor" is none.
    """
    day = day_number(reader, place)
    if day is None or day[0] == place + 1 or reader.word(_before(reader, place)) not in reader.time.contexts:
        return None
    end, number = day
    ends = reader.kind(end) in ("", "sign") or reader.word(end) in reader.time.contexts
    if not ends:
        return None
    today = reader.today
    stretch = resolved(Named("day", today.month, number, today.year), reader)
    if isinstance(stretch, Impossible) or stretch.start <= today:
        return end, stretch
    month_ago = today.replace(day=1) - timedelta(days=1)
    other = resolved(Named("day", month_ago.month, number, month_ago.year), reader)
    return end, stretch if isinstance(other, Impossible) else with_others(stretch, other)


def _before(reader: Reader, place: Place) -> Place:
    """The place of the word before, an article passed over."""
    return place - 1 - (reader.word(place - 1) in reader.time.articles)


def month_at(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """A month by name."""
    read = reader.time.months.at(reader.marks, place)
    if read is None or (reader.glued(place) and reader.kind(place - 1) == "word"):
        return None
    return None if reader.glued(read[0]) and reader.word(read[0]) == "_" else read


def day_number(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """A day of the month in digits, also as an ordinal; none after "top" or "last"."""
    number = whole_number(reader, place)
    if number is None or number > _MOST_DAY or len(reader.word(place)) > 2:
        return None
    if reader.word(place - 1) in reader.time.ranks or (
        reader.glued(place) and reader.kind(place - 1) in ("word", "number")
    ):
        return None
    if reader.glued(place + 1) and reader.word(place + 1) in reader.numbers.ordinals:
        return place + 2, number
    loose = not reader.glued(place + 1) or reader.kind(place + 1) == "sign" or month_at(reader, place + 1)
    return (place + 1, number) if loose else None


def _day_first(reader: Reader, place: Place, day: int) -> ReadStretch:
    of = reader.time.of.at(reader.marks, place)
    hyphen = reader.word(place) in HYPHENS
    read = month_at(reader, of[0] if of else place + hyphen) or (
        reader.time.months.at(reader.marks, place) if reader.glued(place) else None
    )
    if read is None:
        return None
    end, number = read
    named = Named("day", number, day)
    if hyphen and reader.word(end) in HYPHENS and reader.glued(end + 1):
        year = short_year_at(reader, end) or year_at(reader, end + 1)
        if year is not None:
            return year[0], resolved(replace(named, year=year[1]), reader)
    return _dated_day(reader, end, named)


def _dated_day(reader: Reader, end: Place, named: Named) -> ReadStretch:
    """A day of a month with the year behind it, if there is one."""
    year = year_at(reader, end + (reader.word(end) == ",")) or _short_year(reader, end)
    if year is not None:
        return year[0], resolved(replace(named, year=year[1]), reader)
    shifted = shifted_year(reader, end)
    if shifted is not None:
        return shifted[0], resolved(of_year(named, shifted[1], reader), reader)
    return end, resolved(named, reader)


def _short_year(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """The 26 of "15 March 26", "15 March '26"."""
    if reader.word(place) in APOSTROPHES:
        return short_year_at(reader, place)
    number = whole_number(reader, place)
    if (
        number is None
        or len(reader.word(place)) != 2
        or reader.glued(place + 1)
        or _counts(reader, place + 1)
    ):
        return None
    near = abs(2000 + number - reader.today.year) <= _NEAR_YEARS
    return (place + 1, 2000 + number) if near else None


def _counts(reader: Reader, place: Place) -> bool:
    """Whether the number before this place counts something: "March 15 lakh"."""
    numbers = reader.numbers
    return any(table.at(reader.marks, place) for table in (numbers.scales, numbers.units, numbers.after))


def _is_month(reader: Reader, place: Place, end: Place) -> bool:
    """Whether a word that is a verb too ("may"), or an abbreviation ("mar"), means the month."""
    word = reader.word(place)
    if word in reader.time.modal:
        time = reader.time
        return reader.word(end) not in time.after_modal and reader.word(place - 1) not in time.before_modal
    return word not in reader.time.shy or in_context(reader, place, end)


def in_context(reader: Reader, place: Place, end: Place) -> bool:
    """Whether a shy word stands beside a word of time, a number, or another name of a time."""
    if (
        reader.word(_before(reader, place)) in reader.time.contexts
        or reader.word(end) in reader.time.contexts
    ):
        return True
    hyphen = reader.word(end) in HYPHENS and reader.glued(end)
    if reader.word(end) in APOSTROPHES or "number" in (reader.kind(end + hyphen), reader.kind(place - 1)):
        return True
    if reader.time.shifts.at(reader.marks, end) or reader.word(place - 1) in reader.numbers.ordinals:
        return True
    joined = _joins(reader, end)
    return (bool(joined) and _is_name(reader, joined)) or bool(
        _joins(reader, place - 1) and _is_name(reader, place - 2)
    )


def _joins(reader: Reader, place: Place) -> Place:
    """The place behind "and", "vs", "to"; 0 where none stands."""
    if place < 0:
        return 0
    said = reader.time.pairs.at(reader.marks, place) or reader.time.joins.at(reader.marks, place)
    return said[0] if said else 0


def _is_name(reader: Reader, place: Place) -> bool:
    tables = (reader.time.months, reader.time.weekdays, reader.time.days)
    return place >= 0 and any(table.at(reader.marks, place) is not None for table in tables)
