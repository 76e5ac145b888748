"""The phrases of time, compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from oracle_kit.language.phrases import Phrases
from oracle_kit.language.phrases_written import Named, Words, WrittenTime
from oracle_kit.query import Unit

AnyUnit = str  # a Unit, or hour, or minute
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
Stretched = tuple[AnyUnit, int]  # a unit, and how many of them or how far away


@dataclass(frozen=True)
class TimeTongue:
    """The phrases of time, by what they say; `starts` are the words that a time may begin with."""

    units: Phrases[AnyUnit]
    glued_units: Mapping[str, AnyUnit]
    longer_units: Phrases[Stretched]
    counts: Phrases[int]
    articles: frozenset[str]
    shifts: Phrases[int]
    before_that: frozenset[str]
    rolling: Phrases[bool]
    whole: Phrases[bool]
    fiscal: Phrases[bool]
    calendar: Phrases[bool]
    fiscal_units: Phrases[AnyUnit]
    days: Phrases[int]
    farther: Phrases[Stretched]
    unclear_days: Phrases[tuple[int, int]]
    months: Phrases[int]
    weekdays: Phrases[int]
    weekend: Phrases[bool]
    weekend_days: tuple[int, ...]
    shy: frozenset[str]
    contexts: frozenset[str]
    modal: frozenset[str]
    after_modal: frozenset[str]
    before_modal: frozenset[str]
    quarters: Phrases[int]
    halves: Phrases[int]
    letters: Mapping[str, str]
    last_of: Phrases[tuple[str, int]]
    fiscal_years: Phrases[bool]
    calendar_years: Phrases[bool]
    of: Phrases[bool]
    month_words: Phrases[bool]
    ranks: frozenset[str]
    ago: Phrases[bool]
    from_now: Phrases[bool]
    old: Phrases[bool]
    old_alone: Phrases[bool]
    older: Phrases[bool]
    newer: Phrases[bool]
    older_alone: Phrases[bool]
    newer_alone: Phrases[bool]
    lasting: Phrases[bool]
    lasting_if_negative: Phrases[bool]
    lasting_behind: Phrases[bool]  # "2 hafte se ... nahi"
    negative: frozenset[str]
    ahead: Phrases[bool]
    ahead_counted: Phrases[bool]
    edges: Phrases[str]  # before the time: since from on_or_after after until due before
    edges_after: Phrases[str]  # behind it: since until after before
    onwards: Phrases[bool]
    backwards: Phrases[bool]
    between: Phrases[bool]
    joins: Phrases[bool]
    between_joins: Phrases[bool]
    pairs: Phrases[bool]
    comparing: frozenset[str]
    now: Phrases[bool]
    until_now: Phrases[bool]
    ends_of: Phrases[str]
    ends_behind: Phrases[str]
    unit_edges: Phrases[tuple[str, AnyUnit]]
    vague: Phrases[bool]
    asking: frozenset[str]  # "what about ..." is not vague
    some_of: Phrases[str]  # first, last
    to_date: Phrases[tuple[AnyUnit, bool]]  # the unit, and whether it is fiscal
    compared: Phrases[tuple[str, AnyUnit]]  # year_earlier, before or same_part, of a unit ("" any)
    lead_in: Phrases[bool]
    year_lead_in: Phrases[bool]
    grains: Phrases[Unit]
    placing: frozenset[str]  # words that make a unit behind them a window or a count
    starts: frozenset[str]


def compile_time(time: WrittenTime) -> TimeTongue:
    """The compiled phrases of written ones."""
    tables = {**_listed(time), **_units(time), **_names(time), **_placing(time)}
    placing = (*time.this, *time.last, *time.next, *time.whole, *time.fiscal, *time.calendar, *time.counts)
    tables["placing"] = frozenset(word for phrase in placing for word in phrase.split())
    firsts = (table.firsts for name in _BEGIN if isinstance(table := tables[name], Phrases))
    letters = frozenset((*time.quarter_letters, *time.half_letters))
    return TimeTongue(**tables, starts=letters.union(*firsts))  # type: ignore[arg-type]  # tables by field name


_BEGIN = (
    *("shifts", "rolling", "days", "farther", "unclear_days", "months", "weekdays", "weekend", "quarters"),
    *("halves", "last_of", "fiscal_years", "fiscal_units", "calendar_years", "month_words", "older", "newer"),
    *(
        "older_alone",
        "newer_alone",
        "lasting",
        "lasting_if_negative",
        "ahead",
        "ahead_counted",
        "edges",
        "between",
        "ends_of",
    ),
    *("unit_edges", "vague", "some_of", "to_date", "compared", "counts", "until_now"),
)


def _listed(time: WrittenTime) -> dict[str, object]:
    """The tables that are plain lists on both sides."""
    plain = (field.name for field in fields(TimeTongue) if field.type in ("Phrases[bool]", "frozenset[str]"))
    found: dict[str, object] = {}
    for name in plain:
        words = getattr(time, name, None)
        if isinstance(words, tuple):
            table = next(field for field in fields(TimeTongue) if field.name == name)
            found[name] = listed(words) if table.type == "Phrases[bool]" else frozenset(words)
    return found


def _units(time: WrittenTime) -> dict[str, object]:
    return {
        "units": by_meaning(time.units),
        "glued_units": time.glued_units,
        "longer_units": Phrases(time.longer_units.items()),
        "counts": Phrases(time.counts.items()),
        "fiscal_units": by_meaning(time.fiscal_units),
        "to_date": Phrases(_to_date(time)),
        "compared": Phrases(_compared(time)),
        "grains": Phrases(_grains(time)),
        "unit_edges": Phrases(
            (phrase, (edge, unit))
            for edge, named in (("end", time.unit_ends), ("start", time.unit_starts))
            for unit, phrases in named.items()
            for phrase in phrases
        ),
    }


def _names(time: WrittenTime) -> dict[str, object]:
    letters = dict.fromkeys(time.quarter_letters, "quarter") | dict.fromkeys(time.half_letters, "half")
    return {
        "days": Phrases(time.days.items()),
        "farther": Phrases(time.farther.items()),
        "unclear_days": Phrases(time.unclear_days.items()),
        "months": Phrases(time.months.items()),
        "weekdays": Phrases(time.weekdays.items()),
        "weekend": listed(time.weekend.words),
        "weekend_days": time.weekend.days,
        "modal": frozenset(time.modal.words),
        "after_modal": frozenset(time.modal.followed_by),
        "before_modal": frozenset(time.modal.after),
        "quarters": Phrases(time.quarters.items()),
        "halves": Phrases(time.halves.items()),
        "letters": letters,
        "last_of": Phrases(time.last_of.items()),
    }


def _placing(time: WrittenTime) -> dict[str, object]:
    return {
        "shifts": _choice({"0": time.this, "-1": time.last, "1": time.next}, int),
        "edges": _choice({"from": time.from_, **{name: getattr(time, name) for name in _EDGES}}, str),
        "edges_after": by_meaning(time.after_time),
        "between_joins": listed((*time.joins, *time.joins_needing_between)),
        "ends_of": _choice({"start": time.edges.start, "end": time.edges.end}, str),
        "ends_behind": _choice({"start": time.edges_behind.start, "end": time.edges_behind.end}, str),
        "some_of": _choice({"first": time.first_of, "last": time.last_of_count}, str),
    }


_EDGES = ("since", "on_or_after", "after", "until", "due", "before")


def listed(words: Words) -> Phrases[bool]:
    """Phrases of which it only matters that they are there."""
    return Phrases((phrase, True) for phrase in words)


def by_meaning(named: Named) -> Phrases[str]:
    """Phrases that mean the key they stand under."""
    return Phrases((phrase, name) for name, phrases in named.items() for phrase in phrases)


def _choice(groups: Mapping[str, Words], of: type) -> Phrases[object]:
    return Phrases((phrase, of(name)) for name, phrases in groups.items() for phrase in phrases)


def _to_date(time: WrittenTime) -> Iterator[tuple[str, tuple[AnyUnit, bool]]]:
    for fiscal, named in ((False, time.to_date), (True, time.fiscal_to_date)):
        for unit, phrases in named.items():
            yield from ((phrase, (unit, fiscal)) for phrase in phrases)


def _compared(time: WrittenTime) -> Iterator[tuple[str, tuple[str, AnyUnit]]]:
    yield from ((phrase, ("year_earlier", "")) for phrase in time.a_year_earlier)
    yield from ((phrase, ("before", "")) for phrase in time.one_before)
    patterns = {
        "year_earlier": time.same_unit_last_year,
        "before": time.unit_before,
        "same_part": time.same_part_before,
    }
    for name, phrases in patterns.items():
        yield from ((phrase, (name, unit)) for unit, phrase in _filled(phrases, time))


def _grains(time: WrittenTime) -> Iterator[tuple[str, Unit]]:
    for unit in UNITS:
        yield from ((phrase, unit) for phrase in time.grains.get(unit, ()))
    for name, phrase in _filled(time.grain_patterns, time):
        if name in UNITS:
            yield phrase, UNITS[UNITS.index(name)]


def _filled(patterns: Words, time: WrittenTime) -> Iterator[tuple[AnyUnit, str]]:
    """Each pattern with each word for each unit put in."""
    for unit, words in time.units.items():
        for word in words:
            yield from ((unit, pattern.replace("{unit}", word)) for pattern in patterns)
