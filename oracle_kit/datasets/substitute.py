"""Trees with the viewer's attributes bound, and their canonical spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from oracle_kit.datasets import tree
from oracle_kit.datasets.coerce import plain_value
from oracle_kit.datasets.tree import Attribute, Constant, Node
from oracle_kit.query import Scalar


def bind_attributes(node: Node, attributes: Mapping[str, Scalar]) -> Node:
    """The tree with every `viewer.<attribute>` replaced by its value, read as what it is compared with."""
    if isinstance(node, Attribute):
        return Constant(plain_value(attributes[node.name], node.type), node.type)
    changed: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            changed[field.name] = tuple(bind_attributes(part, attributes) for part in value)
        elif isinstance(value, Node):
            changed[field.name] = bind_attributes(value, attributes)
    return replace(node, **changed) if changed else node


_SIGNS = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def spelled(node: Node) -> str:
    """The tree as canonical expression text: equal trees, equal text."""
    return str(_SPELLERS[type(node)](node))


def _several(nodes: tuple[Node, ...], between: str) -> str:
    return between.join(spelled(node) for node in nodes)


def _constant(node: Constant) -> str:
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if isinstance(node.value, int):
        return str(node.value)
    if node.type in ("integer", "decimal", "float"):
        return f"{node.value}"
    text = node.value.isoformat() if not isinstance(node.value, str) else node.value  # type: ignore[union-attr]  # dates
    return "'" + text.replace("'", "''") + "'"


def _aggregate(node: tree.Aggregate) -> str:
    inner = spelled(node.argument) if node.argument is not None else ""
    where = f" where ({spelled(node.where)})" if node.where is not None else ""
    return f"{node.fn}({inner}){where}"


_SPELLERS: dict[type, Any] = {
    Constant: _constant,
    tree.FieldRef: lambda node: node.name,
    tree.TermRef: lambda node: node.name,
    tree.Now: lambda node: "now",
    Attribute: lambda node: f"viewer.{node.name}",
    tree.Arithmetic: lambda node: f"({spelled(node.left)} {node.operator} {spelled(node.right)})",
    tree.Comparison: lambda node: f"{spelled(node.left)} {_SIGNS[node.operator]} {spelled(node.right)}",
    tree.Among: lambda node: (
        f"{spelled(node.item)}{' not' if node.negated else ''} in ({_several(node.options, ', ')})"
    ),
    tree.Between: lambda node: f"{spelled(node.item)} between {spelled(node.low)} and {spelled(node.high)}",
    tree.NullTest: lambda node: f"{spelled(node.item)} is {'not ' if node.negated else ''}null",
    tree.Every: lambda node: f"({_several(node.parts, ' and ')})",
    tree.Some: lambda node: f"({_several(node.parts, ' or ')})",
    tree.Opposite: lambda node: f"not ({spelled(node.part)})",
    tree.DaysBetween: lambda node: f"days_between({spelled(node.start)}, {spelled(node.end)})",
    tree.Bucket: lambda node: f"bucket({spelled(node.item)}, {_several(node.edges, ', ')})",
    tree.Aggregate: _aggregate,
}
