"""One comparison of a prompt where it begins: "above 2 crore", "between 50 and 80 lakh", "10cr+"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from oracle_kit.language.numbers_read import Quantity, read_quantity
from oracle_kit.language.phrases import HYPHENS, Marks
from oracle_kit.language.tongue import NumberTongue
from oracle_kit.query import Operator

YEAR = "year"
_FARTHEST = 1000  # how many times its low end a range may reach when a scale was said for one end only


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison: where it ends (a place among the marks), its operator and exact values."""

    end: int
    op: Operator
    values: tuple[Fraction, ...]
    unit: str | None
    scale: Fraction
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """A range whose ends do not fit together ("between 50 and 1 crore"): where it ends."""

    end: int


def read_comparison(marks: Marks, place: int, tongue: NumberTongue) -> Compared | Unclear | None:
    """The comparison that begins here; Unclear for a range that could mean several things."""
    ranged = _range(marks, place, tongue)
    if ranged is not None:
        return ranged
    aged = tongue.aged.at(marks, place)
    if aged is not None:
        return _aged(_after_word(marks, aged[0], aged[1], tongue))
    before = tongue.before.at(marks, place)
    if before is not None:
        return _after_word(marks, before[0], before[1], tongue)
    around = tongue.around.at(marks, place)
    if around is not None:
        number = read_quantity(marks, around[0], tongue)
        return _about(number, number.end, tongue) if number else None
    starting = tongue.starting.at(marks, place)
    if starting is not None:
        number = read_quantity(marks, starting[0], tongue)
        money = number is not None and number.unit is not None and number.scale > 1
        return _compared(number, "ge") if number and money else None
    return _before_word(marks, place, tongue)


def _aged(compared: Compared | None) -> Compared | None:
    """ "older than 65" counts years; with another unit it is a stretch of time."""
    if compared is None or compared.unit not in (None, YEAR):
        return None
    return replace(compared, unit=YEAR)


def _after_word(marks: Marks, place: int, op: Operator, tongue: NumberTongue) -> Compared | None:
    number = read_quantity(marks, place, tongue, compared=True)
    if number is None:
        return None
    if op == "gt" and marks[place - 1].kind == "sign" and marks[place - 1].text in HYPHENS:
        return None
    extra = tongue.after.at(marks, number.end)
    end = extra[0] if extra is not None and extra[1][0] == op[0] else number.end
    return _compared(number, op, end)


def _before_word(marks: Marks, place: int, tongue: NumberTongue) -> Compared | None:
    number = read_quantity(marks, place, tongue)
    if number is None:
        return None
    after = tongue.after.at(marks, number.end)
    if after is not None and not _plus_goes_on(marks, after[0]):
        return _compared(number, after[1], after[0])
    or_so = tongue.or_so.at(marks, number.end)
    return _about(number, or_so[0], tongue) if or_so is not None else None


def _plus_goes_on(marks: Marks, place: int) -> bool:
    """Whether a plus sign adds something ("2+3") instead of saying "or more"."""
    following = place < len(marks) and marks[place].glued and marks[place].kind in ("number", "word")
    return following and marks[place - 1].kind == "sign"


def _compared(number: Quantity, op: Operator, end: int | None = None) -> Compared:
    return Compared(end or number.end, op, (number.value,), number.unit, number.scale)


def _about(number: Quantity, end: int, tongue: NumberTongue) -> Compared:
    far = abs(number.value) * tongue.margin
    values = (number.value - far, number.value + far)
    return Compared(end, "between", values, number.unit, number.scale, approximate=True)


def _range(marks: Marks, place: int, tongue: NumberTongue) -> Compared | Unclear | None:
    """Two numbers joined by "to" or a dash, or by "and" where "between" opens or "ke beech" closes."""
    opened = tongue.opens.at(marks, place)
    at = opened[0] if opened else place
    low = read_quantity(marks, at, tongue, joint=False)
    join = tongue.open_joins.at(marks, low.end) if low is not None else None
    if low is None or join is None:
        return None
    high = read_quantity(marks, join[0], tongue, joint=False, compared=True)
    if high is None or (high.bare and high.value < 0):
        return None
    closed = tongue.closes.at(marks, high.end)
    if opened is None and closed is None and tongue.joins.at(marks, low.end) is None:
        return None
    end = closed[0] if closed else high.end
    fitted = _fitted(low, high, end)
    turned = isinstance(fitted, Compared) and opened is None and fitted.values[1] == low.value != high.value
    return Unclear(end) if turned else fitted


def _fitted(low: Quantity, high: Quantity, end: int) -> Compared | Unclear | None:
    """The range with a scale or unit said for one end given to the other."""
    if low.unit and high.unit and low.unit != high.unit:
        return Unclear(end)
    unit, ends = low.unit or high.unit, _shared(low, high)
    if ends is None:
        return Unclear(end)
    return Compared(end, "between", ends, unit, max(low.scale, high.scale))


def _shared(low: Quantity, high: Quantity) -> tuple[Fraction, Fraction] | None:
    """Both ends in base units, low first; None when one scale for both turns them round."""
    if low.scale == high.scale or (low.scale > 1 and high.scale > 1):
        first, last = sorted((low.value, high.value))
        return first, last
    if low.scale == 1 and 0 < low.value * high.scale <= high.value:
        return low.value * high.scale, high.value
    if high.scale == 1 and low.value <= high.value * low.scale and high.value < low.value:
        return low.value, high.value * low.scale
    if low.value <= high.value and (low.value == 0 or high.value <= low.value * _FARTHEST):
        return low.value, high.value
    return None
