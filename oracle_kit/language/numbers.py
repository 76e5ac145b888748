"""Numbers with their units, and comparisons: "1.5 cr", "fifty lakhs", "between 50 and 80 lakh",
"10cr+", "at least 3"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from oracle_kit.language.numbers_compared import Compared, Unclear, read_comparison
from oracle_kit.language.numbers_read import Quantity, read_quantity
from oracle_kit.language.phrases import Marks, marks_of
from oracle_kit.language.tongue import NumberTongue, Tongue
from oracle_kit.query import Operator

Figure = int | float


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number of a prompt: character offsets, text, value in base units (crore and lakh multiplied out),
    the unit if one is said, the scale that was said (1 when none), and whether it is one like "20th"."""

    start: int
    end: int
    text: str
    value: Figure
    unit: str | None = None
    scale: int = 1
    ordinal: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonSpan:
    """A comparison of a prompt: one value, or two for `between` (ends included).

    `approximate` marks a range made of "around 80 lakh".
    """

    start: int
    end: int
    text: str
    op: Operator
    values: tuple[Figure, ...]
    unit: str | None = None
    scale: int = 1
    approximate: bool = False


def find_numbers(prompt: str, tongue: Tongue) -> tuple[NumberSpan, ...]:
    """Every number of a prompt, in order, those inside comparisons too.

    Digits that are part of something else ("3BHK", "Q3", "rev_12", phone numbers) are not given, nor the
    numbers of a range that could mean several things ("between 50 and 1 crore").
    """
    marks, numbers = marks_of(prompt), tongue.numbers
    found: list[NumberSpan] = []
    place, closed = 0, 0
    while place < len(marks):
        if _begins_nothing(marks, place, numbers):
            place += 1
            continue
        if place >= closed:
            closed = _end_of_unclear(marks, place, numbers)
        number = read_quantity(marks, place, numbers) if place >= closed else None
        if number is not None:
            start, end = marks[place].start, marks[number.end - 1].end
            value, scale = _figure(number.value), int(number.scale)
            found.append(NumberSpan(start, end, prompt[start:end], value, number.unit, scale, number.ordinal))
        place = max(number.end if number else 0, closed, place + 1)
    return tuple(found)


def find_comparisons(prompt: str, tongue: Tongue) -> tuple[ComparisonSpan, ...]:
    """Every comparison of a prompt, in order."""
    marks = marks_of(prompt)
    read: list[tuple[int, Compared]] = []
    place = 0
    while place < len(marks):
        if _begins_nothing(marks, place, tongue.numbers):
            place += 1
            continue
        one = read_comparison(marks, place, tongue.numbers)
        if isinstance(one, Compared):
            read.append((place, _continued(read, marks, place, one, tongue.numbers)))
        place = one.end if one is not None else _behind_number(marks, place, tongue.numbers)
    return tuple(_span(prompt, marks, place, one) for place, one in read)


def _begins_nothing(marks: Marks, place: int, tongue: NumberTongue) -> bool:
    """Whether a word stands here that no number and no comparison begins with."""
    return marks[place].kind == "word" and marks[place].text not in tongue.starts


def _behind_number(marks: Marks, place: int, tongue: NumberTongue) -> int:
    """The next place to look at: no comparison begins inside a number."""
    number = read_quantity(marks, place, tongue)
    return number.end if number is not None else place + 1


def _end_of_unclear(marks: Marks, place: int, tongue: NumberTongue) -> int:
    one = read_comparison(marks, place, tongue)
    return one.end if isinstance(one, Unclear) else 0


def _continued(
    read: list[tuple[int, Compared]], marks: Marks, place: int, one: Compared, tongue: NumberTongue
) -> Compared:
    """The comparison with the scale of the one before, where it ends the prompt and makes no sense
    without: "above 50 lakh and below 80"."""
    if not read or one.scale > 1 or one.unit is not None or one.end < len(marks):
        return one
    before = read[-1][1]
    joined = before.end == place or place - before.end == 1
    opposite = {before.op[0], one.op[0]} == {"g", "l"}
    if not (joined and opposite and before.scale > 1):
        return one
    value = one.values[0] * before.scale
    sensible = value > before.values[0] if one.op[0] == "l" else value < before.values[0]
    return replace(one, values=(value,), unit=before.unit, scale=before.scale) if sensible else one


def _span(prompt: str, marks: Marks, place: int, one: Compared) -> ComparisonSpan:
    start, end = marks[place].start, marks[one.end - 1].end
    values = tuple(_figure(value) for value in one.values)
    return ComparisonSpan(
        start, end, prompt[start:end], one.op, values, one.unit, int(one.scale), one.approximate
    )


def _figure(value: Fraction) -> Figure:
    """The value as rows keep it: an int where it is whole, else the nearest float."""
    return int(value) if value.denominator == 1 else float(value)


__all__ = ["ComparisonSpan", "NumberSpan", "Quantity", "find_comparisons", "find_numbers"]
