"""Windows and grains: "last month", "since March", "between 1 and 15 March", "FY26", "year to
date", "month by month"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from oracle_kit.language.tongue import Mark, Tongue, marks_of
from oracle_kit.query import Unit, Window
from oracle_kit.windows import Clock, bind

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR = re.compile(r"20\d\d")
_ORDINALS = ("st", "nd", "rd", "th")
_UNITS: dict[str, Unit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}
_WHOLE = ("week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class TimePhrase:
    """A window that a phrase says, its field still open."""

    start: int
    end: int
    window: Window


@dataclass(frozen=True, slots=True)
class GrainPhrase:
    """A grain to group time by."""

    start: int
    end: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class _Span:
    """Calendar days from `start` to before `end`."""

    start: date
    end: date


@dataclass(frozen=True)
class _Reader:
    """A prompt's marks with what reading them needs."""

    marks: Sequence[Mark]
    tongue: Tongue
    clock: Clock

    @property
    def today(self) -> date:
        """The day of the clock."""
        return self.clock.now.date()

    def text(self, place: int) -> str:
        """The word at a place, or nothing beyond the end."""
        return self.marks[place].text if place < len(self.marks) else ""


Read = tuple[int, Window] | None


def find_windows(prompt: str, tongue: Tongue, clock: Clock) -> tuple[TimePhrase, ...]:
    """Every window that a prompt says, in order; `window.text` keeps the words without "in the"."""
    reader = _Reader(marks_of(prompt), tongue, clock)
    found: list[TimePhrase] = []
    place = 0
    while place < len(reader.marks):
        lead = tongue.lead_in.at(reader.marks, place)
        begin = place
        read = _window(reader, place)
        if read is None and lead is not None:
            read, begin = _window(reader, lead[0]), lead[0]
        if read is None:
            place += 1
            continue
        end, window = read
        start, stop = reader.marks[begin].start, reader.marks[end - 1].end
        text = prompt[start:stop]
        outer = reader.marks[place].start
        found.append(TimePhrase(outer, stop, window.model_copy(update={"text": text})))
        place = end
    return tuple(found)


def find_grains(prompt: str, tongue: Tongue) -> tuple[GrainPhrase, ...]:
    """Every grain that a prompt says: "monthly", "by week"; a bare unit after "which" too."""
    marks = marks_of(prompt)
    found: list[GrainPhrase] = []
    place = 0
    while place < len(marks):
        read = tongue.grains.at(marks, place)
        if read is None:
            unit = tongue.time_units.at(marks, place)
            taken = unit is not None and not _counted(marks, place, tongue)
            if unit is not None and taken and unit[1] not in ("hour", "minute"):
                read = unit
        if read is None:
            place += 1
            continue
        end, name = read
        found.append(GrainPhrase(marks[place].start, marks[end - 1].end, _UNITS[name]))
        place = end
    return tuple(found)


def _counted(marks: Sequence[Mark], place: int, tongue: Tongue) -> bool:
    """Whether a number or "last" stands before the unit, so that it is no grain."""
    if place == 0:
        return False
    before = marks[place - 1].text
    return before[0].isdigit() or any(
        table.at(marks, place - 1) is not None for table in (tongue.relative, tongue.number_words)
    )


def _window(reader: _Reader, place: int) -> Read:
    rules: tuple[Callable[[_Reader, int], Read], ...] = (
        _to_date,
        _older,
        _between,
        _lasting,
        _since,
        _until,
        _relative,
        _named_day,
        _fixed,
    )
    for rule in rules:
        read = rule(reader, place)
        if read is not None:
            return read
    return None


def _to_date(reader: _Reader, place: int) -> Read:
    read = reader.tongue.to_date.at(reader.marks, place)
    return (read[0], Window(field="", form="to_date", unit=read[1])) if read else None


def _count(reader: _Reader, place: int) -> tuple[int, int] | None:
    text = reader.text(place)
    if text.isdigit():
        return place + 1, int(text)
    word = reader.tongue.number_words.at(reader.marks, place)
    return (word[0], int(word[1])) if word else None


def _relative(reader: _Reader, place: int) -> Read:
    """ "this month", "last 3 months", "next 7 days", "3 months ago"."""
    marks, tongue = reader.marks, reader.tongue
    shift = tongue.relative.at(marks, place)
    if shift is None:
        return _ago(reader, place)
    after, offset = shift
    fiscal = tongue.fiscal_units.at(marks, after)
    if fiscal is not None and not reader.text(fiscal[0]).isdigit():
        window = Window(field="", form="calendar", unit=_UNITS[fiscal[1]], offset=offset, fiscal=True)
        return fiscal[0], window
    counted = _count(reader, after)
    unit = tongue.time_units.at(marks, counted[0] if counted else after)
    if unit is None:
        weekday = tongue.weekdays.at(marks, after)
        return _weekday(reader, weekday[0], weekday[1], offset) if weekday else None
    end, name = unit
    count = counted[1] if counted else 1
    if counted is None or count == 0:
        return end, Window(field="", form="calendar", unit=name, offset=offset)
    if name in _WHOLE:
        start = -count if offset < 0 else offset
        return end, Window(field="", form="calendar", unit=name, offset=start, count=count)
    ahead = 1 if offset > 0 else -1
    return end, Window(field="", form="rolling", unit=name, offset=ahead, count=count)


def _ago(reader: _Reader, place: int) -> Read:
    counted = _count(reader, place)
    unit = reader.tongue.time_units.at(reader.marks, counted[0]) if counted else None
    ago = reader.tongue.ago.at(reader.marks, unit[0]) if unit else None
    if counted is None or unit is None or ago is None:
        return None
    return ago[0], Window(field="", form="calendar", unit=unit[1], offset=-counted[1])


def _older(reader: _Reader, place: int) -> Read:
    """ "older than 30 days", "more than 14 days ago": everything before that moment."""
    older = reader.tongue.older.at(reader.marks, place)
    counted = _count(reader, older[0]) if older else None
    unit = reader.tongue.time_units.at(reader.marks, counted[0]) if counted else None
    if older is None or counted is None or unit is None:
        return None
    ago = reader.tongue.ago.at(reader.marks, unit[0])
    if ago is None and not reader.marks[place].text.startswith("old"):
        return None
    back = Window(field="", form="rolling", unit=unit[1], offset=-1, count=counted[1])
    moment = bind(back, reader.clock).start
    return (ago[0] if ago else unit[0]), Window(field="", form="until", end=moment)


def _lasting(reader: _Reader, place: int) -> Read:
    """ "for 14 days": that long up to now."""
    opened = reader.tongue.lasting.at(reader.marks, place)
    counted = _count(reader, opened[0]) if opened else None
    unit = reader.tongue.time_units.at(reader.marks, counted[0]) if counted else None
    if counted is None or unit is None:
        return None
    return unit[0], Window(field="", form="rolling", unit=unit[1], offset=-1, count=counted[1])


def _named_day(reader: _Reader, place: int) -> Read:
    day = reader.tongue.days.at(reader.marks, place)
    if day is not None:
        return day[0], Window(field="", form="calendar", unit="day", offset=day[1])
    weekday = reader.tongue.weekdays.at(reader.marks, place)
    return _weekday(reader, weekday[0], weekday[1], 0) if weekday else None


def _weekday(reader: _Reader, end: int, weekday: int, offset: int) -> Read:
    back = (reader.today.weekday() - weekday) % 7
    day = reader.today - timedelta(days=back)
    if offset < 0 and back == 0:
        day -= timedelta(days=7)
    if offset > 0:
        day += timedelta(days=7)
    return end, _absolute(_Span(day, day + timedelta(days=1)))


def _between(reader: _Reader, place: int) -> Read:
    """ "between 1 and 15 March", "from January to March"."""
    opened = reader.tongue.between.at(reader.marks, place)
    if opened is None:
        return None
    return _joined(reader, opened[0])


def _joined(reader: _Reader, place: int) -> Read:
    first = _span(reader, place)
    day = None if first else _day_number(reader, place)
    middle = first[0] if first else day[0] if day else None
    join = reader.tongue.time_joins.at(reader.marks, middle) if middle is not None else None
    second = _span(reader, join[0]) if join else None
    if second is None:
        return None
    if day is not None:
        start = second[1].start.replace(day=day[1])
        return second[0], _absolute(_Span(start, second[1].end))
    if first is None:
        return None
    end = second[1].end
    begin = first[1].start
    if begin > second[1].start:
        begin = begin.replace(year=begin.year - 1)
    return second[0], _absolute(_Span(begin, end))


def _since(reader: _Reader, place: int) -> Read:
    since = reader.tongue.since.at(reader.marks, place)
    if since is None:
        return None
    open_ended = reader.tongue.lead_in.at(reader.marks, place) is None
    span = _span(reader, since[0]) or (_relative_span(reader, since[0]) if open_ended else None)
    if span is None:
        return None
    later = reader.tongue.later.at(reader.marks, place) is not None
    whole_day = (span[1].end - span[1].start).days == 1
    start = span[1].end if (later and not whole_day) or later else span[1].start
    return span[0], Window(field="", form="absolute" if later else "since", start=start)


def _until(reader: _Reader, place: int) -> Read:
    until = reader.tongue.until.at(reader.marks, place)
    if until is None:
        return None
    span = _span(reader, until[0]) or _relative_span(reader, until[0])
    if span is None:
        return None
    word = reader.marks[place].text
    ends = span[1].start if word in ("before", "prior", "earlier") else span[1].end
    return span[0], Window(field="", form="until", end=ends)


def _relative_span(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    """A relative window as days: "since last week", "before yesterday"."""
    read = _relative(reader, place) or _named_day(reader, place)
    if read is None:
        return None
    bounds = bind(read[1], reader.clock)
    if bounds.start is None or bounds.end is None:
        return None
    return read[0], _Span(bounds.start.date(), bounds.end.date())


def _fixed(reader: _Reader, place: int) -> Read:
    span = _span(reader, place)
    if span is None:
        return None
    end, days = span
    text = reader.text(place)
    if text.isdigit() and not _YEAR.fullmatch(text) and end == place + 1:
        return None
    if _YEAR.fullmatch(text) and end == place + 1 and not _stands_alone(reader, place):
        return None
    return end, _absolute(days)


def _stands_alone(reader: _Reader, place: int) -> bool:
    """Whether four digits read as a year: something like "in" before, or nothing that they count after."""
    before = reader.tongue.lead_in.at(reader.marks, place - 1) if place else None
    return before is not None or place == len(reader.marks) - 1


def _absolute(span: _Span) -> Window:
    return Window(field="", form="absolute", start=span.start, end=span.end)


def _span(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    for rule in (_iso, _fiscal, _quarter, _day_month, _month, _year):
        read = rule(reader, place)
        if read is not None:
            return read
    return None


def _iso(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    if place + 4 >= len(reader.marks) + 0 and place + 5 > len(reader.marks):
        return None
    text = "".join(mark.text for mark in reader.marks[place : place + 5])
    hit = _ISO.fullmatch(text)
    if hit is None:
        return None
    day = _date(int(hit[1]), int(hit[2]), int(hit[3]))
    return (place + 5, _Span(day, day + timedelta(days=1))) if day else None


def _fiscal(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    """ "FY26", "FY 2025-26", "financial year 2026": named by the year that it ends in."""
    quarter = reader.tongue.quarters.at(reader.marks, place)
    named = reader.tongue.fiscal.at(reader.marks, quarter[0] if quarter else place)
    digits = reader.text(named[0]) if named else ""
    if named is None or not digits.isdigit() or len(digits) not in (2, 4):
        return None
    year, end = int(digits) % 100 + 2000, named[0] + 1
    if reader.text(end) in ("-", "–") and reader.text(end + 1).isdigit():
        year, end = int(reader.text(end + 1)) % 100 + 2000, end + 2
    first = reader.clock.calendar.fiscal_year_starts
    start = date(year - (first > 1), first, 1)
    if quarter is not None:
        start = _months_on(start, 3 * (quarter[1] - 1))
        return end, _Span(start, _months_on(start, 3))
    return end, _Span(start, _months_on(start, 12))


def _quarter(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    """ "Q3": fiscal where the year is, the latest one begun; "Q3 2025" of the calendar year said."""
    quarter = reader.tongue.quarters.at(reader.marks, place)
    if quarter is None:
        return None
    end, number = quarter
    calendar = reader.clock.calendar
    first = calendar.fiscal_year_starts if calendar.year == "fiscal" else 1
    if _YEAR.fullmatch(reader.text(end)):
        start = _months_on(date(int(reader.text(end)), 1, 1), 3 * (number - 1))
        return end + 1, _Span(start, _months_on(start, 3))
    start = _months_on(date(reader.today.year + 1, first, 1), 3 * (number - 1))
    while start > reader.today:
        start = _months_on(start, -12)
    return end, _Span(start, _months_on(start, 3))


def _day_number(reader: _Reader, place: int) -> tuple[int, int] | None:
    text = reader.text(place)
    if not text.isdigit() or not 1 <= int(text) <= 31:
        return None
    end = place + 2 if reader.text(place + 1) in _ORDINALS else place + 1
    return end, int(text)


def _day_month(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    """ "15 March", "March 15", "15th March 2026"."""
    day = _day_number(reader, place)
    if day is not None:
        of = day[0] + 1 if reader.text(day[0]) == "of" else day[0]
        month = reader.tongue.months.at(reader.marks, of)
        return _dated(reader, month[0], month[1], day[1]) if month else None
    month = reader.tongue.months.at(reader.marks, place)
    after = _day_number(reader, month[0]) if month else None
    return _dated(reader, after[0], month[1], after[1]) if month and after else None


def _dated(reader: _Reader, end: int, month: int, day: int) -> tuple[int, _Span] | None:
    year = reader.text(end)
    if _YEAR.fullmatch(year):
        found = _date(int(year), month, day)
        end += 1
    else:
        found = _date(reader.today.year, month, day)
        if found is not None and found > reader.today + timedelta(days=183):
            found = _date(reader.today.year - 1, month, day)
    return (end, _Span(found, found + timedelta(days=1))) if found else None


def _month(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    """ "March", "March 2026": a bare month is the latest one begun."""
    month = reader.tongue.months.at(reader.marks, place)
    if month is None or (reader.text(place) in ("may", "mar") and place == 0):
        return None
    end, number = month
    if _YEAR.fullmatch(reader.text(end)):
        start = date(int(reader.text(end)), number, 1)
        return end + 1, _Span(start, _months_on(start, 1))
    start = date(reader.today.year, number, 1)
    if start > reader.today:
        start = start.replace(year=start.year - 1)
    return end, _Span(start, _months_on(start, 1))


def _year(reader: _Reader, place: int) -> tuple[int, _Span] | None:
    text = reader.text(place)
    if not _YEAR.fullmatch(text):
        return None
    return place + 1, _Span(date(int(text), 1, 1), date(int(text) + 1, 1, 1))


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
