"""Whether a sentence says only what rows say: every number after rounding, every name, and both of the same row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from oracle_kit.model import Rows
from oracle_kit.query import Scalar

_NUMBER = re.compile(r"(?<![\w.])[-−]?(?:₹\s?|Rs\.?\s?)?(\d[\d,]*(?:\.\d+)?)\s*(%|[A-Za-z]+)?")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_UNSAFE = re.compile(r"[<>{}@*`|\\]|https?:|www\.", re.IGNORECASE)
_SCALES = {
    "cr": Decimal(10) ** 7,
    "crore": Decimal(10) ** 7,
    "crores": Decimal(10) ** 7,
    "l": Decimal(10) ** 5,
    "lakh": Decimal(10) ** 5,
    "lakhs": Decimal(10) ** 5,
    "lac": Decimal(10) ** 5,
    "k": Decimal(10) ** 3,
    "thousand": Decimal(10) ** 3,
    "m": Decimal(10) ** 6,
    "mn": Decimal(10) ** 6,
    "million": Decimal(10) ** 6,
    "bn": Decimal(10) ** 9,
    "billion": Decimal(10) ** 9,
    "%": Decimal("0.01"),
    "percent": Decimal("0.01"),
}
_UNITS = frozenset({*_SCALES, "rs", "inr"})
# words that are numbers, or that compute one: what they claim is in no row
_COUNTING = re.compile(
    r"zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|\w+ty-\w+|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|dozens?|half|halved|doubled?|twice|tripled?|thrice|thirds?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Row:
    numbers: tuple[Decimal, ...]
    names: frozenset[str]  # each word of its texts, in lower case


class Facts:
    """All that the rows say; titles and labels lend words, never numbers."""

    def __init__(self, tables: Sequence[tuple[str, Rows]], ordinary: Callable[[str], bool]) -> None:
        self._ordinary = ordinary
        self._rows = [_row(row) for _, rows in tables for row in rows.rows]
        self._names = frozenset(name for row in self._rows for name in row.names)
        labels = [title for title, _ in tables] + [one.label for _, rows in tables for one in rows.columns]
        self._labels = frozenset(word.lower() for label in labels for word in _WORD.findall(label))
        self._texts = tuple(
            {
                str(value).lower()
                for _, rows in tables
                for row in rows.rows
                for value in row
                if _is_text(value)
            }
        )

    def hold(self, sentence: str) -> bool:
        """Whether every number and name of the sentence stands in the rows, together where both are said."""
        if _UNSAFE.search(sentence) or not sentence.isprintable():
            return False
        words = _WORD.findall(sentence)
        if any(_COUNTING.fullmatch(word) for word in words) or not self._named(words):
            return False
        said = {word.lower() for word in words} & self._names - self._labels
        rows = [row for row in self._rows if row.names & said] if said else self._rows
        return all(any(_in(number, row) for row in rows) for number in self._numbers(sentence))

    def _named(self, words: Sequence[str]) -> bool:
        """Whether each word that is written as a name is one of the rows', or a word of the language or the labels."""
        names = [word.lower().removesuffix("'s").removesuffix("’s") for word in words if word[0].isupper()]
        return all(
            name in self._names | self._labels or name in _UNITS or self._ordinary(name) for name in names
        )

    def _numbers(self, sentence: str) -> Iterator[tuple[Decimal, Decimal]]:
        """Each number as said and half of its last digit, both in full; those inside a value's own text are names."""
        rest = sentence.lower()
        for text in sorted(self._texts, key=len, reverse=True):
            if any(letter.isdigit() for letter in text):
                rest = rest.replace(text, " ")
        for found in _NUMBER.finditer(rest):
            digits = found[1].replace(",", "")
            scale = _SCALES.get((found[2] or "").lower(), Decimal(1))
            places = len(digits.partition(".")[2])
            sign = -1 if found[0].startswith(("-", "−")) else 1
            yield sign * Decimal(digits) * scale, Decimal(10) ** -places * scale / 2


def _row(values: Sequence[Scalar]) -> _Row:
    numbers = [number for value in values if (number := _decimal(value)) is not None]
    words = {word.lower() for value in values if _is_text(value) for word in _WORD.findall(str(value))}
    return _Row(tuple(numbers), frozenset(words))


def _decimal(value: Scalar) -> Decimal | None:
    """A value as a number; decimals come as text."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_text(value: Scalar) -> bool:
    return isinstance(value, str) and _decimal(value) is None


def _in(said: tuple[Decimal, Decimal], row: _Row) -> bool:
    """Whether a row has the number, exactly or rounded to as many digits as were said."""
    number, half = said
    return any(abs(one - number) <= half for one in row.numbers)
