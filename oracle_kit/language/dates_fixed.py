"""Times that stand on the calendar: dates in digits, days, months, quarters, years, weekdays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from oracle_kit.language.dates_months import bare_day, calendar_day, in_context, month, month_at
from oracle_kit.language.dates_named import Named, months_on
from oracle_kit.language.dates_parts import ended_fiscal_year, fiscal_year, in_year, part, part_at
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Reader,
    ReadStretch,
    Stretch,
    absolute,
    whole_number,
    year_at,
)
from oracle_kit.language.dates_resolved import no_such_day, resolved
from oracle_kit.language.dates_years import SEPARATOR, YearSaid, calendar_year
from oracle_kit.language.phrases import HYPHENS
from oracle_kit.windows.units import month_length


def fixed(reader: Reader, place: Place) -> ReadStretch:
    """The time of the calendar that begins here; Impossible for a date that is none."""
    for rule in _RULES:
        read = rule(reader, place)
        if read is not None:
            return read
    return None


def weekday_at(reader: Reader, place: Place) -> tuple[Place, Named] | None:
    """A weekday or the weekend by name."""
    day = reader.time.weekdays.at(reader.marks, place)
    if day is not None:
        return day[0], Named("weekday", day[1])
    weekend = reader.time.weekend.at(reader.marks, place)
    days = reader.time.weekend_days
    return (weekend[0], Named("weekend", days[0], len(days))) if weekend and days else None


def _literal(reader: Reader, place: Place) -> ReadStretch:
    """ "2026-03-15", "15/03/2026" (day first), "2026-03", "03/2026", "2025-26" (a financial year)."""
    if reader.kind(place) != "date":
        return None
    texts = SEPARATOR.split(reader.word(place))
    parts = [int(text) for text in texts]
    if len(parts) == 3:
        year, month_, day = parts if len(texts[0]) == 4 else reversed(parts)
        return place + 1, _day(year if year > 99 else year + 2000, month_, day)
    if len(texts[0]) < 4:
        return place + 1, _month(parts[1], parts[0])
    if parts[1] == (parts[0] + 1) % 100:
        return ended_fiscal_year(reader, place + 1, parts[0] + 1)
    return (place + 1, _month(parts[0], parts[1])) if parts[1] <= 12 else None


def _day(year: int, month_: int, day: int) -> Stretch | Impossible:
    if not 1 <= month_ <= 12:
        return Impossible(f"There is no month {month_} (days come first).")
    named = Named("day", month_, day, year)
    if not (year and 1 <= day <= month_length(year, month_)):
        return no_such_day(named)
    return absolute(date(year, month_, day), date(year, month_, day) + timedelta(days=1), named)


def _month(year: int, month_: int) -> Stretch | Impossible:
    if not (year and 1 <= month_ <= 12):
        return Impossible(f"There is no month {month_}.")
    start = date(year, month_, 1)
    return absolute(start, months_on(start, 1), Named("month", month_, 0, year))


def _year_first(reader: Reader, place: Place) -> ReadStretch:
    """ "2025 Q3", "2025-Q3", "2026 April"."""
    year = year_at(reader, place)
    if year is None:
        return None
    at = year[0] + (reader.word(year[0]) in HYPHENS)
    name = part_at(reader, at)
    if name is None and (read := month_at(reader, at)) is not None:
        name = read[0], Named("month", read[1])
    if name is None or isinstance(name[1], Impossible):
        return None
    return name[0], in_year(name[1], YearSaid(year[1], "calendar"), reader)


def _month_number(reader: Reader, place: Place) -> ReadStretch:
    """ "month 13"."""
    word = reader.time.month_words.at(reader.marks, place)
    number = whole_number(reader, word[0]) if word else None
    if word is None or number is None or number <= 12 or len(reader.word(word[0])) > 2:
        return None
    return word[0] + 1, Impossible(f"There is no month {number}.")


def _weekday(reader: Reader, place: Place) -> ReadStretch:
    """ "Monday": the latest one."""
    day = weekday_at(reader, place)
    if day is None or (reader.word(place) in reader.time.shy and not in_context(reader, place, day[0])):
        return None
    return day[0], resolved(day[1], reader)


_RULES: tuple[Callable[[Reader, Place], ReadStretch], ...] = (
    _literal,
    fiscal_year,
    part,
    calendar_day,
    month,
    _weekday,
    bare_day,
    _year_first,
    calendar_year,
    _month_number,
)
