"""The tongue: how languages say numbers, money and time, read from `language/words/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from oracle_kit.content import read_document

FOLDER = Path(__file__).parent / "words"
_WORD = re.compile(r"\d[\d,]*(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?|[₹$€£%+<>=–-]+|[^\w\s]")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark:
    """A word, number or sign of a prompt with its place."""

    text: str
    start: int
    end: int


def marks_of(text: str) -> tuple[Mark, ...]:
    """The words, numbers and signs of a text, lower-cased; "80L" is two."""
    return tuple(Mark(hit.group().lower(), hit.start(), hit.end()) for hit in _WORD.finditer(text))


class Phrases(Generic[T]):
    """Phrases with what they mean; the longest one that begins at a place is found."""

    def __init__(self, pairs: Iterator[tuple[str, T]]) -> None:
        self._by_words: dict[tuple[str, ...], T] = {}
        for phrase, meaning in pairs:
            self._by_words.setdefault(tuple(mark.text for mark in marks_of(phrase)), meaning)
        self._longest = max((len(words) for words in self._by_words), default=0)

    def at(self, marks: Sequence[Mark], place: int) -> tuple[int, T] | None:
        """The place after the longest phrase that begins here and its meaning; None when none does."""
        for length in range(min(self._longest, len(marks) - place), 0, -1):
            key = tuple(mark.text for mark in marks[place : place + length])
            if key in self._by_words:
                return place + length, self._by_words[key]
        return None

    @property
    def words(self) -> frozenset[str]:
        """Every word of the phrases."""
        return frozenset(word for words in self._by_words for word in words)


@dataclass(frozen=True)
class Tongue:
    """The phrases of all languages by what they say."""

    number_words: Phrases[float]
    scales: Phrases[float]
    half: Phrases[bool]
    units: Phrases[str]
    before: Phrases[str]
    after: Phrases[str]
    joins: Phrases[bool]
    money: Phrases[str]
    money_scales: Mapping[str, str]
    currencies: frozenset[str]
    time_units: Phrases[str]
    relative: Phrases[int]
    days: Phrases[int]
    months: Phrases[int]
    weekdays: Phrases[int]
    since: Phrases[bool]
    later: Phrases[bool]
    until: Phrases[bool]
    between: Phrases[bool]
    time_joins: Phrases[bool]
    to_date: Phrases[str]
    fiscal: Phrases[bool]
    quarters: Phrases[int]
    fiscal_units: Phrases[str]
    lasting: Phrases[bool]
    ago: Phrases[bool]
    older: Phrases[bool]
    lead_in: Phrases[bool]
    grains: Phrases[str]
    vocabulary: frozenset[str]


@cache
def load_tongue(folder: Path = FOLDER) -> Tongue:
    """The tongue of every file in the folder, merged; ContentError names file and line of a fault."""
    files: list[dict[str, Any]] = [read_document(path).data for path in sorted(folder.glob("*.yaml"))]

    def part(section: str, name: str) -> list[Any]:
        return [found for file in files if (found := file.get(section, {}).get(name)) is not None]

    def keyed(section: str, name: str) -> Iterator[tuple[str, Any]]:
        """Phrase to value, from "value: [phrases]"."""
        for group in part(section, name):
            for value, phrases in group.items():
                yield from ((phrase, value) for phrase in phrases)

    def plain(section: str, name: str) -> Iterator[tuple[str, Any]]:
        """Phrase to value, from "phrase: value"."""
        for group in part(section, name):
            yield from group.items()

    def listed(section: str, name: str) -> Iterator[tuple[str, bool]]:
        for group in part(section, name):
            yield from ((phrase, True) for phrase in group)

    def shifts() -> Iterator[tuple[str, int]]:
        for name, offset in (("this", 0), ("last", -1), ("next", 1)):
            yield from ((phrase, offset) for phrase, _ in listed("time", name))

    tables: dict[str, Phrases[Any]] = {
        "number_words": Phrases(plain("numbers", "words")),
        "scales": Phrases(plain("numbers", "scales")),
        "half": Phrases(listed("numbers", "half")),
        "units": Phrases(keyed("numbers", "units")),
        "before": Phrases(keyed("numbers", "comparisons")),
        "after": Phrases(keyed("numbers", "after")),
        "joins": Phrases(listed("numbers", "joins")),
        "money": Phrases(
            (phrase, unit)
            for file in files
            for unit, phrases in file.get("money", {}).items()
            if unit != "scales"
            for phrase in phrases
        ),
        "time_units": Phrases(keyed("time", "units")),
        "relative": Phrases(shifts()),
        "days": Phrases(plain("time", "days")),
        "months": Phrases(plain("time", "months")),
        "weekdays": Phrases(plain("time", "weekdays")),
        "since": Phrases(listed("time", "since")),
        "later": Phrases(listed("time", "after")),
        "until": Phrases(listed("time", "until")),
        "between": Phrases(listed("time", "between")),
        "time_joins": Phrases(listed("time", "joins")),
        "to_date": Phrases(keyed("time", "to_date")),
        "fiscal": Phrases(listed("time", "fiscal")),
        "quarters": Phrases(plain("time", "quarters")),
        "fiscal_units": Phrases(keyed("time", "fiscal_units")),
        "lasting": Phrases(listed("time", "lasting")),
        "ago": Phrases(listed("time", "ago")),
        "older": Phrases(listed("time", "older")),
        "lead_in": Phrases(listed("time", "lead_in")),
        "grains": Phrases(keyed("time", "grains")),
    }
    money_scales = dict(keyed("money", "scales"))
    vocabulary = frozenset(word for table in tables.values() for word in table.words if word.isalpha())
    currencies = frozenset(unit for file in files for unit in file.get("money", {}) if unit != "scales")
    return Tongue(**tables, money_scales=money_scales, currencies=currencies, vocabulary=vocabulary)
