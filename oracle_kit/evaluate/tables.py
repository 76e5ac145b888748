"""Whether rows equal gold rows: extra columns allowed, extra rows not, a total row apart.

As many rows as the gold has are compared one to one. A list that the product cuts must say how many rows there are:
it equals a gold of so many rows when those shown are among them (`set`) or are its first ones (`ordered`). Where the
last row stands for the groups beyond a limit, the others are judged likewise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from oracle_kit.evaluate.cases import Compare
from oracle_kit.model import Rows

RELATIVE = 1e-9
TOTALS = ("total", "all", "grand total")
Line = tuple[Any, ...]


def difference(rows: Rows, gold: Sequence[Line], compare: Compare) -> str:
    """Why the rows do not equal the gold, in a few words; empty where they do."""
    shown, count = _shown(rows, len(gold))
    wanted = [tuple(plain(value) for value in line) for line in gold]
    if count != len(wanted):
        return f"{count} rows where {len(wanted)} were expected"
    if not wanted:
        return ""
    if any(_same_rows(shown, wanted, columns, compare) for columns in _columns(shown, wanted, compare)):
        return ""
    return _told(shown, wanted)


def plain(value: Any, kind: str = "") -> Any:
    """A value as it is compared: exact numbers as Decimal, dates as naive UTC times."""
    if isinstance(value, str) and kind == "decimal":
        return Decimal(value)
    if isinstance(value, str) and kind in ("date", "timestamp"):
        return plain(datetime.fromisoformat(value))
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return value


def same(left: Any, right: Any) -> bool:
    """Whether two plain values are equal: exact, but floats to nine digits."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) or isinstance(right, float):
        numbers = isinstance(left, (float, Decimal)) and isinstance(right, (float, Decimal))
        return numbers and math.isclose(float(left), float(right), rel_tol=RELATIVE, abs_tol=1e-12)
    return bool(type(left) is type(right) and left == right)


def _shown(rows: Rows, expected: int) -> tuple[list[Line], int]:
    """The rows that are judged, and how many the answer says there are."""
    kinds = [column.type for column in rows.columns]
    shown = [tuple(plain(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in rows.rows]
    if len(shown) == expected:
        return shown, expected
    if rows.others_count:
        return shown[:-1], len(shown) - 1 + rows.others_count
    if rows.truncated and rows.total_count == expected:
        return shown, expected
    if len(shown) == expected + 1 and _is_total(shown[-1]):
        return shown[:-1], expected
    return shown, len(shown)


def _is_total(line: Line) -> bool:
    first = line[0] if line else None
    return first is None or (isinstance(first, str) and first.lower() in TOTALS)


def _columns(shown: list[Line], wanted: list[Line], compare: Compare) -> Iterator[tuple[int, ...]]:
    """Every way to find the gold's columns among those shown, each column once."""
    width = len(shown[0]) if shown else 0
    choices = [
        [at for at in range(width) if _same_rows(shown, [(line[gold],) for line in wanted], (at,), compare)]
        for gold in range(len(wanted[0]))
    ]
    yield from _picked(choices, ())


def _picked(choices: list[list[int]], taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(taken) == len(choices):
        yield taken
        return
    for at in choices[len(taken)]:
        if at not in taken:
            yield from _picked(choices, (*taken, at))


def _same_rows(shown: list[Line], wanted: list[Line], columns: tuple[int, ...], compare: Compare) -> bool:
    picked = [tuple(line[at] for at in columns) for line in shown]
    if compare == "ordered":
        return all(_same_line(left, right) for left, right in zip(picked, wanted, strict=False))
    return _among(picked, wanted)


def _among(picked: list[Line], wanted: list[Line]) -> bool:
    """Whether each picked line is one of the wanted, none used twice."""
    left: dict[Line, list[Line]] = {}
    for line in wanted:
        left.setdefault(_rough(line), []).append(line)
    return all(_taken(line, left) for line in picked)


def _taken(line: Line, left: dict[Line, list[Line]]) -> bool:
    for rough in _roughs(line):
        rest = left.get(rough, [])
        for at, other in enumerate(rest):
            if _same_line(line, other):
                del rest[at]
                return True
    return False


def _rough(line: Line) -> Line:
    """A line with numbers to six digits, to look it up by."""
    return tuple(_short(value) for value in line)


def _roughs(line: Line) -> Iterator[Line]:
    """The line's own look-up, and those of its neighbours where a number stands on the edge of rounding."""
    yield _rough(line)
    floats = [at for at, value in enumerate(line) if isinstance(value, float)]
    for at in floats:
        for factor in (1 - RELATIVE, 1 + RELATIVE):
            yield _rough((*line[:at], line[at] * factor, *line[at + 1 :]))


def _short(value: Any) -> Any:
    if isinstance(value, (float, Decimal)) and not isinstance(value, bool):
        return f"{float(value) + 0.0:.6g}"
    return value


def _same_line(left: Line, right: Line) -> bool:
    return all(same(one, other) for one, other in zip(left, right, strict=True))


def _told(shown: list[Line], wanted: list[Line]) -> str:
    if len(shown) == 1 and len(wanted) == 1:
        return f"({_text(shown[0])}) where ({_text(wanted[0])}) was expected"
    width = len(shown[0]) if shown else 0
    for gold in range(len(wanted[0])):
        column = [(line[gold],) for line in wanted]
        if not any(_among([(line[at],) for line in shown], column) for at in range(width)):
            return f"no column has the values of the gold's column {gold + 1}, such as {column[0][0]}"
    return f"other rows or another order than expected, first ({_text(wanted[0])})"


def _text(line: Line) -> str:
    return ", ".join(str(value) for value in line[:6])
