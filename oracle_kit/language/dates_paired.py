"""Times that lean on each other: "this vs last month", "Jan and Feb 2025", "same month last year"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from oracle_kit.errors import QueryRefused
from oracle_kit.language.dates_months import calendar_day, day_number
from oracle_kit.language.dates_named import Named, latest
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Read,
    Reader,
    Spoken,
    Stretch,
    absolute,
    relative,
    spoken,
)
from oracle_kit.language.dates_relative import counted_from_now
from oracle_kit.language.dates_resolved import resolved
from oracle_kit.query import Window
from oracle_kit.windows import elapsed, previous, same_last_year


@dataclass(frozen=True, slots=True)
class Found:
    """A window among the marks: where it begins, with the words that lead to it, where it ends."""

    place: Place
    end: Place
    spoken: Spoken


def related(reader: Reader, place: Place) -> Read:
    """ "same period last year", "the week before": what it is depends on the other window."""
    said = reader.time.compared.at(reader.marks, place)
    if said is None or reader.time.farther.at(reader.marks, place) is not None:
        return None
    led = reader.word(place - 1) in (*reader.time.articles, *reader.time.pairs.words)
    if said[1][0] == "before" and said[1][1] and not led:
        return None
    return said[0], Spoken(Window(field="", form="calendar"), relation=said[1])


def elliptic(reader: Reader, place: Place, found: list[Found]) -> Read:
    """ "this" of "this vs last month", "last" of "this month vs last"."""
    shift = reader.time.shifts.at(reader.marks, place)
    if shift is None:
        return None
    join = reader.time.pairs.at(reader.marks, shift[0])
    following = counted_from_now(reader, join[0]) if join else None
    if following is not None and isinstance(following[1], Stretch):
        window = following[1].window
        if window.form == "calendar" and window.count == 1:
            return shift[0], _like(window, shift[1], reader)
    if not found or not _paired(reader, found[-1].end, place) or not _ends(reader, shift[0]):
        return None
    window = found[-1].spoken.window
    return (
        (shift[0], _like(window, shift[1], reader))
        if window.form == "calendar" and window.count == 1
        else None
    )


def day_of_pair(reader: Reader, place: Place) -> Read:
    """The 1st of "1st and 15th March": an ordinal takes its month from the day it is joined with."""
    day = day_number(reader, place)
    join = reader.time.pairs.at(reader.marks, day[0]) if day and day[0] > place + 1 else None
    following = calendar_day(reader, join[0]) if join else None
    if day is None or following is None or isinstance(following[1], Impossible) or following[1].named is None:
        return None
    named = replace(following[1].named, day=day[1], year=following[1].start.year)
    stretch = resolved(named, reader)
    return day[0], stretch if isinstance(stretch, Impossible) else spoken(stretch)


def _like(window: Window, offset: int, reader: Reader) -> Spoken:
    return spoken(relative(window.unit, offset, 1, reader.clock, fiscal=window.fiscal))


def _ends(reader: Reader, place: Place) -> bool:
    """Whether the question or a part of it ends here."""
    return reader.kind(place) in ("", "sign") or reader.word(place) in reader.time.contexts


def _paired(reader: Reader, end: Place, place: Place) -> bool:
    """Whether only "and", "vs", a comma or the like stands between, an article behind it."""
    if place - end > 1 and reader.word(place - 1) in reader.time.articles:
        place -= 1
    while end < place:
        said = reader.time.pairs.at(reader.marks, end)
        if said is None:
            return False
        end = said[0]
    return end == place


def settled(found: list[Found], reader: Reader) -> list[Found]:
    """The windows with what they take from each other: years, and the periods they are compared with."""
    found = _related(found, reader)
    for at in range(len(found) - 1, 0, -1):
        if _paired(reader, found[at - 1].end, found[at].place):
            found[at - 1 : at + 1] = _pair(found[at - 1], found[at], reader)
    return found


def _related(found: list[Found], reader: Reader) -> list[Found]:
    """Relations made windows; one with nothing to lean on is no window."""
    if not any(one.spoken.relation for one in found):
        return found
    plain = [one for one in found if one.spoken.relation is None]
    kept: list[Found] = []
    for one in found:
        window = _window_of(one, plain, reader) if one.spoken.relation else one.spoken.window
        if window is not None:
            kept.append(replace(one, spoken=replace(one.spoken, window=window, relation=None)))
    return kept


def _window_of(one: Found, plain: list[Found], reader: Reader) -> Window | None:
    """The window that a relation comes to, beside the nearest window before it, else after it."""
    name, unit = one.spoken.relation or ("", "")
    before = [other for other in plain if other.end <= one.place]
    other = before[-1] if before else plain[0] if plain else None
    base = other.spoken.window if other is not None else None
    own = unit and (base is None or (base.form == "calendar" and base.unit != unit))
    if own and name in ("year_earlier", "same_part"):
        base = relative(unit, 0, 1, reader.clock).window
    if base is None:
        return None
    try:
        return _COMPARED[name](base, reader.clock)
    except QueryRefused:
        return None


_COMPARED = {"year_earlier": same_last_year, "before": previous, "same_part": elapsed}


def _pair(first: Found, second: Found, reader: Reader) -> list[Found]:
    same = first.spoken.window == second.spoken.window
    if same and _before_that(second, reader):
        window = previous(second.spoken.window, reader.clock)
        return [first, replace(second, spoken=Spoken(window))]
    if same and _before_that(first, reader):
        return [replace(first, spoken=Spoken(previous(first.spoken.window, reader.clock))), second]
    one, two = first.spoken.stretch, second.spoken.stretch
    if (
        one is None
        or two is None
        or one.named is None
        or two.named is None
        or one.named.kind != two.named.kind
    ):
        return [first, second]
    pair = _same_year(one.named, two.named, one, two, reader)
    return [replace(first, spoken=spoken(pair[0])), replace(second, spoken=spoken(pair[1]))]


def _before_that(one: Found, reader: Reader) -> bool:
    """Whether the time is said as the one before another: "over the previous quarter"."""
    return reader.word(one.place) in reader.time.before_that


def _same_year(
    one: Named, two: Named, first: Stretch, second: Stretch, reader: Reader
) -> tuple[Stretch, Stretch]:
    """Names without a year in the year of the other: rising ones up to the last, others from the first."""
    if one.year is None and two.year is not None and one != two:
        return _up_to(one, second, reader) or first, second
    if one.year is not None or two.year is not None or one.kind == "weekday":
        return first, second
    if one.number < two.number:
        return _up_to(one, second, reader) or first, replace(second, others=())
    return replace(first, others=()), _up_to(two, first, reader) or second


def _up_to(named: Named, other: Stretch, reader: Reader) -> Stretch | None:
    """The latest one that begins no later than another time, of the same kind of year."""
    same = replace(named, fiscal=other.named.fiscal) if other.named is not None else named
    found = latest(same, other.start, reader.calendar)
    return absolute(*found, replace(same, year=None)) if found else None
