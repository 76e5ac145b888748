"""A reading as steps: the block kind of its shape and its named queries."""

from __future__ import annotations

from oracle_kit.language.reading import Reading
from oracle_kit.language.shaping import LIST_LIMIT
from oracle_kit.model import Kind, Step
from oracle_kit.query import And, Predicate, Query, Window
from oracle_kit.windows import Clock, bind, previous

_KINDS: dict[str, Kind] = {
    "number": "kpi_tile",
    "breakdown": "bar_chart",
    "share": "bar_chart",
    "trend": "line_chart",
    "list": "table",
    "comparison": "comparison",
    "funnel": "bar_chart",
    "map": "bar_chart",
    "board": "bar_chart",
    "timeline": "table",
    "activity": "table",
}
_NEEDS_GROUPS = ("bar_chart", "line_chart", "comparison")
MOST_GROUPS_DRAWN = 2
MOST_COMPARED = 6


def plain_step(reading: Reading, clock: Clock) -> Step:
    """The block that answers exactly the reading, without a template."""
    kind = kind_of(reading)
    query = limited(reading.query)
    queries = {"main": query}
    before = window_before(query.window, clock) if query.window is not None else None
    if kind == "kpi_tile" and before is not None and not query.periods:
        queries["compare"] = query.model_copy(update={"window": before})
    return Step(
        kind=kind,
        title=reading.title,
        queries=queries,
        width=4 if kind == "kpi_tile" else 12,
        chips=reading.chips,
    )


def window_before(window: Window, clock: Clock) -> Window | None:
    """What a window is compared with: the one before, or of a running one the same part; else None."""
    bounds = bind(window, clock)
    if bounds.start is None or bounds.end is None:
        return None
    if not bounds.incomplete:
        return previous(window, clock)
    if window.form != "calendar" or window.offset != 0 or window.count != 1 or window.unit == "day":
        return None
    text = f"the same part of the {window.unit} before"
    return window.model_copy(update={"form": "to_date", "offset": -1, "text": text})


def limited(query: Query) -> Query:
    """A list without a limit shows its first rows; groups are never cut unless asked."""
    if query.columns and query.limit is None:
        return query.model_copy(update={"limit": LIST_LIMIT})
    return query


def kind_of(reading: Reading) -> Kind:
    """The kind that suits the shape, or the one that was asked for if the query can fill it."""
    query = reading.query
    kind = _KINDS[reading.shape]
    if query.columns or reading.kind == "table" or len(query.dimensions) > MOST_GROUPS_DRAWN:
        return "table"
    if not query.dimensions:
        one = len(query.measures) == 1
        return "comparison" if query.periods else "kpi_tile" if one else "table"
    if query.periods:
        return "table"
    if reading.kind in _NEEDS_GROUPS:
        kind = reading.kind  # type: ignore[assignment]  # the speech's names of kinds are the kinds
    if kind == "comparison" and not _few_subjects(query):
        return "bar_chart"
    if kind == "line_chart" and not any(d.grain for d in query.dimensions):
        return "bar_chart"
    return kind


def _few_subjects(query: Query) -> bool:
    """Whether two to six named subjects stand side by side."""
    if len(query.dimensions) != 1:
        return False
    parts = query.where.parts if isinstance(query.where, And) else (query.where,)
    field = query.dimensions[0].field
    named = [p for p in parts if isinstance(p, Predicate) and p.field == field and p.op == "in"]
    return any(2 <= len(p.values) <= MOST_COMPARED for p in named)
