"""The tongue: how languages say numbers, money and time, read from `language/words/*.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path

from oracle_kit.content import read_document, validate
from oracle_kit.language.phrases import Phrases
from oracle_kit.language.phrases_written import Named, Written, WrittenMoney, WrittenNumbers, merged
from oracle_kit.language.tongue_time import TimeTongue, by_meaning, compile_time, listed
from oracle_kit.query import Operator

FOLDER = Path(__file__).parent / "words"
_OPERATORS: dict[str, Operator] = {
    "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
}  # fmt: skip


@dataclass(frozen=True)
class NumberTongue:
    """The phrases of numbers, money, units and comparisons, compiled."""

    words: Phrases[Fraction]
    beside_scale: Phrases[Fraction]
    parts: Phrases[Fraction]
    added: Phrases[Fraction]
    leading: Phrases[Fraction]
    scales: Phrases[Fraction]
    glued_scales: Phrases[Fraction]
    joint: Phrases[bool]
    minus: frozenset[str]
    ordinals: frozenset[str]
    hyphenated: frozenset[str]
    before: Phrases[Operator]
    aged: Phrases[Operator]
    after: Phrases[Operator]
    opens: Phrases[bool]
    joins: Phrases[bool]
    open_joins: Phrases[bool]
    closes: Phrases[bool]
    starting: Phrases[bool]
    margin: Fraction
    around: Phrases[bool]
    or_so: Phrases[bool]
    money: Phrases[str]
    money_scales: Phrases[str]
    rates: Phrases[str]
    units: Phrases[str]

    @cached_property
    def starts(self) -> frozenset[str]:
        """The words that anything read here may begin with; digits and signs may begin it as well."""
        tables = (getattr(self, part.name) for part in fields(self))
        return frozenset().union(*(table.firsts for table in tables if isinstance(table, Phrases)))


@dataclass(frozen=True)
class Tongue:
    """The phrases of all languages, compiled; `vocabulary` has every word of them, for spelling repair,
    `currencies` the units that are money."""

    numbers: NumberTongue
    time: TimeTongue
    currencies: frozenset[str]
    vocabulary: frozenset[str]


@cache
def load_tongue(folder: Path = FOLDER) -> Tongue:
    """The tongue of every file in the folder, merged; ContentError names file and line of a fault."""
    files = tuple(validate(Written, read_document(path)) for path in sorted(folder.glob("*.yaml")))
    return compile_tongue(merged(files))


def compile_tongue(written: Written) -> Tongue:
    """The tongue that written words make."""
    numbers = _numbers(written.numbers, written.money, written.units)
    time = compile_time(written.time)
    tables = [getattr(part, field.name) for part in (numbers, time) for field in fields(part)]
    words = {word for table in tables if isinstance(table, Phrases) for word in table.words}
    return Tongue(
        numbers=numbers,
        time=time,
        currencies=frozenset(written.money.currencies),
        vocabulary=frozenset(word for word in words if word.isalpha()),
    )


def _numbers(numbers: WrittenNumbers, money: WrittenMoney, units: Named) -> NumberTongue:
    ranges, approximate = numbers.ranges, numbers.approximate
    return NumberTongue(
        words=_exact(numbers.words),
        beside_scale=_exact(numbers.beside_scale),
        parts=_exact(numbers.parts),
        added=_exact(numbers.added),
        leading=_exact(numbers.leading),
        scales=_exact(numbers.scales),
        glued_scales=_exact(numbers.glued_scales),
        joint=listed(numbers.and_),
        minus=frozenset(numbers.minus),
        ordinals=frozenset(numbers.ordinals),
        hyphenated=frozenset(numbers.hyphenated),
        before=_operators(numbers.comparisons),
        aged=_operators(numbers.aged),
        after=_operators(numbers.after),
        opens=listed(ranges.open),
        joins=listed(ranges.joins),
        open_joins=listed((*ranges.joins, *ranges.joins_needing_open)),
        closes=listed(ranges.close),
        starting=listed(numbers.starting),
        margin=Fraction(str(approximate.margin)),
        around=listed(approximate.before),
        or_so=listed(approximate.after),
        money=by_meaning(money.currencies),
        money_scales=by_meaning(money.scales),
        rates=by_meaning(money.per),
        units=by_meaning(units),
    )


def _exact(said: Mapping[str, float]) -> Phrases[Fraction]:
    return Phrases((phrase, Fraction(str(value))) for phrase, value in said.items())


def _operators(named: Named) -> Phrases[Operator]:
    pairs: Iterable[tuple[str, Operator]] = (
        (phrase, _OPERATORS[name]) for name, phrases in named.items() for phrase in phrases
    )
    return Phrases(pairs)
