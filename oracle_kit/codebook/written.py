"""A Query as a template file writes it: the way back from `named_query`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle_kit.errors import Refused
from oracle_kit.query import And, Dimension, Measure, Not, Or, Order, Predicate, Query, Scalar, Term, Where

_SIGNS = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FLAGS = ("others", "share", "running")
Slots = Mapping[str, str]  # the column that a slot shows, and how the slot is written


def written_query(query: Query, slots: Slots) -> dict[str, Any]:
    """The query as plain data of a template file, without what is as if left out.

    Refused for what a template cannot hold: periods side by side, bounds on groups, measures with a filter of their
    own, rows that are related.
    """
    if query.periods:
        raise _refused("Periods side by side", "A prompt asks for them, and the template answers it.")
    if query.having:
        raise _refused("A bound on a measure of groups", "A prompt asks for it, and the template answers it.")
    where = written_where(query.where) if query.where is not None else None
    window = query.window
    told: dict[str, Any] = {
        "columns": list(query.columns),
        "measures": [slots.get(one.alias) or _measure(one) for one in query.measures],
        "dimensions": [slots.get(one.alias) or _dimension(one) for one in query.dimensions],
        "where": where,
        "window": {"field": window.field, "text": window.text} if window is not None else None,
        "order": [_order(one, slots) for one in query.order],
        "limit": query.limit,
        **{name: getattr(query, name) for name in _FLAGS},
    }
    return {name: value for name, value in told.items() if value}


def written_where(where: Where) -> str:
    """The filter as an expression of the grammar; Refused for related rows."""
    if isinstance(where, Term):
        return where.name
    if isinstance(where, Predicate):
        return _predicate(where)
    if isinstance(where, Not):
        return f"not ({written_where(where.part)})"
    if isinstance(where, And | Or):
        between = " and " if isinstance(where, And) else " or "
        return between.join(_inside(part) for part in where.parts)
    raise _refused("A filter by related rows", "Make it a glossary term of the dataset, and say its words.")


def _inside(part: Where) -> str:
    text = written_where(part)
    return f"({text})" if isinstance(part, And | Or) else text


def _predicate(where: Predicate) -> str:
    field, values = where.field, [_scalar(value) for value in where.values]
    if where.op in _SIGNS:
        return f"{field} {_SIGNS[where.op]} {values[0]}"
    if where.op == "between":
        return f"{field} between {values[0]} and {values[1]}"
    if where.op in ("in", "not_in"):
        return f"{field} {'not ' if where.op == 'not_in' else ''}in ({', '.join(values)})"
    return f"{field} is {'not ' if where.op == 'not_null' else ''}null"


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _measure(measure: Measure) -> str:
    if measure.where is not None or measure.of_all:
        raise _refused("A measure with a filter of its own", "Declare it as a measure of the dataset.")
    return measure.name or f"{measure.fn}({measure.field or ''})"


def _dimension(one: Dimension) -> str:
    if one.size is not None:
        return f"{one.field}:size={_scalar(one.size)}"
    return f"{one.field}:{one.grain}" if one.grain else one.field


def _order(one: Order, slots: Slots) -> str:
    return f"{'-' if one.descending else ''}{slots.get(one.by, one.by)}"


def _refused(what: str, hint: str) -> Refused:
    return Refused(f"{what} cannot stand in a template.", hint=hint)
