"""Changes of a query that edits make: a condition replaced or dropped, a filter set, another span or grouping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle_kit.errors import EditRefused
from oracle_kit.query import (
    And,
    Dimension,
    Having,
    Measure,
    Not,
    Or,
    Order,
    Predicate,
    Query,
    Related,
    Term,
    Where,
    Window,
    conjunction,
)

Change = Callable[[Where], Where | None]  # of one condition: what stands for it; None where it is dropped


def where_changed(query: Query, change: Change) -> Query:
    """The query with its conditions changed, also those of its measures; the same query where none is."""
    where = _walked(query.where, change)
    measures = tuple(_measure(one, change) for one in query.measures)
    if where == query.where and measures == query.measures:
        return query
    return query.model_copy(update={"where": where, "measures": measures})


def filtered(query: Query, condition: Predicate) -> Query:
    """The query with the condition in place of those that it has on the same field."""
    parts = query.where.parts if isinstance(query.where, And) else (query.where,)
    kept = [part for part in parts if part is not None and _tested(part) != condition.field]
    return query.model_copy(update={"where": conjunction(*kept, condition)})


def having_changed(query: Query, old: Having, new: Having | None) -> Query:
    """The query with one bound on a measure replaced, or dropped where there is no new one."""
    if old not in query.having:
        return query
    changed = tuple(new if one == old else one for one in query.having)
    return query.model_copy(update={"having": tuple(one for one in changed if one is not None)})


def spanned(queries: dict[str, Query], window: Window | None) -> dict[str, Query]:
    """The named queries with another span: those that had the main one's follow, what it was compared with goes."""
    main = queries["main"]
    if main.periods:
        raise EditRefused("the block sets spans side by side.", hint="Ask for other spans in a prompt.")
    changes = {"window": window}
    kept = {
        name: query
        for name, query in queries.items()
        if name in ("main", "trend") or query.window == main.window
    }
    return {
        name: query.model_copy(update=changes) if name == "main" or query.window == main.window else query
        for name, query in kept.items()
        if name != "compare"
    }


def grouped(query: Query, dimensions: tuple[Dimension, ...]) -> Query:
    """The query grouped so; a list of rows becomes a count of them."""
    measures = query.measures or (Measure(fn="count"),)
    changes: dict[str, Any] = {"dimensions": dimensions, "columns": (), "measures": measures}
    shown = {one.alias for one in measures}
    order = tuple(one for one in query.order if one.by in shown) if not query.columns else ()
    timed = next((one for one in dimensions if one.grain), None)
    if timed is not None:
        order = (Order(by=timed.alias),)
    elif dimensions and not order:
        order = (Order(by=measures[0].alias, descending=True),)
    keeps_limit = bool(dimensions) and timed is None and not query.columns
    changes |= {"order": order if dimensions else (), "limit": query.limit if keeps_limit else None}
    if not dimensions:
        changes |= {"others": False, "share": False, "running": False, "having": ()}
    return query.model_copy(update=changes)


def ungrouped(query: Query, field: str) -> tuple[Dimension, ...]:
    """The query's grouping without the field."""
    return tuple(one for one in query.dimensions if one.field != field)


def is_condition(part: Where, field: str, op: str, values: tuple[Any, ...]) -> bool:
    """Whether the part compares the field so, or, for a `term`, is the term or relation of that name."""
    if op == "term":
        return (isinstance(part, Term) and part.name == field) or (
            isinstance(part, Related) and part.relation == field
        )
    return isinstance(part, Predicate) and (part.field, part.op, part.values) == (field, op, values)


def _walked(where: Where | None, change: Change) -> Where | None:
    if where is None:
        return None
    changed = change(where)
    if changed is not where:
        return changed
    if isinstance(where, Not):
        inner = _walked(where.part, change)
        return None if inner is None else where if inner is where.part else Not(part=inner)
    if isinstance(where, And | Or):
        return _joined(where, change)
    return where


def _joined(where: And | Or, change: Change) -> Where | None:
    """The parts changed and joined again; one that is left stands alone."""
    parts = tuple(part for one in where.parts if (part := _walked(one, change)) is not None)
    if parts == where.parts:
        return where
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(parts=parts) if isinstance(where, And) else Or(parts=parts)


def _measure(measure: Measure, change: Change) -> Measure:
    where = _walked(measure.where, change)
    return measure if where == measure.where else measure.model_copy(update={"where": where})


def _tested(part: Where) -> str | None:
    """The field that a condition tests, alone or negated."""
    inner = part.part if isinstance(part, Not) else part
    return inner.field if isinstance(inner, Predicate) else None
