"""Times by their length: "older than 30 days", "for 14 days", "within 10 days", "first 10 days of March"."""

from __future__ import annotations

from datetime import date, timedelta

from oracle_kit.language.dates_edges import point, the_unit
from oracle_kit.language.dates_named import months_on
from oracle_kit.language.dates_parts import part
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Read,
    Reader,
    Spoken,
    Vague,
    absolute,
    count_at,
    counted_at,
    moving,
    spoken,
    unit_at,
)
from oracle_kit.language.phrases import HYPHENS

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_UNITS_OF = {("month", "year"): 12, ("quarter", "year"): 4, ("month", "quarter"): 3, ("week", "year"): 52}
_LOOK_BACK = 8  # marks before "in 10 days" that may hold its "not"


def to_date(reader: Reader, place: Place) -> Read:
    """ "month to date", "YTD", "this year so far", "last MTD", "YTD last year"."""
    shift = reader.time.shifts.at(reader.marks, place)
    before = _shifted_unit(reader, place)
    at = before[0] if before else shift[0] if shift else place
    said = reader.time.to_date.at(reader.marks, at)
    if said is None:
        return None
    end, (unit, fiscal) = said
    behind = _shifted_unit(reader, end) if at == place else None
    away = before or behind
    if away is not None:
        units = _UNITS_OF.get((unit, away[1])) if unit != away[1] else 1
        if units is None:
            return None
        return max(end, away[0]), Spoken(moving("to_date", unit, away[2] * units, fiscal=fiscal))
    return end, Spoken(moving("to_date", unit, shift[1] if shift else 0, fiscal=fiscal))


def _shifted_unit(reader: Reader, place: Place) -> tuple[Place, str, int] | None:
    """ "last year" beside "YTD"."""
    shift = reader.time.shifts.at(reader.marks, place)
    unit = unit_at(reader, shift[0]) if shift else None
    return (unit[0], unit[1], shift[1]) if shift and unit and unit[2] == 1 else None


def aged(reader: Reader, place: Place) -> Read:
    """ "older than 30 days", "more than 14 days ago", "30+ days old"; "less than 7 days old"."""
    time, marks = reader.time, reader.marks
    for form, alone, words in (
        ("older", time.older_alone, time.older),
        ("newer", time.newer_alone, time.newer),
    ):
        free = alone.at(marks, place)
        said = free or words.at(marks, place)
        counted = counted_at(reader, said[0]) if said else None
        if counted is None:
            continue
        behind = time.ago.at(marks, counted[0]) or time.old.at(marks, counted[0])
        if free or behind:
            return (behind[0] if behind else counted[0]), _aged(form, *counted[1:])
    return _plus_old(reader, place)


def _aged(form: str, unit: str, count: int) -> Spoken:
    return Spoken(moving("older", unit, 0, count) if form == "older" else moving("rolling", unit, -1, count))


def _plus_old(reader: Reader, place: Place) -> Read:
    """ "30+ days old", "30 days or older"."""
    count = count_at(reader, place)
    plus = count is not None and reader.word(count[0]) == "+"
    unit = unit_at(reader, count[0] + plus) if count else None
    if count is None or unit is None:
        return None
    time, marks = reader.time, reader.marks
    behind = time.old_alone.at(marks, unit[0])
    if behind is None and plus:
        behind = time.old.at(marks, unit[0]) or time.ago.at(marks, unit[0])
    return (behind[0], _aged("older", unit[1], count[1] * unit[2])) if behind else None


def lasting(reader: Reader, place: Place) -> Read:
    """ "for 14 days": those up to now; "not called in 10 days" as well."""
    said, strict = (t.at(reader.marks, place) for t in (reader.time.lasting, reader.time.lasting_if_negative))
    if strict is not None and (said is None or strict[0] >= said[0]):
        said = strict if _negative(reader, place) else None
    counted = counted_at(reader, said[0]) if said else None
    if counted is None or (counted[1] in ("minute", "hour") and not _negative(reader, place)):
        return None
    return counted[0], Spoken(moving("rolling", counted[1], -1, counted[2]))


def lasted(reader: Reader, place: Place) -> Read:
    """ "do hafte se contact nahi": a count of units with its word behind it, of what did not happen."""
    counted = counted_at(reader, place)
    said = reader.time.lasting_behind.at(reader.marks, counted[0]) if counted else None
    if counted is None or said is None:
        return None
    after = reader.marks[said[0] : said[0] + _LOOK_BACK]
    if not any(mark.text in reader.time.negative for mark in after):
        return None
    return said[0], Spoken(moving("rolling", counted[1], -1, counted[2]))


def ahead(reader: Reader, place: Place) -> Read:
    """ "within 10 days", "in 2 weeks": from now on; those up to now may be meant as well."""
    said = reader.time.ahead.at(reader.marks, place)
    strict = reader.time.ahead_counted.at(reader.marks, place) if said is None else None
    if strict is not None and reader.time.counts.at(reader.marks, strict[0]) is None:
        said = strict
    counted = counted_at(reader, said[0]) if said else None
    if counted is None:
        return None
    forth, back = (moving("rolling", counted[1], way, counted[2]) for way in (1, -1))
    return counted[0], Spoken(forth, (back,))


def _negative(reader: Reader, place: Place) -> bool:
    before = reader.marks[max(place - _LOOK_BACK, 0) : place]
    return any(mark.text in reader.time.negative for mark in before)


def some_of(reader: Reader, place: Place) -> Read:
    """ "first 10 days of March", "last 3 months of FY26"."""
    said = reader.time.some_of.at(reader.marks, place)
    counted = counted_at(reader, said[0]) if said else None
    of = reader.time.of.at(reader.marks, counted[0]) if counted else None
    whole = point(reader, of[0]) if of else None
    if said is None or counted is None or whole is None:
        return None
    end, stretch = whole
    if isinstance(stretch, Impossible):
        return end, stretch
    if counted[1] not in ("day", *_MONTHS) or stretch.start >= stretch.end:
        return end, Vague()
    first = said[1] == "first"
    other = _steps(stretch.start if first else stretch.end, counted[1], counted[2] if first else -counted[2])
    days = (stretch.start, min(other, stretch.end)) if first else (max(other, stretch.start), stretch.end)
    return end, spoken(absolute(*days))


def _steps(day: date, unit: str, count: int) -> date:
    return day + timedelta(days=count) if unit == "day" else months_on(day, _MONTHS[unit] * count)


def as_of_now(reader: Reader, place: Place) -> Read:
    """ "as of today", "so far": no window, though it names a day."""
    said = reader.time.until_now.at(reader.marks, place)
    return (said[0], Vague()) if said is not None and said[0] - place > 2 else None


def vague(reader: Reader, place: Place) -> Read:
    """ "early March", "every Monday", "mid March to early April": nothing that can be answered exactly."""
    end = _vague_end(reader, place)
    if end == 0:
        return None
    while (join := reader.time.joins.at(reader.marks, end)) is not None:
        following = _vague_end(reader, join[0]) or _plain_end(reader, join[0])
        if not following:
            break
        end = following
    return end, Vague()


def runs_into_vague(reader: Reader, end: Place) -> Place:
    """The place behind "to mid April" that follows a time here; 0 where nothing such follows."""
    join = reader.time.joins.at(reader.marks, end)
    return _vague_end(reader, join[0]) if join else 0


def _vague_end(reader: Reader, place: Place) -> Place:
    said = None if reader.word(place - 1) in reader.time.asking else reader.time.vague.at(reader.marks, place)
    exact = part(reader, place) if said else None
    if said is not None and exact is not None and exact[0] > said[0]:
        return 0
    return _plain_end(reader, said[0] + (reader.word(said[0]) in HYPHENS)) if said else 0


def _plain_end(reader: Reader, place: Place) -> Place:
    read = point(reader, place) or the_unit(reader, place)
    return read[0] if read else 0
