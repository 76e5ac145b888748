"""Expressions of content, read by a parser library into a typed tree; never passed on as text.

A row expression is a value or a truth of one row: `price / area`, `done_at is null and due_at < now`. A
measure is a number of many rows: `count() where a = 1 / count()`; its `where` belongs to the aggregate
before it and binds tighter than the arithmetic between aggregates, so this is a ratio of two counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, get_args

from lark import Token, Tree

from oracle_kit.datasets import typing_rules as rules
from oracle_kit.datasets.grammar import Place, read
from oracle_kit.datasets.tree import (
    Aggregate,
    Among,
    Arithmetic,
    Attribute,
    Between,
    Bucket,
    Comparison,
    Constant,
    DaysBetween,
    Every,
    FieldRef,
    Node,
    Now,
    NullTest,
    Opposite,
    Some,
    TermRef,
)
from oracle_kit.errors import did_you_mean
from oracle_kit.query import Aggregation, Scalar
from oracle_kit.words import FieldType

FUNCTIONS = ("days_between", "bucket")
AGGREGATES: tuple[str, ...] = get_args(Aggregation)
COMPARE: Mapping[str, Any] = {"=": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "null", "between", "where", "true", "false", "now", "viewer"}
)


@dataclass(frozen=True)
class KnownField:
    """What an expression may know of a field: type, unit, and the values it can have where declared."""

    type: FieldType
    unit: str | None = None
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Names:
    """The names that an expression may use; `viewer.<attribute>` only where `viewer` is true."""

    fields: Mapping[str, KnownField] = field(default_factory=dict)
    terms: frozenset[str] = frozenset()
    viewer: bool = False


def parse_row(text: str, names: Names, place: Place) -> Node:
    """The typed tree of a row expression; ExpressionError says where and what is nearest."""
    return _Typer(names, place).node(read(text, "row", place))


def parse_truth(text: str, names: Names, place: Place) -> Node:
    """The typed tree of a row expression that is true or false for a row."""
    node = parse_row(text, names, place)
    if node.type != "boolean":
        raise place.error(f"{text!r} is {rules.a(node.type)}, not a condition", "Compare it with something.")
    return node


def parse_measure(text: str, names: Names, place: Place) -> Node:
    """The typed tree of a measure: numbers and aggregates joined by arithmetic."""
    node = _Typer(names, place).node(read(text, "measure", place))
    if isinstance(node, Constant):
        raise place.error(
            f"{text!r} has no aggregate", "A measure is made of count(), sum(...) and the like."
        )
    return node


class _Typer:
    """Turns the parser's tree into typed nodes."""

    def __init__(self, names: Names, place: Place) -> None:
        self.names, self.place = names, place

    def node(self, tree: Any) -> Node:
        rule: Callable[..., Node] = getattr(self, f"_{tree.data}")
        return rule(*tree.children)

    def nodes(self, trees: tuple[Any, ...]) -> tuple[Node, ...]:
        return tuple(self.node(tree) for tree in trees)

    # values

    def _number(self, token: Token) -> Node:
        digits = token.replace("_", "")
        return Constant(Decimal(digits), "decimal") if "." in digits else Constant(int(digits), "integer")

    def _string(self, token: Token) -> Node:
        quote = token[0]
        return Constant(str(token[1:-1]).replace(quote * 2, quote), "text")

    def _true(self) -> Node:
        return Constant(True, "boolean")

    def _false(self) -> Node:
        return Constant(False, "boolean")

    def _now(self) -> Node:
        return Now()

    def _name(self, token: Token) -> Node:
        name = str(token)
        if name in self.names.fields:
            known = self.names.fields[name]
            return FieldRef(name, known.type, known.unit)
        if name in self.names.terms:
            return TermRef(name)
        hint = did_you_mean(name, [*self.names.fields, *self.names.terms])
        raise self.place.error(f"there is no field or term {name!r}", hint)

    def _attribute(self, token: Token) -> Node:
        if not self.names.viewer:
            raise self.place.error("`viewer` stands only in the row filters of a policy")
        return Attribute(str(token), "text")

    # arithmetic

    def _add(self, left: Any, right: Any) -> Node:
        return self._arithmetic("+", left, right)

    def _sub(self, left: Any, right: Any) -> Node:
        return self._arithmetic("-", left, right)

    def _mul(self, left: Any, right: Any) -> Node:
        return self._arithmetic("*", left, right)

    def _div(self, left: Any, right: Any) -> Node:
        return self._arithmetic("/", left, right)

    def _arithmetic(self, operator: Any, left: Any, right: Any) -> Node:
        first, second = self.node(left), self.node(right)
        type_ = rules.arithmetic_type(operator, first, second, self.place)
        return Arithmetic(
            operator, first, second, type_, rules.arithmetic_unit(operator, first, second, self.place)
        )

    def _negative(self, part: Any) -> Node:
        node = self.node(part)
        rules.need_number(node, "-", self.place)
        if isinstance(node, Constant) and isinstance(node.value, int | Decimal):
            return Constant(-node.value, node.type, node.unit)
        return Arithmetic("-", Constant(0, "integer"), node, node.type, node.unit)

    # conditions

    def _compare(self, left: Any, operator: Token, right: Any) -> Node:
        first, second = self._alike(self.node(left), self.node(right))
        if first.type == "boolean" and COMPARE[operator] not in ("eq", "ne"):
            raise self.place.error(f"{operator} cannot order what is true or false", "Use = or !=.")
        return Comparison(COMPARE[operator], first, second)

    def _among(self, item: Any, options: Any, negated: bool = False) -> Node:
        first = self.node(item)
        pairs = [self._alike(first, self.node(option)) for option in options.children]
        return Among(pairs[0][0], tuple(option for _, option in pairs), negated)

    def _not_among(self, item: Any, options: Any) -> Node:
        return self._among(item, options, negated=True)

    def _between(self, item: Any, low: Any, high: Any) -> Node:
        first, bottom = self._alike(self.node(item), self.node(low))
        _, top = self._alike(first, self.node(high))
        return Between(first, bottom, top)

    def _is_null(self, item: Any) -> Node:
        return NullTest(self.node(item))

    def _not_null(self, item: Any) -> Node:
        return NullTest(self.node(item), negated=True)

    def _opposite(self, part: Any) -> Node:
        return Opposite(self._truth(part))

    def _conjunction(self, *parts: Any) -> Node:
        return Every(tuple(self._truth(part) for part in parts))

    def _disjunction(self, *parts: Any) -> Node:
        return Some(tuple(self._truth(part) for part in parts))

    def _truth(self, part: Any) -> Node:
        node = self.node(part)
        if node.type != "boolean":
            raise self.place.error(
                f"{rules.a(node.type)} stands where a condition is expected", "Compare it with something."
            )
        return node

    def _alike(self, left: Node, right: Node) -> tuple[Node, Node]:
        left, right = rules.alike(left, right, self.place)
        self._known_value(left, right)
        self._known_value(right, left)
        return left, right

    def _known_value(self, item: Node, option: Node) -> None:
        """A value that a field with declared values cannot have is a slip of the pen."""
        if not (isinstance(item, FieldRef) and isinstance(option, Constant)):
            return
        values = self.names.fields[item.name].values
        if values and option.value not in values:
            hint = did_you_mean(str(option.value), [str(value) for value in values])
            raise self.place.error(f"{item.name} is never {option.value!r}", hint)

    # calls

    def _call(self, name: Token, *arguments: Any) -> Node:
        if name == "days_between":
            return self._days_between(self.nodes(arguments))
        if name == "bucket":
            return self._bucket(self.nodes(arguments))
        if name in AGGREGATES:
            raise self.place.error(
                f"{name}() counts over many rows; it cannot stand in an expression of one row"
            )
        raise self.place.error(f"there is no function {str(name)!r}", did_you_mean(str(name), FUNCTIONS))

    def _days_between(self, arguments: tuple[Node, ...]) -> Node:
        if len(arguments) != 2:
            raise self.place.error("days_between takes a start and an end")
        start, end = (rules.as_time(argument, self.place) for argument in arguments)
        whole = start.type == end.type == "date"
        return DaysBetween(start, end, "integer" if whole else "float")

    def _bucket(self, arguments: tuple[Node, ...]) -> Node:
        if len(arguments) < 2:
            raise self.place.error("bucket takes a number and a size, or a number and its edges")
        item, *edges = arguments
        rules.need_number(item, "bucket", self.place)
        numbers = tuple(edge for edge in edges if isinstance(edge, Constant) and edge.type in rules.NUMBERS)
        values = [rules.number(edge) for edge in numbers]
        if (
            len(numbers) != len(edges)
            or values != sorted(set(values))
            or (len(values) == 1 and values[0] <= 0)
        ):
            raise self.place.error(
                "the edges of a bucket are rising numbers; a single one is a size above zero"
            )
        return Bucket(item, numbers, rules.widest(item, *numbers), item.unit)

    def _aggregate(self, name: Token, *parts: Any) -> Node:
        if name not in AGGREGATES:
            raise self.place.error(
                f"there is no aggregate {str(name)!r}", did_you_mean(str(name), AGGREGATES)
            )
        fn: Any = str(name)
        filters = [part for part in parts if isinstance(part, Tree) and part.data == "filter"]
        arguments = [self.node(part) for part in parts if part not in filters]
        where = self._truth(filters[0].children[0]) if filters else None
        return aggregate(fn, arguments[0] if arguments else None, where, self.place)


def aggregate(fn: Aggregation, argument: Node | None, where: Node | None, place: Place) -> Aggregate:
    """The typed aggregate; ExpressionError when the argument is missing or does not fit."""
    type_ = rules.aggregate_type(fn, argument, place)
    unit = argument.unit if argument is not None and not fn.startswith("count") else None
    return Aggregate(fn, argument, where, type_, unit)


__all__ = ["KnownField", "Names", "Place", "aggregate", "parse_measure", "parse_row", "parse_truth"]
