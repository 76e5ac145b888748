"""Titles that say what a query shows, in the words of content and of the prompt, never with a
row's values."""

from __future__ import annotations

from oracle_kit.query import (
    And,
    Having,
    Measure,
    Not,
    Or,
    Predicate,
    Query,
    Related,
    Scalar,
    Term,
    Where,
    conjunction,
)
from oracle_kit.words import DatasetWords, FieldWords, within

_SIGNS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "eq": "", "ne": "not"}
_AGGREGATES = {
    "avg": "Average",
    "sum": "Total",
    "min": "Lowest",
    "max": "Highest",
    "median": "Median",
    "count": "Number of",
    "count_distinct": "Number of different",
}
MOST_NAMED = 4


def title_of(query: Query, words: DatasetWords, own: Scalar = None) -> str:
    """The title of a query: what is measured or listed, by what, of which rows, when; `own` is the
    reader's owner id."""
    groups = " and ".join(_group(query, words, at) for at in range(len(query.dimensions)))
    subject = _subject(query, words)
    mine = Predicate(field=words.owner, op="eq", values=(own,)) if words.owner and own is not None else None
    filters = ["your own"] if mine is not None and mine in parts_of(query.where) else []
    grouped = [Predicate(field=d.field, op="not_null") for d in query.dimensions]
    filters += describe(
        conjunction(*(p for p in parts_of(query.where) if p != mine and p not in grouped)), words
    )
    filters += [*(_having(h, words) for h in query.having)]
    windows = query.periods or ((query.window,) if query.window is not None else ())
    when = " vs ".join(window.text for window in windows if window.text)
    tail = ", ".join(part for part in (*filters, when) if part)
    head = f"{subject} by {groups}" if groups else subject
    return f"{head}: {tail}" if tail else head


def parts_of(where: Where | None) -> tuple[Where, ...]:
    """The conditions of a filter that must all hold."""
    if where is None:
        return ()
    return where.parts if isinstance(where, And) else (where,)


def measure_label(measure: Measure, words: DatasetWords) -> str:
    """How a person reads a measure."""
    if measure.label:
        return measure.label
    if measure.name:
        return next((m.label for m in words.measures if m.name == measure.name), measure.name)
    if measure.field is None:
        return f"Number of {within(words.title)}"
    return f"{_AGGREGATES[str(measure.fn)]} {within(_field(words, measure.field).label)}"


def describe(where: Where | None, words: DatasetWords) -> list[str]:
    """A filter in a few words each part."""
    if where is None:
        return []
    if isinstance(where, And) and not _time_span(where, words):
        return [label for part in where.parts for label in describe(part, words)]
    return [_described(where, words)]


def _described(where: Where, words: DatasetWords) -> str:
    if isinstance(where, Predicate):
        return _predicate(where, words)
    if isinstance(where, Term):
        return next((t.label for t in words.terms if t.name == where.name), where.name)
    if isinstance(where, Related):
        return _related(where)
    if isinstance(where, Not):
        return "not " + " and ".join(describe(where.part, words))
    if isinstance(where, And) and (span := _time_span(where, words)):
        return span
    joint = " or " if isinstance(where, Or) else " and "
    return joint.join(" and ".join(describe(part, words)) for part in where.parts)


def _predicate(where: Predicate, words: DatasetWords) -> str:
    field = _field(words, where.field)
    if where.op == "is_null":
        return f"no {within(field.label)}"
    if where.op == "not_null":
        return f"with {within(field.label)}"
    if where.op == "between":
        return f"{field.label} {_value(field, where.values[0])} to {_value(field, where.values[1])}"
    if where.op in ("in", "not_in"):
        named = [_value(field, value) for value in where.values[:MOST_NAMED]]
        more = " or others" if len(where.values) > MOST_NAMED else ""
        return ("not " if where.op == "not_in" else "") + " or ".join(named) + more
    value = _value(field, where.values[0])
    if isinstance(where.values[0], bool):
        return field.label if (where.op == "eq") == where.values[0] else f"not {within(field.label)}"
    plain = where.op in ("eq", "ne") and field.role != "number"
    return f"{'' if plain else field.label + ' '}{_SIGNS[where.op]} {value}".replace("  ", " ").strip()


def _time_span(where: And, words: DatasetWords) -> str:
    """Two bounds of one time field as a span of days; empty for anything else."""
    if len(where.parts) != 2:
        return ""
    low, high = where.parts
    if not (isinstance(low, Predicate) and isinstance(high, Predicate) and low.field == high.field):
        return ""
    field = _field(words, low.field)
    if field.role != "time":
        return ""
    return f"{field.label} {_value(field, low.values[0])} to before {_value(field, high.values[0])}"


def _related(where: Related) -> str:
    name = where.relation.replace("_", " ")
    if where.op == "eq" and where.count == 0:
        label = f"without {name}"
    elif where.op == "ge" and where.count == 1:
        label = f"with {name}"
    else:
        label = f"with {_SIGNS[where.op]} {where.count} {name}".replace("  ", " ")
    return f"{label} {where.window.text}" if where.window is not None and where.window.text else label


def _having(having: Having, words: DatasetWords) -> str:
    names = {m.name: m.label for m in words.measures}
    label = names.get(having.measure, words.title if having.measure == "count" else having.measure)
    sign = "between" if having.op == "between" else _SIGNS[having.op]
    unit = next((m.unit for m in words.measures if m.name == having.measure), None)
    return f"{sign} {' and '.join(_bound(v, unit) for v in having.values)} {label.lower()}".strip()


def _bound(value: Scalar, unit: str | None) -> str:
    if isinstance(value, (int, float)):
        return f"{value * 100:g}%" if unit in ("percent", "fraction") else f"{value:,}"
    return str(value)


def _value(field: FieldWords, value: Scalar) -> str:
    if field.role == "time":
        return str(value)[:10]
    if isinstance(value, (int, float)) and field.role == "number":
        return f"{value:,}"
    return next((v.label or str(v.value) for v in field.values if v.value == value), str(value))


def _field(words: DatasetWords, name: str) -> FieldWords:
    return next(f for f in words.fields if f.name == name)


def _subject(query: Query, words: DatasetWords) -> str:
    if query.columns:
        return words.title
    names = " and ".join(measure_label(m, words) for m in query.measures) or words.title
    return f"{names}, share of total" if query.share else names


def _group(query: Query, words: DatasetWords, at: int) -> str:
    dimension = query.dimensions[at]
    return dimension.grain or _field(words, dimension.field).label.lower()
