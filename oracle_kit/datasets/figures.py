"""The measures of a Query: typed trees over aggregates, rendered over the columns of a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.constructs import Expression, finite, quotient
from oracle_kit.datasets.dataset import adds_up
from oracle_kit.datasets.expression import Place, aggregate
from oracle_kit.datasets.render import aggregated, bound, calculate
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.tree import Aggregate, Arithmetic, Constant, FieldRef, Node, walk
from oracle_kit.datasets.typing_rules import NUMBERS
from oracle_kit.errors import ExpressionError, QueryRefused, did_you_mean
from oracle_kit.model import Column
from oracle_kit.query import Measure, Where
from oracle_kit.words import within

_EXACT = ("integer", "decimal")  # averages and ratios of money are floats like others
_WORDS = {
    "count": "Number of",
    "count_distinct": "Different",
    "sum": "Total",
    "avg": "Average",
    "min": "Least",
    "max": "Greatest",
    "median": "Median",
}


@dataclass(frozen=True)
class Meaning:
    """What a measure is: its tree, and what is said of its figures."""

    node: Node
    label: str
    unit: str | None
    additive: bool
    better: Literal["high", "low"] | None = None


@dataclass(frozen=True)
class Figure:
    """One measure: its tree, the filter that the query adds to it, and the column it gives."""

    alias: str
    node: Node
    where: Where | None
    of_all: bool
    column: Column
    money: bool


def figure(measure: Measure, scan: Scan, catalog: Catalog) -> Figure:
    """The figure of a measure; QueryRefused when it is not declared or does not fit its field."""
    meaning = _declared(measure, scan) if measure.name else _ad_hoc(measure, scan)
    if measure.of_all and measure.where is None:
        raise QueryRefused("A fraction of all needs a filter on the measure.")
    if measure.of_all and meaning.node.type not in NUMBERS:
        raise QueryRefused(f"{meaning.label} is no number; there is no fraction of it.")
    money = catalog.is_money(meaning.unit) and meaning.node.type in _EXACT and not measure.of_all
    column = Column(
        name=measure.alias,
        label=measure.label or meaning.label,
        type="float" if measure.of_all else "decimal" if money else meaning.node.type,
        unit="percent" if measure.of_all else meaning.unit,
        role="measure",
        additive=meaning.additive and not measure.of_all,
        better=meaning.better,
    )
    return Figure(measure.alias, meaning.node, measure.where, measure.of_all, column, money)


def _declared(measure: Measure, scan: Scan) -> Meaning:
    if measure.fn or measure.field:
        raise QueryRefused("A measure is a declared name, or an aggregate of a field, not both.")
    known = scan.dataset.measures
    name = measure.name or ""
    if name not in known:
        raise QueryRefused(f"{scan.dataset.title} has no measure {name!r}.", hint=did_you_mean(name, known))
    found = known[name]
    return Meaning(found.node, found.label, found.unit, found.additive, found.file.better)


def _ad_hoc(measure: Measure, scan: Scan) -> Meaning:
    if measure.fn is None:
        raise QueryRefused("A measure needs a name, or an aggregate.")
    if measure.field is None:
        if measure.fn != "count":
            raise QueryRefused(f"{measure.fn} needs a field.")
        return Meaning(aggregate("count", None, None, Place()), scan.dataset.title, None, True)
    field = scan.field(measure.field)
    if field.role == "id" and measure.fn in ("sum", "avg", "median"):
        raise QueryRefused(f"{field.label} is an id; it has no {measure.fn}.", hint="Count it.")
    try:
        node = aggregate(measure.fn, FieldRef(field.name, field.type, field.unit), None, Place())
    except ExpressionError as error:
        raise QueryRefused(f"{field.label}: {error.message}.") from None
    return Meaning(
        node, f"{_WORDS[measure.fn]} {within(field.label)}", node.unit, adds_up(node), field.file.better
    )


class Rows:
    """The row-level columns that figures need of a scan: arguments and conditions, each once."""

    def __init__(self, render: Callable[[Node], Expression], where: Callable[[Where], Expression]) -> None:
        self._render, self._where = render, where
        self._names: dict[tuple[Node | None, Where | None], str] = {}
        self.columns: list[Expression] = []

    def collect(self, made: Figure) -> None:
        """Notes every argument and condition of the figure's aggregates."""
        for part in walk(made.node):
            if isinstance(part, Aggregate):
                self._add((part.argument, None), "value")
                self._add((part.where, None), "holds")
        self._add((None, made.where), "holds")

    def _add(self, key: tuple[Node | None, Where | None], word: str) -> None:
        if key in self._names or key == (None, None):
            return
        node, where = key
        expression = self._where(where) if where is not None else self._render(node)  # type: ignore[arg-type]  # one is there
        if node is not None and node.type == "float":
            expression = finite(expression)
        self._names[key] = f"_{word}_{len(self.columns) + 1}"
        self.columns.append(expression.label(self._names[key]))

    def name(self, node: Node | None, where: Where | None = None) -> str | None:
        """The column that holds the tree or filter; None for none."""
        return self._names.get((node, where))


def render_figure(
    made: Figure, rows: Rows, source: sa.FromClause, also: Expression | None = None
) -> Expression:
    """The figure over the source's rows, of those for which `also` holds."""
    extra = rows.name(None, made.where)
    narrowed = [part for part in (source.c[extra] if extra else None, also) if part is not None]
    whole = [also] if also is not None else []
    shown = _render(made.node, rows, source, narrowed)
    return quotient(shown, _render(made.node, rows, source, whole)) if made.of_all else shown


def _render(node: Node, rows: Rows, source: sa.FromClause, filters: list[Expression]) -> Expression:
    if isinstance(node, Constant):
        return bound(node.value, node.type)
    if isinstance(node, Arithmetic):
        left, right = (_render(part, rows, source, filters) for part in (node.left, node.right))
        return calculate(node, left, right)
    if not isinstance(node, Aggregate):
        raise TypeError(f"a measure holds no {type(node).__name__}")
    argument, where = rows.name(node.argument), rows.name(node.where)
    conditions = [*filters, *([source.c[where]] if where else [])]
    return aggregated(
        node, source.c[argument] if argument else None, sa.and_(*conditions) if conditions else None
    )
