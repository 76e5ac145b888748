"""Years: "2025", "CY25", "FY26", "FY 2025-26", and years behind a name: "Q3 FY26", "March last year"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from oracle_kit.language.dates_named import Named, fiscal_year, months_on, year_start
from oracle_kit.language.dates_reader import (
    APOSTROPHES,
    Impossible,
    Place,
    Reader,
    ReadStretch,
    Stretch,
    absolute,
    short_year_at,
    unit_at,
    whole_number,
    year_at,
)
from oracle_kit.language.phrases import HYPHENS

SEPARATOR = re.compile(r"[-/.]")


@dataclass(frozen=True, slots=True)
class YearSaid:
    """A year as it was said: its number, a fiscal year's (the one it ends in), or how far from this one."""

    number: int
    kind: Literal["calendar", "fiscal", "shifted"]


def of_year(named: Named, year: YearSaid, reader: Reader) -> Named:
    """The name with its year: months lie inside a fiscal year, quarters are of the company's kind of year."""
    if year.kind == "calendar":
        return replace(named, year=year.number, fiscal=False)
    in_months = named.kind in ("month", "day")
    if year.kind == "fiscal":
        first = reader.calendar.fiscal_year_starts
        early = in_months and first > 1 and named.number >= first
        return replace(named, year=year.number - early, fiscal=not in_months)
    fiscal = not in_months and reader.calendar.year == "fiscal"
    this = fiscal_year(reader.today, reader.calendar) if fiscal else reader.today.year
    return replace(named, year=this + year.number, fiscal=fiscal)


def year_behind(reader: Reader, place: Place) -> tuple[Place, YearSaid | Impossible] | None:
    """The year behind a name, "of" and "in" passed over: "FY26", "2025-26", "2025", "last year"."""
    of = reader.time.of.at(reader.marks, place)
    at = of[0] if of else place + (reader.word(place) in HYPHENS)
    said = reader.time.fiscal_years.at(reader.marks, at)
    number = fiscal_number(reader, said[0] if said else at) if said or reader.kind(at) == "date" else None
    if number is not None:
        known = number[1]
        return number[0], known if isinstance(known, Impossible) else YearSaid(known, "fiscal")
    calendar = reader.time.calendar_years.at(reader.marks, at)
    year = year_at(reader, calendar[0] if calendar else at)
    return (year[0], YearSaid(year[1], "calendar")) if year else shifted_year(reader, at)


def shifted_year(reader: Reader, place: Place) -> tuple[Place, YearSaid] | None:
    """ "last year", "this FY" behind a name."""
    shift = reader.time.shifts.at(reader.marks, place)
    if shift is None:
        return None
    fiscal = reader.time.fiscal_units.at(reader.marks, shift[0])
    if fiscal is not None and fiscal[1] == "year":
        return fiscal[0], YearSaid(fiscal_year(reader.today, reader.calendar) + shift[1], "fiscal")
    unit = unit_at(reader, shift[0])
    return (unit[0], YearSaid(shift[1], "shifted")) if unit and unit[1:] == ("year", 1) else None


def fiscal_stretch(reader: Reader, year: int) -> Stretch:
    """The fiscal year that ends in a year."""
    start = year_start(year, reader.calendar, fiscal=True)
    return absolute(start, months_on(start, 12), fiscal=True)


def calendar_stretch(year: int) -> Stretch:
    """A year from January to December."""
    return absolute(date(year, 1, 1), date(year + 1, 1, 1))


def calendar_year(reader: Reader, place: Place) -> ReadStretch:
    """ "calendar year 2025", "CY25", "year 2025"."""
    said = reader.time.calendar_years.at(reader.marks, place)
    year = year_at(reader, said[0]) or glued_year(reader, said[0]) if said else None
    return (year[0], calendar_stretch(year[1])) if year else None


def fiscal_number(reader: Reader, place: Place) -> tuple[Place, int | Impossible] | None:
    """The number of the fiscal year that follows "FY": "26", "2026", "25-26", "2025-26"."""
    if reader.kind(place) == "date":
        first, *rest = (int(part) for part in SEPARATOR.split(reader.word(place)))
        return (place + 1, ending(first, rest[0])) if len(rest) == 1 and first > 999 else None
    year = glued_year(reader, place)
    if year is None:
        return None
    end, number = year
    touching = reader.word(end) in (*HYPHENS, "/") and reader.glued(end) and reader.glued(end + 1)
    last = whole_number(reader, end + 1) if touching and len(reader.word(end + 1)) in (2, 4) else None
    return (end + 2, ending(number, last)) if last is not None else (end, number)


def ending(first: int, last: int) -> int | Impossible:
    """The year that a fiscal year said by two years ends in: "2025-26"."""
    if last % 100 != (first + 1) % 100:
        return Impossible(f"A financial year ends in the year after it begins, so {first}-{last} is none.")
    return first + 1


def glued_year(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """Two or four digits as a year, also behind an apostrophe or hyphen: the 26 of "FY26", "FY'26"."""
    if reader.word(place) in APOSTROPHES or reader.word(place) in HYPHENS:
        return short_year_at(reader, place)
    number = whole_number(reader, place)
    if number is None or len(reader.word(place)) not in (2, 4):
        return None
    return place + 1, number if number > 99 else 2000 + number
