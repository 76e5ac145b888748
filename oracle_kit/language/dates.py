"""Windows and grains of a prompt: "last month", "since March", "between 1 and 15 March", "FY26", "year
to date", "month by month"; dates that are none ("31 Feb")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oracle_kit.language.dates_counted import (
    aged,
    ahead,
    as_of_now,
    lasted,
    lasting,
    runs_into_vague,
    some_of,
    to_date,
    vague,
)
from oracle_kit.language.dates_edges import edged
from oracle_kit.language.dates_grains import GrainSpan, find_grains
from oracle_kit.language.dates_paired import Found, day_of_pair, elliptic, related, settled
from oracle_kit.language.dates_ranges import ranged
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Read,
    Reader,
    Spoken,
    Stretch,
    Vague,
    reader,
    spoken,
    year_at,
)
from oracle_kit.language.dates_relative import any_stretch, possessive, weekday_of_week, year_before
from oracle_kit.language.dates_years import calendar_stretch
from oracle_kit.language.phrases import marks_of
from oracle_kit.language.tongue import Tongue
from oracle_kit.query import Window
from oracle_kit.windows import Clock, describe

_LONGEST_LEAD_IN = 5  # words


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """A window that a prompt says, its field still open.

    `start` and `end` are character offsets, with the words that lead to it ("in the"); `text` and the
    window's own text are without them. `alternatives` are windows that the same words may mean ("kal":
    yesterday or tomorrow), and `note` says so in a sentence; both are empty where the words are clear.
    """

    start: int
    end: int
    text: str
    window: Window
    alternatives: tuple[Window, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvalidDate:
    """Words that look like a date and are none, with the reason in a sentence."""

    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Times:
    """The windows of a prompt in order, the dates in it that are none, and what is too vague for a window."""

    windows: tuple[WindowSpan, ...]
    invalid: tuple[InvalidDate, ...]
    vague: tuple[tuple[int, int], ...]


def find_windows(prompt: str, tongue: Tongue, clock: Clock) -> tuple[WindowSpan, ...]:
    """Every window of a prompt, in order, none overlapping another: the longest reading of its words.

    Words that may mean several windows come as one span with `alternatives`. Ordering words ("last 10
    leads"), verbs ("may I see") and loose times ("early March", "every Monday") are no windows.
    """
    return find_times(prompt, tongue, clock).windows


def find_invalid_dates(prompt: str, tongue: Tongue, clock: Clock) -> tuple[InvalidDate, ...]:
    """Every date of a prompt that there is not ("31 Feb", "2026-13-01", "Q5"): nothing else is read there."""
    return find_times(prompt, tongue, clock).invalid


def find_times(prompt: str, tongue: Tongue, clock: Clock) -> Times:
    """The windows, impossible dates and vague times of a prompt, read once."""
    reading = reader(marks_of(prompt), tongue, clock)
    found: list[Found] = []
    invalid: list[InvalidDate] = []
    loose: list[tuple[int, int]] = []
    place = 0
    while place < len(reading.marks):
        read = _read(reading, place, found) if _may_begin(reading, place) else None
        if read is None:
            place += 1
            continue
        end, meaning = read
        start, stop = reading.marks[place].start, reading.marks[end - 1].end
        if isinstance(meaning, Spoken):
            found.append(Found(place, end, meaning))
        elif isinstance(meaning, Impossible):
            invalid.append(InvalidDate(start, stop, prompt[start:stop], meaning.reason))
        else:
            loose.append((start, stop))
        place = end
    windows = tuple(_span(prompt, reading, one) for one in settled(found, reading))
    return Times(windows, tuple(invalid), tuple(loose))


def _may_begin(reading: Reader, place: Place) -> bool:
    mark = reading.marks[place]
    return (
        mark.kind in ("number", "date")
        or mark.text in reading.time.starts
        or mark.text in _word_numbers(reading)
    )


def _word_numbers(reading: Reader) -> frozenset[str]:
    return reading.numbers.words.firsts


def _read(reading: Reader, place: Place, found: list[Found]) -> Read:
    """What begins here by the first rule that knows it."""
    for rule in _RULES:
        read = rule(reading, place)
        if read is not None:
            return read
    return (
        elliptic(reading, place, found)
        or day_of_pair(reading, place)
        or _plain(reading, place)
        or _bare_year(reading, place, found)
    )


_RULES: tuple[Callable[[Reader, Place], Read], ...] = (
    related,
    as_of_now,
    to_date,
    some_of,
    vague,
    ranged,
    aged,
    lasting,
    lasted,
    edged,
    ahead,
)


def _plain(reading: Reader, place: Place) -> Read:
    """A time as it stands; together with what follows it is vague in "March to mid April"."""
    read = year_before(reading, place) or weekday_of_week(reading, place) or any_stretch(reading, place)
    if read is None:
        return None
    end, stretch = read
    loose = runs_into_vague(reading, end)
    if loose:
        return loose, Vague()
    return (end, stretch) if isinstance(stretch, Impossible) else (end, spoken(stretch))


def _bare_year(reading: Reader, place: Place, found: list[Found]) -> Read:
    """Four digits as a year: behind "in" and the like, or beside another year or time ("2024 vs 2025")."""
    year = year_at(reading, place)
    if year is None:
        return None
    before = _lead_in(reading, place, 0, years=True) < place
    paired = bool(found) and any(
        said[0] == place for said in [reading.time.pairs.at(reading.marks, found[-1].end)] if said
    )
    join = reading.time.pairs.at(reading.marks, year[0])
    beside = year_at(reading, join[0]) or any_stretch(reading, join[0]) if join else None
    return (year[0], spoken(calendar_stretch(year[1]))) if before or paired or beside else None


def _lead_in(reading: Reader, place: Place, since: Place, *, years: bool = False) -> Place:
    """Where the words that lead to a time begin, not before `since`; the place itself when there are none."""
    table = reading.time.year_lead_in if years else reading.time.lead_in
    for start in range(max(place - _LONGEST_LEAD_IN, since), place):
        said = table.at(reading.marks, start)
        if said is not None and said[0] == place:
            return start
    return place


def _span(prompt: str, reading: Reader, one: Found) -> WindowSpan:
    marks, meaning = reading.marks, one.spoken
    start, end = marks[_lead_in(reading, one.place, 0)].start, marks[one.end - 1].end
    text = prompt[marks[one.place].start : end]
    own = possessive(reading, one.end)
    window, *others = (w.model_copy(update={"text": text}) for w in (meaning.window, *meaning.others))
    stop = marks[one.end - 1 + own].end
    return WindowSpan(start, stop, text, window, tuple(others), _note(text, window, others, reading))


def _note(text: str, window: Window, others: list[Window], reading: Reader) -> str:
    if not others:
        return ""
    meant = " or ".join(describe(other, reading.clock) for other in others)
    return f"“{text}” is read as {describe(window, reading.clock)}; it may also mean {meant}."


TimePhrase = WindowSpan

__all__ = [
    "GrainSpan",
    "InvalidDate",
    "Stretch",
    "TimePhrase",
    "Times",
    "WindowSpan",
    "find_grains",
    "find_invalid_dates",
    "find_times",
    "find_windows",
]
