"""Quarters, half-years and fiscal years: "Q3", "H1 FY26", "third quarter of 2025", "FY26 Q3"."""

from __future__ import annotations

from dataclasses import replace

from oracle_kit.language.dates_named import Named
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Reader,
    ReadStretch,
    Stretch,
    whole_number,
    with_others,
)
from oracle_kit.language.dates_resolved import resolved
from oracle_kit.language.dates_years import YearSaid, fiscal_number, fiscal_stretch, of_year, year_behind
from oracle_kit.language.phrases import HYPHENS

_MOST = {"quarter": 4, "half": 2}


def part(reader: Reader, place: Place) -> ReadStretch:
    """A quarter or half with or without its year: alone the latest one begun."""
    named = part_at(reader, place)
    if named is None:
        return None
    if isinstance(named[1], Impossible):
        return named[0], named[1]
    return dated(reader, named[0], named[1]) or (named[0], resolved(named[1], reader))


def part_at(reader: Reader, place: Place) -> tuple[Place, Named | Impossible] | None:
    """A quarter or a half by its name, its year open; fiscal where the company's year is."""
    fiscal = reader.calendar.year == "fiscal"
    quarter, half = (table.at(reader.marks, place) for table in (reader.time.quarters, reader.time.halves))
    if quarter is not None:
        return quarter[0], Named("quarter", quarter[1], fiscal=fiscal)
    if half is not None:
        return half[0], Named("half", half[1], fiscal=fiscal)
    kind = reader.time.letters.get(reader.word(place))
    if kind is None or (reader.glued(place) and reader.kind(place - 1) != "sign"):
        return None
    number = whole_number(reader, place + 1) if reader.glued(place + 1) else None
    if number is None or len(reader.word(place + 1)) != 1 or _goes_on(reader, place + 2):
        return None
    if 1 <= number <= _MOST[kind]:
        return place + 2, Named("half" if kind == "half" else "quarter", number, fiscal=fiscal)
    return (place + 2, Impossible(f"A year has four quarters: no Q{number}.")) if kind == "quarter" else None


def dated(reader: Reader, end: Place, named: Named) -> ReadStretch:
    """A name with the year behind it; None when there is none."""
    year = year_behind(reader, end)
    if year is None:
        return None
    stop, said = year
    if isinstance(said, Impossible):
        return stop, said
    return stop, in_year(named, said, reader)


def in_year(named: Named, said: YearSaid, reader: Reader) -> Stretch | Impossible:
    """A name in the year that was said; a quarter of a calendar year may be meant fiscally where the
    company counts so."""
    own = resolved(of_year(named, said, reader), reader)
    unclear = said.kind == "calendar" and reader.calendar.year == "fiscal" and named.kind in _MOST
    if not unclear or isinstance(own, Impossible):
        return own
    other = resolved(replace(named, year=said.number, fiscal=True), reader)
    return with_others(own, other) if isinstance(other, Stretch) else own


def fiscal_year(reader: Reader, place: Place) -> ReadStretch:
    """ "FY26", "FY 2025-26", "financial year 2026", "FY26 Q3"."""
    said = reader.time.fiscal_years.at(reader.marks, place)
    year = fiscal_number(reader, said[0]) if said else None
    if year is None:
        return None
    end, number = year
    if isinstance(number, Impossible):
        return end, number
    return _part_behind(reader, end, YearSaid(number, "fiscal")) or (end, fiscal_stretch(reader, number))


def ended_fiscal_year(reader: Reader, end: Place, year: int) -> ReadStretch:
    """ "2025-26", also with "FY" or a quarter behind it."""
    said = reader.time.fiscal_years.at(reader.marks, end)
    end = said[0] if said else end
    return _part_behind(reader, end, YearSaid(year, "fiscal")) or (end, fiscal_stretch(reader, year))


def _part_behind(reader: Reader, end: Place, year: YearSaid) -> ReadStretch:
    """The quarter or half behind its year: "FY26 Q3", "FY26-Q3"."""
    named = part_at(reader, end + (reader.word(end) in (*HYPHENS, ",")))
    if named is None or isinstance(named[1], Impossible):
        return None
    return named[0], resolved(of_year(named[1], year, reader), reader)


def last_part(reader: Reader, place: Place) -> ReadStretch:
    """ "last quarter of FY26": only with the year it is the last of."""
    said = reader.time.last_of.at(reader.marks, place)
    if said is None or reader.time.of.at(reader.marks, said[0]) is None:
        return None
    kind, number = said[1]
    fiscal = reader.calendar.year == "fiscal"
    return dated(reader, said[0], Named("half" if kind == "half" else "quarter", number, fiscal=fiscal))


def _goes_on(reader: Reader, place: Place) -> bool:
    """Whether letters touch, other than those of a year: "Q3FY26" is read, "q3x" is not."""
    if not reader.glued(place):
        return False
    if reader.kind(place) == "sign":
        return reader.word(place) == "_"
    return reader.time.fiscal_years.at(reader.marks, place) is None
