"""Typed trees become SQLAlchemy expressions; every value is a bound parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets import tree
from oracle_kit.datasets.constructs import (
    EXACT,
    SQL_TYPES,
    Expression,
    by_bytes,
    double,
    epoch,
    exact,
    lower_middle,
    quotient,
    truth,
    upper_middle,
)
from oracle_kit.datasets.moments import NOW
from oracle_kit.datasets.tree import Node
from oracle_kit.words import FieldType


@dataclass(frozen=True)
class Reading:
    """Where a tree's names come from: a field's or a term's expression, and the clock."""

    field: Callable[[str], Expression]
    term: Callable[[str], Expression]
    now: datetime


def bound(value: Any, type_: FieldType) -> Expression:
    """A bound parameter of the type; numbers of several kinds bind as what they are."""
    if isinstance(value, float):
        return sa.bindparam(None, value, type_=SQL_TYPES["float"])
    exact: FieldType = (
        "decimal" if type_ in ("integer", "decimal", "float") and not isinstance(value, int) else type_
    )
    if isinstance(value, int) and not isinstance(value, bool):
        exact = "integer" if -(2**63) <= value < 2**63 else "decimal"
    return sa.bindparam(None, value, type_=SQL_TYPES[exact])


def render(node: Node, reading: Reading) -> Expression:
    """The expression of a row tree."""
    return _RENDERERS[type(node)](node, reading)


def _constant(node: tree.Constant, reading: Reading) -> Expression:
    return bound(node.value, node.type)


def _now(node: tree.Now, reading: Reading) -> Expression:
    return sa.bindparam(NOW, reading.now, type_=SQL_TYPES["timestamp"])


def _arithmetic(node: tree.Arithmetic, reading: Reading) -> Expression:
    left, right = render(node.left, reading), render(node.right, reading)
    return calculate(node, left, right)


def calculate(node: tree.Arithmetic, left: Expression, right: Expression) -> Expression:
    """Both sides joined by the operator: a division is a double or null, a float side makes both doubles."""
    if node.operator == "/":
        return quotient(left, right)
    if node.type == "float":
        left, right = double(left), double(right)
    joined = {"+": left.__add__, "-": left.__sub__, "*": left.__mul__}[node.operator](right)
    return sa.type_coerce(joined, SQL_TYPES[node.type])


def compare(operator: str, left: Expression, right: Expression, type_: FieldType) -> Expression:
    """The comparison; text is ordered byte by byte."""
    if type_ == "text" and operator not in ("eq", "ne"):
        left = by_bytes(left)
    return _COMPARE[operator](left, right)


_COMPARE: dict[str, Callable[[Expression, Expression], Expression]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
}


def _comparison(node: tree.Comparison, reading: Reading) -> Expression:
    return compare(node.operator, render(node.left, reading), render(node.right, reading), node.left.type)


def _among(node: tree.Among, reading: Reading) -> Expression:
    item = render(node.item, reading)
    if all(isinstance(option, tree.Constant) for option in node.options):
        options = [option.value for option in node.options if isinstance(option, tree.Constant)]
        listed = one_of(item, options, node.item.type)
    else:
        listed = sa.or_(*(item == render(option, reading) for option in node.options))
    return sa.not_(listed) if node.negated else listed


def one_of(item: Expression, values: list[Any], type_: FieldType) -> Expression:
    """Whether the item is one of the values; a fraction is no whole number, so it drops out."""
    fitting = [value for value in values if type_ != "integer" or isinstance(value, int)]
    return item.in_(sa.bindparam(None, fitting, type_=SQL_TYPES[type_], expanding=True))


def _between(node: tree.Between, reading: Reading) -> Expression:
    low = compare("ge", render(node.item, reading), render(node.low, reading), node.item.type)
    return sa.and_(low, compare("le", render(node.item, reading), render(node.high, reading), node.item.type))


def _null_test(node: tree.NullTest, reading: Reading) -> Expression:
    item = render(node.item, reading)
    return item.is_not(None) if node.negated else item.is_(None)


def _every(node: tree.Every, reading: Reading) -> Expression:
    return sa.and_(*(render(part, reading) for part in node.parts))


def _some(node: tree.Some, reading: Reading) -> Expression:
    return sa.or_(*(render(part, reading) for part in node.parts))


def _opposite(node: tree.Opposite, reading: Reading) -> Expression:
    return sa.not_(truth(render(node.part, reading)))


def _days_between(node: tree.DaysBetween, reading: Reading) -> Expression:
    start, end = render(node.start, reading), render(node.end, reading)
    if node.type == "integer":
        return sa.type_coerce(sa.cast(epoch(end) - epoch(start), sa.BigInteger()) // 86400, sa.BigInteger())
    return (epoch(end) - epoch(start)) / bound(86400.0, "float")


def _bucket(node: tree.Bucket, reading: Reading) -> Expression:
    item, edges = render(node.item, reading), [edge.value for edge in node.edges]
    if len(edges) == 1:
        return bucket(item, edges[0], node.type)
    return banded(item, edges, node.type)


def bucket(item: Expression, size: Any, type_: FieldType) -> Expression:
    """The lower edge of the band of that size that the item falls in."""
    steps = sa.func.floor(quotient(item, bound(size, type_)))
    if type_ == "integer":
        return sa.cast(steps, sa.BigInteger()) * bound(size, type_)
    if type_ == "float":
        return sa.type_coerce(steps * double(bound(size, type_)), sa.Double())
    return sa.cast(sa.cast(steps, EXACT) * bound(size, type_), EXACT)


def banded(item: Expression, edges: list[Any], type_: FieldType) -> Expression:
    """The greatest edge that is not above the item; null below the first."""
    cases = [(item >= bound(edge, type_), bound(edge, type_)) for edge in reversed(edges)]
    return sa.cast(sa.case(*cases), EXACT if type_ == "decimal" else SQL_TYPES[type_])


_RENDERERS: dict[type, Callable[[Any, Reading], Expression]] = {
    tree.Constant: _constant,
    tree.FieldRef: lambda node, reading: reading.field(node.name),
    tree.TermRef: lambda node, reading: reading.term(node.name),
    tree.Now: _now,
    tree.Arithmetic: _arithmetic,
    tree.Comparison: _comparison,
    tree.Among: _among,
    tree.Between: _between,
    tree.NullTest: _null_test,
    tree.Every: _every,
    tree.Some: _some,
    tree.Opposite: _opposite,
    tree.DaysBetween: _days_between,
    tree.Bucket: _bucket,
}


def aggregated(node: tree.Aggregate, argument: Expression | None, where: Expression | None) -> Expression:
    """The aggregate over the rows for which `where` holds."""

    def over(function: Any) -> Expression:
        return function.filter(where) if where is not None else function  # type: ignore[no-any-return]  # sa.func is untyped

    if argument is None:
        return over(sa.func.count())
    if node.fn == "count":
        return over(sa.func.count(argument))
    if node.fn == "count_distinct":
        return over(sa.func.count(sa.distinct(argument)))
    if node.fn in ("min", "max"):
        ordered = by_bytes(argument) if node.type == "text" else argument
        return over(getattr(sa.func, node.fn)(ordered, type_=SQL_TYPES[node.type]))
    if node.fn == "median":
        return quotient(over(lower_middle(argument)) + over(upper_middle(argument)), bound(2, "integer"))
    total = over(sa.func.sum(_exact(argument, node), type_=SQL_TYPES["decimal"]))
    if node.fn == "sum":
        return sa.cast(total, sa.BigInteger()) if node.type == "integer" else total
    return quotient(total, over(sa.func.count(argument)))


def _exact(argument: Expression, node: tree.Aggregate) -> Expression:
    """Floats are summed as decimals, so that the order of rows changes no digit."""
    inner = node.argument.type if node.argument is not None else "integer"
    return exact(argument) if inner == "float" else argument
