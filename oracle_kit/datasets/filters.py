"""Filters written in content, as the predicates and terms that a Query is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle_kit.datasets import tree
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.expression import Place, parse_truth
from oracle_kit.datasets.load import names_of
from oracle_kit.datasets.tree import Node
from oracle_kit.query import And, Not, Or, Predicate, Scalar, Term, Where

_SWAPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


def parse_where(text: str, dataset: Dataset, place: Place | None = None) -> Where:
    """The filter that the text says: fields compared with values, terms, and/or/not.

    ExpressionError for whatever else an expression may hold (now, arithmetic, two fields compared): such a
    filter is a glossary term of the dataset, and named here.
    """
    where = place or Place(field=text)
    node = parse_truth(text, names_of(dataset.file), where)
    found = as_where(node)
    if found is None:
        hint = f"Make it a glossary term of {dataset.id} and name the term here."
        raise where.error(f"{text!r} is more than fields compared with values", hint)
    return found


def as_where(node: Node) -> Where | None:
    """The tree as predicates and terms; None when it holds more than they can say."""
    read = _READERS.get(type(node))
    return read(node) if read is not None else None


def _name(node: Node) -> str | None:
    return node.name if isinstance(node, tree.FieldRef) else None


def _scalar(node: Node) -> Scalar:
    """A constant as a JSON scalar; None when the node is none."""
    if not isinstance(node, tree.Constant):
        return None
    if isinstance(node.value, bool | int | str):
        return node.value
    return node.value.isoformat() if hasattr(node.value, "isoformat") else str(node.value)


def _comparison(node: tree.Comparison) -> Where | None:
    field, value, operator = _name(node.left), _scalar(node.right), node.operator
    if field is None:
        field, value, operator = _name(node.right), _scalar(node.left), _SWAPPED[node.operator]  # type: ignore[assignment]  # of the same kind
    if field is None or value is None:
        return None
    return Predicate(field=field, op=operator, values=(value,))


def _among(node: tree.Among) -> Where | None:
    field, values = _name(node.item), tuple(_scalar(option) for option in node.options)
    if field is None or None in values:
        return None
    return Predicate(field=field, op="not_in" if node.negated else "in", values=values)


def _between(node: tree.Between) -> Where | None:
    field, values = _name(node.item), (_scalar(node.low), _scalar(node.high))
    return None if field is None or None in values else Predicate(field=field, op="between", values=values)


def _null_test(node: tree.NullTest) -> Where | None:
    field = _name(node.item)
    return None if field is None else Predicate(field=field, op="not_null" if node.negated else "is_null")


def _boolean_field(node: tree.FieldRef) -> Where | None:
    return Predicate(field=node.name, op="eq", values=(True,))


def _joined(node: tree.Every | tree.Some) -> Where | None:
    parts = tuple(as_where(part) for part in node.parts)
    kept = tuple(part for part in parts if part is not None)
    if len(kept) < len(parts):
        return None
    return And(parts=kept) if isinstance(node, tree.Every) else Or(parts=kept)


def _opposite(node: tree.Opposite) -> Where | None:
    part = as_where(node.part)
    return None if part is None else Not(part=part)


_READERS: dict[type, Callable[[Any], Where | None]] = {
    tree.Comparison: _comparison,
    tree.Among: _among,
    tree.Between: _between,
    tree.NullTest: _null_test,
    tree.FieldRef: _boolean_field,
    tree.TermRef: lambda node: Term(name=node.name),
    tree.Every: _joined,
    tree.Some: _joined,
    tree.Opposite: _opposite,
}
