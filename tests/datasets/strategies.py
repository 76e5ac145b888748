"""Any Query on the lending library that parses, and some that make no sense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
    Scalar,
    Term,
    Where,
    Window,
)
from tests.datasets import lending
from tests.datasets.shapes import span

MARK = "PROMPT-7261"  # stands in every text that a prompt could have brought
NUMBER = 918273  # likewise in every number
CATALOG = lending.catalog()

TEXTS = st.sampled_from(
    [MARK, f"{MARK}'; DROP TABLE loans; --", f"{MARK}%", "Kolkata", "open", "lost", "east", "2026-02-01", ""]
)
NUMBERS = st.sampled_from([NUMBER, NUMBER + 0.5, 0, -1, 3, 101, 99.5])
HUGE = st.sampled_from([1e300, -(2**70)])
SCALARS: st.SearchStrategy[Scalar] = st.one_of(TEXTS, NUMBERS, HUGE, st.booleans(), st.none())
TIMES = st.sampled_from(["2026-02-01", "2026-02-01T13:00:00", "2025-12-30"])
WINDOWS = [
    span("2026-01-01", "2026-02-01"),
    span("2026-02-01", "2026-02-20", "due_at", MARK),
    span("2026-01-10", "2026-03-01", "borrowed_on"),
    Window(field="due_at", form="rolling", unit="day", offset=-1, count=NUMBER % 1000, text=MARK),
    Window(field="email", form="rolling", unit="day", offset=-1),
]


def _fields(dataset: str, wild: bool = False) -> st.SearchStrategy[str]:
    """Fields that may be used; a wild query takes masked and unknown ones too."""
    known = CATALOG.datasets[dataset]
    plain = [name for name in known.fields if name not in known.restricted]
    return st.sampled_from([*known.fields, "nothing"] if wild else plain)


def _names(known: Any, wild: bool) -> st.SearchStrategy[str]:
    return st.sampled_from([*known, "nothing"] if wild else list(known))


def _fitting(dataset: str, name: str, wild: bool) -> st.SearchStrategy[Scalar]:
    """Values of the field's type; in a wild query any."""
    field = CATALOG.datasets[dataset].fields.get(name)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": TEXTS,
        "boolean": st.booleans(),
        "date": TIMES.map(lambda text: text[:10]),
        "timestamp": TIMES,
    }
    return SCALARS if wild or field is None else kinds.get(field.type, NUMBERS)


@st.composite
def predicates(draw: st.DrawFn, dataset: str, wild: bool) -> Predicate:
    name = draw(_fields(dataset, wild))
    ops = ["eq", "ne", "in", "not_in", "is_null", "not_null"]
    field = CATALOG.datasets[dataset].fields.get(name)
    if wild or (field is not None and field.type != "boolean"):
        ops += ["lt", "le", "gt", "ge", "between"]
    op = draw(st.sampled_from(ops))
    count = {"is_null": 0, "not_null": 0, "between": 2, "in": 3, "not_in": 2}.get(op, 1)
    values = tuple(draw(_fitting(dataset, name, wild)) for _ in range(count))
    return Predicate.model_validate({"field": name, "op": op, "values": values})


@st.composite
def related(draw: st.DrawFn, dataset: str, depth: int, wild: bool) -> Related:
    relations = CATALOG.datasets[dataset].relations
    name = draw(_names(relations, wild))
    target = relations[name].file.dataset if name in relations else dataset
    return Related(
        relation=name,
        where=draw(st.none() | wheres(target, depth - 1, wild)),
        window=draw(st.none() | _windows(wild)),
        op=draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])),
        count=draw(st.sampled_from([0, 1, 2, 9, NUMBER])),
    )


def _windows(wild: bool) -> st.SearchStrategy[Window]:
    return st.sampled_from(WINDOWS if wild else WINDOWS[:-1])


def wheres(dataset: str, depth: int = 2, wild: bool = False) -> st.SearchStrategy[Where]:
    """A filter of the dataset, nested so deep."""
    terms = _names(CATALOG.datasets[dataset].terms, wild).map(lambda name: Term(name=name))
    leaves: st.SearchStrategy[Where] = st.one_of(predicates(dataset, wild), predicates(dataset, wild), terms)
    if depth <= 0:
        return leaves
    inner = st.deferred(lambda: wheres(dataset, depth - 1, wild))
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        leaves,
        parts.map(lambda some: And(parts=some)),
        parts.map(lambda some: Or(parts=some)),
        inner.map(lambda one: Not(part=one)),
        related(dataset, depth, wild),
        related(dataset, depth, wild),
    )


_BY_ROLE = {
    "number": ["count", "count_distinct", "sum", "avg", "min", "max", "median"],
    "id": ["count", "count_distinct", "min", "max"],
}


@st.composite
def measures(draw: st.DrawFn, dataset: str, wild: bool) -> Measure:
    where = draw(st.none() | st.none() | wheres(dataset, 1, wild))
    of_all = where is not None and draw(st.booleans())
    known = CATALOG.datasets[dataset]
    if draw(st.booleans()):
        numbers = [
            name
            for name, one in known.measures.items()
            if wild or one.node.type in ("integer", "decimal", "float")
        ]
        return Measure(name=draw(_names(numbers, wild)), where=where, of_all=of_all)
    field = draw(_fields(dataset, wild))
    role = known.fields[field].role if field in known.fields else "number"
    fns = _BY_ROLE["number"] if wild else _BY_ROLE.get(role, ["count", "count_distinct"])
    return Measure.model_validate(
        {"fn": draw(st.sampled_from(fns)), "field": field, "where": where, "of_all": of_all, "label": MARK}
    )


@st.composite
def dimensions(draw: st.DrawFn, dataset: str, wild: bool) -> Dimension:
    name = draw(_fields(dataset, wild))
    field = CATALOG.datasets[dataset].fields.get(name)
    if field is not None and field.role == "time":
        return Dimension(field=name, grain=draw(st.sampled_from(["day", "week", "month", "quarter", "year"])))
    if field is not None and field.role == "number" and draw(st.booleans()):
        return Dimension(field=name, size=draw(st.sampled_from([1, 50, NUMBER])))
    return Dimension(field=name)


@st.composite
def queries(draw: st.DrawFn, dataset: str | None = None) -> Query:
    """Any query; one in five is wild and mostly refused for one reason or another."""
    name = dataset or draw(st.sampled_from(["desk.loans", "desk.loans", "desk.members"]))
    wild = draw(st.sampled_from([False, False, False, False, True]))
    where = draw(st.none() | wheres(name, 2, wild))
    window = None if name == "desk.members" else draw(st.none() | st.none() | _windows(wild))
    if draw(st.sampled_from([False, False, True])):
        return draw(_lists(name, wild, where, window))
    asked = tuple(
        draw(st.lists(measures(name, wild), min_size=1, max_size=3, unique_by=lambda one: one.alias))
    )
    by = tuple(draw(st.lists(dimensions(name, wild), max_size=2, unique_by=lambda one: one.field)))
    aliases = [one.alias for one in (*asked, *by)]
    orders = tuple(Order(by=one, descending=draw(st.booleans())) for one in aliases if draw(st.booleans()))
    extras = draw(_extras([one.alias for one in asked], bool(by), wild, name))
    return Query(
        dataset=name, measures=asked, dimensions=by, where=where, window=window, order=orders, **extras
    )


@st.composite
def _lists(draw: st.DrawFn, name: str, wild: bool, where: Where | None, window: Window | None) -> Query:
    shown = st.sampled_from([*CATALOG.datasets[name].fields, *(["nothing"] if wild else [])])
    columns = tuple(draw(st.lists(shown, min_size=1, max_size=5, unique=True)))
    by = draw(st.lists(_fields(name, wild), max_size=2, unique=True))
    orders = tuple(Order(by=one, descending=draw(st.booleans())) for one in by)
    return Query(dataset=name, columns=columns, where=where, window=window, order=orders, limit=draw(LIMITS))


LIMITS = st.none() | st.sampled_from([1, 3, 40])


@st.composite
def _extras(draw: st.DrawFn, aliases: list[str], grouped: bool, wild: bool, name: str) -> dict[str, Any]:
    """Bounds, cuts, shares and periods, as far as they go together."""
    bounds = st.builds(
        lambda measure, op, value: Having(measure=measure, op=op, values=(value,)),
        st.sampled_from(aliases),
        st.sampled_from(["eq", "gt", "le"]),
        st.sampled_from([0, 3, 99.5, NUMBER]),
    )
    every = {
        "having": tuple(draw(st.lists(bounds, max_size=1))),
        "limit": draw(LIMITS),
        "others": draw(st.booleans()),
        "share": draw(st.booleans()),
        "running": draw(st.booleans()),
        "periods": () if name == "desk.members" else draw(st.sampled_from([(), (WINDOWS[0], WINDOWS[1])])),
    }
    if wild:
        return every
    keep = draw(
        st.sampled_from(
            [["limit"], ["having", "limit", "others"], ["limit", "periods"], ["share", "running"]]
        )
    )
    kept = {key: every[key] for key in keep}
    return kept if grouped else {key: kept[key] for key in kept if key in ("limit", "periods")}


VIEWERS = st.sampled_from(list(lending.VIEWERS.values()))
