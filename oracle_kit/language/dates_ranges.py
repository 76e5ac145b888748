"""Times with two edges: "between 1 and 15 March", "from 3 Feb to 10 Mar", "Jan to March"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from oracle_kit.language.dates_edges import edge, point
from oracle_kit.language.dates_months import day_number
from oracle_kit.language.dates_named import days_in, following, latest
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Read,
    Reader,
    ReadStretch,
    Stretch,
    absolute,
    relative,
    spoken,
    year_at,
)
from oracle_kit.language.dates_resolved import no_such_day, resolved
from oracle_kit.language.dates_years import calendar_stretch

End = Stretch | Impossible | int  # a bare day number waits for the month of the other end


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a range begins: where its first end stands, and the word before it ("" for none)."""

    place: Place
    word: Literal["between", "from", ""]


def ranged(reader: Reader, place: Place) -> Read:
    """ "between 1 and 15 March", "from 3rd Feb to 10 Mar 2026", "Jan to March", "1-15 March", "Q1-Q2".

    Behind "compare", "difference" and the like two times stay two, unless "from" opens the range.
    """
    opening = _opening(reader, place)
    first = _first_end(reader, opening)
    if first is None or (opening.word != "from" and place > reader.compares_from):
        return None
    joins = reader.time.between_joins if opening.word == "between" else reader.time.joins
    join = joins.at(reader.marks, first[0])
    if join is None:
        return None
    now = reader.time.now.at(reader.marks, join[0])
    if now is not None and isinstance(first[1], Stretch):
        return edge(reader, "since", now[0], first[1])
    read = _second_end(reader, first[1], join[0], dated=opening.word != "")
    behind = reader.time.edges_after.at(reader.marks, read[0]) if read else None
    return (behind[0], read[1]) if read and behind and behind[1] == "until" else read


def _opening(reader: Reader, place: Place) -> _Opening:
    between = reader.time.between.at(reader.marks, place)
    if between is not None:
        return _Opening(between[0], "between")
    said = reader.time.edges.at(reader.marks, place)
    return _Opening(said[0], "from") if said and said[1] in ("from", "since") else _Opening(place, "")


def _first_end(reader: Reader, opening: _Opening) -> tuple[Place, End] | None:
    place = opening.place
    read = point(reader, place, dated=opening.word != "")
    if read is not None:
        return read
    day = day_number(reader, place + (reader.word(place) in reader.time.articles))
    if day is not None:
        return day
    year = year_at(reader, place)
    return (year[0], calendar_stretch(year[1])) if year else None


def _second_end(reader: Reader, first: End, place: Place, *, dated: bool) -> Read:
    if isinstance(first, Impossible):
        other = point(reader, place, dated=dated)
        return (other[0], first) if other else None
    if isinstance(first, Stretch) and first.named is not None and first.named.kind == "day":
        day = day_number(reader, place)
        if day is not None and point(reader, place, dated=False) is None:
            return _to_day(reader, first, *day)
    second = point(reader, place, dated=dated) or _year_end(reader, first, place)
    if second is None:
        return None
    end, last = second
    if isinstance(last, Impossible):
        return end, last
    if isinstance(first, int):
        return _from_day(reader, first, last, end)
    return _joined(reader, first, last, end)


def _year_end(reader: Reader, first: Stretch | int, place: Place) -> ReadStretch:
    """A bare year behind "2024 to"."""
    years = isinstance(first, Stretch) and first.named is None and (first.end - first.start).days > 364
    year = year_at(reader, place) if years else None
    return (year[0], calendar_stretch(year[1])) if year else None


def _to_day(reader: Reader, first: Stretch, end: Place, day: int) -> Read:
    """ "March 1 to 15", "1 March to 15"."""
    if first.named is None:
        return None
    year = year_at(reader, end + (reader.word(end) == ","))
    named = replace(first.named, day=day, year=year[1] if year else first.start.year)
    if year is not None:
        own = resolved(replace(first.named, year=year[1]), reader)
        if isinstance(own, Impossible):
            return year[0], own
        first, end = own, year[0]
    last = resolved(named, reader)
    return (end, last) if isinstance(last, Impossible) else _joined(reader, first, last, end)


def _from_day(reader: Reader, day: int, last: Stretch, end: Place) -> Read:
    """ "1 to 15 March": the first day takes its month from the last."""
    if last.named is None or last.named.kind != "day":
        return None
    start = days_in(replace(last.named, day=day), last.start.year, reader.calendar)
    if start is None:
        return end, no_such_day(replace(last.named, day=day, year=last.start.year))
    if start[0] >= last.end:
        return end, Impossible(f"It would end on day {last.named.day} and begin on day {day}.")
    return end, spoken(absolute(start[0], last.end))


def _joined(reader: Reader, first: Stretch, last: Stretch, end: Place) -> Read:
    """From the start of one to the end of the other, each taking from the other the year it lacks."""
    if "rolling" in (first.window.form, last.window.form):
        return None
    first, last = _same_years(reader, first, last)
    moving = first.window.form == last.window.form == "calendar"
    if last.end <= first.start:
        days = f"It would end on {last.end - timedelta(days=1)} and begin on {first.start}."
        return None if moving else (end, Impossible(days))
    if moving and first.window.unit == last.window.unit and first.start < first.end and last.start < last.end:
        known = first.window
        count = last.window.offset + last.window.count - known.offset
        return end, spoken(relative(known.unit, known.offset, count, reader.clock, fiscal=known.fiscal))
    return end, spoken(absolute(first.start, last.end))


def _same_years(reader: Reader, first: Stretch, last: Stretch) -> tuple[Stretch, Stretch]:
    """Ends without a year take it from the other: the first the latest before, the last the next behind."""
    one, two = first.named, last.named
    if one is not None and one.year is None and two is not None and two.year is not None:
        found = latest(one, last.start, reader.calendar)
        if found is not None and found[0] > last.start:
            found = latest(one, found[0].replace(day=1) - timedelta(days=1), reader.calendar)
        return (absolute(*found) if found else first), last
    if two is not None and two.year is None:
        found = following(two, first.start, reader.calendar)
        return first, (absolute(*found) if found else last)
    return first, last
