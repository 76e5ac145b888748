"""How a file of `language/words/` is written: numbers, money, units and time as one language says them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from oracle_kit.query import Unit, Value

Words = tuple[str, ...]
Named = dict[str, Words]  # what is meant: the phrases for it
Said = dict[str, int]  # the phrase: what it means


class WrittenRanges(Value):
    """What opens a range ("between"), joins its ends ("to"; "and" where it is opened) and closes it."""

    open: Words = ()
    joins: Words = ()
    joins_needing_open: Words = ()
    close: Words = ()


class WrittenApproximations(Value):
    """Words for "about", and how far below and above the number that reaches, as a fraction."""

    margin: float = 0
    before: Words = ()
    after: Words = ()


class WrittenNumbers(Value):
    """Number words, scales, and comparisons by operator, before and after the number."""

    words: dict[str, float] = Field(default_factory=dict)
    beside_scale: dict[str, float] = Field(default_factory=dict)
    parts: dict[str, float] = Field(default_factory=dict)
    added: dict[str, float] = Field(default_factory=dict)
    leading: dict[str, float] = Field(default_factory=dict)
    scales: Said = Field(default_factory=dict)
    glued_scales: Said = Field(default_factory=dict)
    and_: Words = Field(default=(), alias="and")
    minus: Words = ()
    ordinals: Words = ()
    hyphenated: Words = ()
    comparisons: Named = Field(default_factory=dict)
    aged: Named = Field(default_factory=dict)
    after: Named = Field(default_factory=dict)
    ranges: WrittenRanges = WrittenRanges()
    starting: Words = ()
    approximate: WrittenApproximations = WrittenApproximations()


class WrittenMoney(Value):
    """Currencies, the scales that are money by themselves ("lakh"), and rates ("per sq ft")."""

    currencies: Named = Field(default_factory=dict)
    scales: Named = Field(default_factory=dict)
    per: Named = Field(default_factory=dict)


class WrittenWeekend(Value):
    """The days of the weekend (Monday is 0) and the words for it."""

    days: tuple[int, ...] = ()
    words: Words = ()


class WrittenModal(Value):
    """Months that are verbs too ("may"), and the words that show the verb."""

    words: Words = ()
    followed_by: Words = ()
    after: Words = ()


class WrittenEdges(Value):
    """Words for the start and for the end of a time."""

    start: Words = ()
    end: Words = ()


class WrittenTime(Value):
    """Units of time, names of days, months and years, and the words that place them."""

    units: Named = Field(default_factory=dict)
    glued_units: dict[str, str] = Field(default_factory=dict)
    longer_units: dict[str, tuple[Unit, int]] = Field(default_factory=dict)
    counts: Said = Field(default_factory=dict)
    articles: Words = ()
    this: Words = ()
    last: Words = ()
    next: Words = ()
    before_that: Words = ()
    rolling: Words = ()
    whole: Words = ()
    fiscal: Words = ()
    calendar: Words = ()
    fiscal_units: Named = Field(default_factory=dict)
    days: Said = Field(default_factory=dict)
    farther: dict[str, tuple[Unit, int]] = Field(default_factory=dict)
    unclear_days: dict[str, tuple[int, int]] = Field(default_factory=dict)
    months: Said = Field(default_factory=dict)
    weekdays: Said = Field(default_factory=dict)
    weekend: WrittenWeekend = WrittenWeekend()
    shy: Words = ()
    contexts: Words = ()
    modal: WrittenModal = WrittenModal()
    quarters: Said = Field(default_factory=dict)
    quarter_letters: Words = ()
    halves: Said = Field(default_factory=dict)
    half_letters: Words = ()
    last_of: dict[str, tuple[str, int]] = Field(default_factory=dict)
    fiscal_years: Words = ()
    calendar_years: Words = ()
    of: Words = ()
    month_words: Words = ()
    ranks: Words = ()
    ago: Words = ()
    from_now: Words = ()
    old: Words = ()
    old_alone: Words = ()
    older: Words = ()
    newer: Words = ()
    older_alone: Words = ()
    newer_alone: Words = ()
    lasting: Words = ()
    lasting_if_negative: Words = ()
    lasting_behind: Words = ()
    negative: Words = ()
    ahead: Words = ()
    ahead_counted: Words = ()
    since: Words = ()
    from_: Words = Field(default=(), alias="from")
    onwards: Words = ()
    backwards: Words = ()
    after: Words = ()
    until: Words = ()
    due: Words = ()
    before: Words = ()
    on_or_after: Words = ()
    after_time: Named = Field(default_factory=dict)
    between: Words = ()
    joins: Words = ()
    joins_needing_between: Words = ()
    pairs: Words = ()
    comparing: Words = ()
    now: Words = ()
    until_now: Words = ()
    edges: WrittenEdges = WrittenEdges()
    edges_behind: WrittenEdges = WrittenEdges()
    unit_ends: Named = Field(default_factory=dict)
    unit_starts: Named = Field(default_factory=dict)
    vague: Words = ()
    asking: Words = ()
    first_of: Words = ()
    last_of_count: Words = ()
    to_date: Named = Field(default_factory=dict)
    fiscal_to_date: Named = Field(default_factory=dict)
    a_year_earlier: Words = ()
    same_unit_last_year: Words = ()
    same_part_before: Words = ()
    one_before: Words = ()
    unit_before: Words = ()
    lead_in: Words = ()
    year_lead_in: Words = ()
    grains: Named = Field(default_factory=dict)
    grain_patterns: Words = ()


class Written(Value):
    """One language's file."""

    language: str
    numbers: WrittenNumbers = WrittenNumbers()
    money: WrittenMoney = WrittenMoney()
    units: Named = Field(default_factory=dict)
    time: WrittenTime = WrittenTime()


def merged(files: tuple[Written, ...]) -> Written:
    """All languages as one: lists one after the other, the first meaning of a phrase kept."""
    whole: dict[str, Any] = {}
    for file in files:
        _merge(whole, file.model_dump(by_alias=True, exclude_unset=True))
    return Written.model_validate(whole)


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        elif isinstance(into.get(key), tuple) and all(isinstance(one, str) for one in value):
            into[key] = (*into[key], *value)
        else:
            into.setdefault(key, value)
