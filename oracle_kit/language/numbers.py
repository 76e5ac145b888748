"""Numbers with their units, and comparisons: "1.5 cr", "fifty lakhs", "between 50 and 80 lakh",
"10cr+", "at least 3"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oracle_kit.language.tongue import Mark, Tongue, marks_of
from oracle_kit.query import Operator


@dataclass(frozen=True, slots=True)
class Number:
    """A number in base units (crore and lakh multiplied out), its unit if one is said, and its place."""

    start: int
    end: int
    value: int | float
    unit: str | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison with one value, or two for `between` (ends included)."""

    start: int
    end: int
    op: Operator
    values: tuple[int | float, ...]
    unit: str | None = None


def find_numbers(prompt: str, tongue: Tongue) -> tuple[Number, ...]:
    """Every number of a prompt, in order; digits glued to a word that is no unit ("3BHK") are part
    of that word."""
    marks = marks_of(prompt)
    found: list[Number] = []
    place = 0
    while place < len(marks):
        read = _number(marks, place, tongue)
        if read is None:
            place += 1
        else:
            place, number = read
            found.append(number)
    return tuple(found)


def find_comparisons(prompt: str, tongue: Tongue) -> tuple[Comparison, ...]:
    """Every comparison of a prompt, in order."""
    marks = marks_of(prompt)
    found: list[Comparison] = []
    place = 0
    while place < len(marks):
        read = _comparison(marks, place, tongue)
        if read is None:
            place += 1
        else:
            place, comparison = read
            found.append(comparison)
    return tuple(found)


def _comparison(marks: Sequence[Mark], place: int, tongue: Tongue) -> tuple[int, Comparison] | None:
    before = tongue.before.at(marks, place)
    after_word = before[0] if before else place
    op = before[1] if before else None
    first = _number(marks, after_word, tongue)
    if first is None:
        return None
    end, number = first
    if op in (None, "between", "ge"):
        ranged = _range(marks, place, end, number, tongue)
        if ranged is not None:
            return ranged
    if op is None or op == "between":
        suffix = tongue.after.at(marks, end)
        if suffix is None or op == "between":
            return None
        end, op = suffix
    return end, Comparison(
        marks[place].start, marks[end - 1].end, _operator(op), (number.value,), number.unit
    )


def _range(
    marks: Sequence[Mark], place: int, end: int, low: Number, tongue: Tongue
) -> tuple[int, Comparison] | None:
    """Two numbers joined by "and", "to" or a dash; a scale or unit said once holds for both."""
    joined = tongue.joins.at(marks, end)
    second = _number(marks, joined[0], tongue) if joined else None
    if joined is None or second is None:
        return None
    said = tongue.before.at(marks, place)
    if marks[end].text == "and" and (said is None or said[1] != "between"):
        return None
    stop, high = second
    if low.scale == 1 and high.scale != 1 and low.value < high.value / high.scale * 10:
        low = replace(low, value=_plain(low.value * high.scale))
    values = tuple(sorted((low.value, high.value)))
    unit = high.unit or low.unit
    return stop, Comparison(marks[place].start, marks[stop - 1].end, "between", values, unit)


def _operator(name: str) -> Operator:
    operators: dict[str, Operator] = {
        "gt": "gt", "ge": "ge", "lt": "lt", "le": "le", "eq": "eq", "ne": "ne", "between": "between",
    }  # fmt: skip
    return operators[name]


def _number(marks: Sequence[Mark], place: int, tongue: Tongue) -> tuple[int, Number] | None:
    """A number that begins here: a currency sign, digits or words, a scale, a unit."""
    start = place
    money = tongue.money.at(marks, place)
    if money is not None:
        place = money[0]
    digits = _digits(marks, place)
    words = None if digits is not None else _words(marks, place, tongue)
    read = digits or words
    if read is None:
        return None
    place, value = read
    unit = money[1] if money else None
    scale = tongue.scales.at(marks, place)
    factor = 1.0
    if scale is not None and not (marks[place].text == "l" and marks[place].start != marks[place - 1].end):
        factor = float(scale[1])
        unit = unit or tongue.money_scales.get(marks[place].text)
        place = scale[0]
    elif digits is not None and _glued(marks, place, tongue):
        return None
    closing = tongue.money.at(marks, place) if money is None else None
    if closing is not None and marks[place].text.isalpha():
        place, unit = closing
    said = tongue.units.at(marks, place)
    if said is not None and unit is None:
        place, unit = said
    number = Number(marks[start].start, marks[place - 1].end, _plain(value * factor), unit, factor)
    return place, number


def _digits(marks: Sequence[Mark], place: int) -> tuple[int, float] | None:
    if place >= len(marks) or not marks[place].text[0].isdigit():
        return None
    text = marks[place].text.rstrip(",").replace(",", "")
    return place + 1, float(text)


def _words(marks: Sequence[Mark], place: int, tongue: Tongue) -> tuple[int, float] | None:
    """Number words: a ten and a one ("twenty five"), or one word; "one and a half"."""
    first = tongue.number_words.at(marks, place)
    if first is None:
        return None
    place, value = first[0], float(first[1])
    more = tongue.number_words.at(marks, place)
    if more is not None and value >= 20 and value % 10 == 0 and 0 < more[1] < 10:
        place, value = more[0], value + float(more[1])
    half = tongue.half.at(marks, place)
    return (half[0], value + 0.5) if half is not None else (place, value)


def _glued(marks: Sequence[Mark], place: int, tongue: Tongue) -> bool:
    """Whether letters that are no unit touch the digits: "3BHK", "15th"."""
    if place >= len(marks) or marks[place].start != marks[place - 1].end:
        touching = False
    else:
        touching = marks[place].text[0].isalpha() and tongue.units.at(marks, place) is None
    before = marks[place - 2] if place >= 2 else None
    after_letters = before is not None and before.end == marks[place - 1].start and before.text.isalpha()
    return touching or (after_letters and tongue.money.at(marks, place - 2) is None)


def _plain(value: float) -> int | float:
    rounded = round(value, 6)
    return int(rounded) if float(rounded).is_integer() else rounded
