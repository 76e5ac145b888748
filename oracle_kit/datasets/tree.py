"""The typed tree that an expression of content becomes; every node knows its type and unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from oracle_kit.query import Aggregation
from oracle_kit.words import FieldType

Plain = bool | int | Decimal | str | date | datetime
ArithmeticOperator = Literal["+", "-", "*", "/"]
CompareOperator = Literal["eq", "ne", "lt", "le", "gt", "ge"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in content."""

    value: Plain
    type: FieldType
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of the dataset, by name."""

    name: str
    type: FieldType
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TermRef:
    """A glossary term of the dataset, true or false for a row."""

    name: str
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """The reading of the warehouse clock."""

    type: FieldType = "timestamp"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the viewer, typed by what it is compared with."""

    name: str
    type: FieldType
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left` and `right` added, subtracted, multiplied or divided; a division by zero is null."""

    operator: ArithmeticOperator
    left: Node
    right: Node
    type: FieldType
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left` compared with `right`."""

    operator: CompareOperator
    left: Node
    right: Node
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """`item` is one of `options`, or none of them."""

    item: Node
    options: tuple[Node, ...]
    negated: bool = False
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """`item` from `low` to `high`, both included."""

    item: Node
    low: Node
    high: Node
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class NullTest:
    """`item` is null, or is not."""

    item: Node
    negated: bool = False
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Node, ...]
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Some:
    """Any part holds."""

    parts: tuple[Node, ...]
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Opposite:
    """The part does not hold; where it is unknown it does not hold."""

    part: Node
    type: FieldType = "boolean"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """Days from `start` to `end`, with their fraction unless both are dates; negative backwards."""

    start: Node
    end: Node
    type: FieldType
    unit: str | None = "day"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The lower edge of the band that `item` falls in: every `edges[0]`, or between the given edges."""

    item: Node
    edges: tuple[Constant, ...]
    type: FieldType
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate over the rows for which `where` holds."""

    fn: Aggregation
    argument: Node | None
    where: Node | None
    type: FieldType
    unit: str | None = None


Node = (
    Constant
    | FieldRef
    | TermRef
    | Now
    | Attribute
    | Arithmetic
    | Comparison
    | Among
    | Between
    | NullTest
    | Every
    | Some
    | Opposite
    | DaysBetween
    | Bucket
    | Aggregate
)


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it."""
    yield node
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part):
                yield from walk(part)  # type: ignore[arg-type]  # the dataclasses below a node are nodes


def names(node: Node | None) -> tuple[set[str], set[str]]:
    """The fields and the terms that the tree names itself."""
    nodes = list(walk(node)) if node is not None else []
    found = {part.name for part in nodes if isinstance(part, FieldRef)}
    return found, {part.name for part in nodes if isinstance(part, TermRef)}
