"""How types and units combine in expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from oracle_kit.datasets.tree import Attribute, Constant, Node
from oracle_kit.errors import ExpressionError
from oracle_kit.query import Aggregation
from oracle_kit.words import FieldType

NUMBERS: tuple[FieldType, ...] = ("integer", "decimal", "float")
TIMES: tuple[FieldType, ...] = ("date", "timestamp")


class Place(Protocol):
    """Whatever can say where an expression stands."""

    @property
    def error(self) -> Callable[..., ExpressionError]:
        """Makes an error that points there."""


def a(type_: FieldType) -> str:
    """The type with its article."""
    return f"{'an' if type_[0] in 'aeiou' else 'a'} {type_}"


def number(node: Constant) -> Decimal:
    """The number that a numeric constant holds."""
    return Decimal(str(node.value))


def widest(*nodes: Node) -> FieldType:
    """The widest numeric type of the nodes: integer, then decimal, then float."""
    return max((node.type for node in nodes), key=NUMBERS.index)


def need_number(node: Node, what: str, place: Place) -> None:
    """ExpressionError unless the node is a number."""
    if node.type not in NUMBERS:
        raise place.error(f"{what} takes a number, not {a(node.type)}")


def arithmetic_type(operator: str, left: Node, right: Node, place: Place) -> FieldType:
    """The type of an arithmetic: the wider of the two; of a division, float."""
    for node in (left, right):
        if node.type in TIMES:
            raise place.error(
                f"{operator} takes numbers, not {a(node.type)}", "Use days_between(start, end)."
            )
        need_number(node, operator, place)
    return "float" if operator == "/" else widest(left, right)


def arithmetic_unit(operator: str, left: Node, right: Node, place: Place) -> str | None:
    """The unit of an arithmetic; ExpressionError when two different units are added or subtracted."""
    if operator in "+-":
        if left.unit and right.unit and left.unit != right.unit:
            raise place.error(f"{left.unit} and {right.unit} cannot be added or subtracted")
        return left.unit or right.unit
    if operator == "/":
        return _quotient(left.unit, right.unit)
    return _product(left.unit, right.unit)


_FRACTIONS = (None, "percent", "fraction")


def _quotient(left: str | None, right: str | None) -> str | None:
    if right in _FRACTIONS:
        return left
    return None if left == right else f"{left or '1'}/{right}"


def _product(left: str | None, right: str | None) -> str | None:
    if left in _FRACTIONS or right in _FRACTIONS:
        return right if left in _FRACTIONS else left
    for per, other in ((left, right), (right, left)):
        if str(per).endswith(f"/{other}"):
            return str(per).rsplit("/", 1)[0]
    return f"{left}*{right}"


def as_time(node: Node, place: Place) -> Node:
    """The node as a date or timestamp; a text constant is read as ISO 8601."""
    if isinstance(node, Constant) and node.type == "text":
        text = str(node.value)
        return _time_constant(text, "date" if len(text) == 10 else "timestamp", place)
    if node.type not in TIMES:
        raise place.error(f"a date or a timestamp is needed here, not {a(node.type)}")
    return node


def _time_constant(text: str, type_: FieldType, place: Place) -> Constant:
    try:
        value = date.fromisoformat(text) if type_ == "date" else datetime.fromisoformat(text)
    except ValueError:
        raise place.error(
            f"{text!r} is not {a(type_)}", "Write '2026-04-19' or '2026-04-19T09:00:00'."
        ) from None
    return Constant(value, type_)


def alike(left: Node, right: Node, place: Place) -> tuple[Node, Node]:
    """Both sides of a comparison, constants typed by the other side; ExpressionError when they are unlike."""
    left, right = _like(left, right, place), _like(right, left, place)
    kinds = [
        next((kind for kind in (NUMBERS, TIMES) if node.type in kind), (node.type,)) for node in (left, right)
    ]
    if kinds[0] != kinds[1]:
        raise place.error(f"{a(left.type)} cannot be compared with {a(right.type)}")
    if left.unit and right.unit and left.unit != right.unit:
        raise place.error(f"{left.unit} cannot be compared with {right.unit}")
    return left, right


def _like(node: Node, other: Node, place: Place) -> Node:
    if isinstance(node, Attribute) and not isinstance(other, Attribute):
        return replace(node, type=other.type)
    if isinstance(node, Constant) and node.type == "text" and other.type in TIMES:
        return as_time(node, place)
    return node


def aggregate_type(fn: Aggregation, argument: Node | None, place: Place) -> FieldType:
    """The type that an aggregate gives; ExpressionError when its argument is missing or does not fit."""
    if argument is None:
        if fn != "count":
            raise place.error(f"{fn} needs something to work on", f"Write {fn}(field).")
        return "integer"
    if fn in ("count", "count_distinct"):
        return "integer"
    if fn in ("min", "max"):
        if argument.type == "boolean":
            raise place.error(f"{fn} cannot order what is true or false")
        return argument.type
    need_number(argument, fn, place)
    return argument.type if fn == "sum" else "float"
