"""A prompt cut into words, numbers, dates and signs, and phrases found among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
_MARK = re.compile(
    r"""
    (?P<date>(?<![\w.,/'’-])
        (?:\d{4}-\d{1,2}-\d{1,2} | \d{4}/\d{1,2}/\d{1,2} | \d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d)
          | \d{4}-\d\d | \d{1,2}/\d{4})
        (?![\w/-]|[.,:]\d))
  | (?P<number>(?:\d{1,3}(?:,\d\d\d?)*,\d{3}(?:\.\d+)? | \d+(?:\.\d+)? | (?<![\w.])\.\d+)(?!\d|[.,]\d))
  | (?P<odd>\d[\d.,]*)
  | (?P<word>[^\W\d_]+(?:[\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u200c\u200d]+[^\W\d_]*)*)
  | (?P<sign>>=|<=|=>|=<|!=|<>|==|[^\w\s]|_)
    """,
    re.VERBOSE,
)
HYPHENS = frozenset("-‐‑–—")


class Mark(NamedTuple):
    """A part of a prompt: lower-case text, character offsets, what it is, and whether it touches the
    part before. `odd` are digits that are no number ("1.2.3", "1,00,00")."""

    text: str
    start: int
    end: int
    kind: str  # date number odd word sign
    glued: bool


Marks = tuple[Mark, ...]


def marks_of(text: str) -> Marks:
    """The marks of a text, in order: "50-80L" is 50, -, 80, l; "15/03/2026" is one date."""
    found: list[Mark] = []
    last = -1
    for hit in _MARK.finditer(text):
        start, end = hit.span()
        found.append(Mark(hit.group().lower(), start, end, hit.lastgroup or "", start == last))
        last = end
    return tuple(found)


class Phrases(Generic[T]):
    """Phrases with what they mean; at a place of a prompt the longest one that begins there is found."""

    __slots__ = ("_by_first",)

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        meanings: dict[tuple[str, ...], T] = {}
        for phrase, meaning in pairs:
            meanings.setdefault(tuple(mark.text for mark in marks_of(phrase)), meaning)
        by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for words in sorted(meanings, key=len, reverse=True):
            by_first.setdefault(words[0], []).append((words[1:], meanings[words]))
        self._by_first = {first: tuple(options) for first, options in by_first.items()}

    def at(self, marks: Marks, place: int) -> tuple[int, T] | None:
        """The place after the longest phrase that begins here, and its meaning; None when none does."""
        if place >= len(marks):
            return None
        for words, meaning in self._by_first.get(marks[place].text, ()):
            end = _after(words, marks, place + 1)
            if end:
                return end, meaning
        return None

    @property
    def firsts(self) -> frozenset[str]:
        """The words that phrases begin with."""
        return frozenset(self._by_first)

    @property
    def words(self) -> frozenset[str]:
        """Every word of the phrases."""
        rest = (word for options in self._by_first.values() for words, _ in options for word in words)
        return self.firsts.union(rest)


def _after(words: tuple[str, ...], marks: Marks, place: int) -> int:
    """The place after the words, hyphens between them passed over; 0 when they are not here."""
    for word in words:
        if place < len(marks) and marks[place].text in HYPHENS and word not in HYPHENS and marks[place].glued:
            place += 1
        if place >= len(marks) or marks[place].text != word:
            return 0
        place += 1
    return place
