"""One reading of a dataset: its base table, the joins that are needed, and the filters that always hold.

Every statement reads a dataset through a Scan, nested ones too, so the dataset's own filter and the viewer's
row filter stand in every one of them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import FromClause

from oracle_kit.datasets.constructs import SQL_TYPES, Expression
from oracle_kit.datasets.dataset import ColumnRef, Dataset, Field
from oracle_kit.datasets.policy import Access
from oracle_kit.datasets.render import Reading, render
from oracle_kit.datasets.tree import Node
from oracle_kit.errors import FieldNotAllowed, QueryRefused, did_you_mean
from oracle_kit.windows import Clock

MASK = "•••"


class Scan:
    """A reading of a dataset under a viewer's access; collects joins while expressions are asked of it."""

    def __init__(self, dataset: Dataset, access: Access, clock: Clock) -> None:
        self.dataset, self.access, self.clock = dataset, access, clock
        self._aliases: dict[str, Any] = {"": _table(dataset, "").alias()}
        self._reading = Reading(self.use, self.term, clock.now)
        self._trusted = Reading(self._trusted_field, self._trusted_term, clock.now)

    def field(self, name: str) -> Field:
        """The declared field; QueryRefused with the nearest name when there is none."""
        if name not in self.dataset.fields:
            known = [field for field in self.dataset.fields if field not in self.access.masked]
            raise QueryRefused(
                f"{self.dataset.title} has no field {name!r}.", hint=did_you_mean(name, known), field=name
            )
        return self.dataset.fields[name]

    def use(self, name: str) -> Expression:
        """The field's expression, to filter, group, sort or join by; FieldNotAllowed where it is masked."""
        field = self.field(name)
        if name in self.access.masked:
            raise FieldNotAllowed(
                f"{field.label} is masked for you: it cannot be filtered, grouped, sorted or counted by.",
                hint="It can stand in a list, masked.",
                field=name,
            )
        return self._expression(field, self._reading)

    def show(self, name: str) -> Expression:
        """The field's expression for a list; a masked one is a constant, and its column is not read."""
        if name in self.access.masked:
            return sa.bindparam(None, MASK, type_=sa.String())
        return self.use(name)

    def term(self, name: str) -> Expression:
        """The condition of a glossary term."""
        if name not in self.dataset.terms:
            raise QueryRefused(
                f"{self.dataset.title} has no term {name!r}.", hint=did_you_mean(name, self.dataset.terms)
            )
        return render(self.dataset.terms[name].node, self._reading)

    def condition(self, node: Node) -> Expression:
        """A tree of content over this dataset's fields, under the viewer's masks."""
        return render(node, self._reading)

    def standing(self) -> list[Expression]:
        """The filters that always hold: the dataset's own and the viewer's row filter."""
        nodes = [self.dataset.where, self.access.row_filter]
        return [render(node, self._trusted) for node in nodes if node is not None]

    def source(self) -> FromClause:
        """The base table with the joins that were needed; ask for it last."""
        clause: FromClause = self._aliases[""]
        for alias, join in self.dataset.file.joins.items():
            if alias in self._aliases:
                target = self._aliases[alias]
                keys = [self._column(_ref(left)) == target.c[right] for left, right in join.keys.items()]
                clause = clause.outerjoin(target, sa.and_(*keys))
        return clause

    def _trusted_field(self, name: str) -> Expression:
        """A field for the filters of content itself, which masks do not touch."""
        return self._expression(self.dataset.fields[name], self._trusted)

    def _trusted_term(self, name: str) -> Expression:
        return render(self.dataset.terms[name].node, self._trusted)

    def _expression(self, field: Field, reading: Reading) -> Expression:
        if field.column is not None:
            return self._column(field.column)
        if field.node is None:
            raise QueryRefused(f"{field.label} has neither a column nor an expression.")
        return _as_declared(render(field.node, reading), field)

    def _column(self, ref: ColumnRef) -> Expression:
        self._need(ref.alias)
        return self._aliases[ref.alias].c[ref.column]  # type: ignore[no-any-return]  # aliases are Any for speed

    def _need(self, alias: str) -> None:
        """Adds a join, and before it the joins that it hangs on."""
        if alias in self._aliases:
            return
        for left in self.dataset.file.joins[alias].keys:
            self._need(_ref(left).alias)
        self._aliases[alias] = _table(self.dataset, alias).alias()


def _as_declared(expression: Expression, field: Field) -> Expression:
    """The expression as the field's declared type where that differs: whole numbers are rounded down."""
    found = field.node.type if field.node is not None else field.type
    if found == field.type or field.type == "float":
        return expression
    if field.type == "integer":
        return sa.cast(sa.func.floor(expression), sa.BigInteger())
    return sa.type_coerce(expression, SQL_TYPES[field.type])


def _ref(text: str) -> ColumnRef:
    alias, _, column = text.rpartition(".")
    return ColumnRef(alias, column)


def _table(dataset: Dataset, alias: str) -> sa.TableClause:
    """The table with the columns that the projection names, and no others."""
    name = dataset.file.joins[alias].table if alias else dataset.file.table
    schema, _, table = name.rpartition(".")
    columns = projected_columns(dataset, alias)
    return sa.table(
        table, *(sa.column(column, type_) for column, type_ in columns.items()), schema=schema or None
    )


def projected_columns(dataset: Dataset, alias: str) -> dict[str, Any]:
    """The columns of one table that the projection reads, with their types: fields first, then join keys."""
    columns: dict[str, Any] = {}
    for field in dataset.fields.values():
        if field.column is not None and field.column.alias == alias:
            columns.setdefault(field.column.column, SQL_TYPES[field.type])
    for target, join in dataset.file.joins.items():
        for left, right in join.keys.items():
            if target == alias:
                columns.setdefault(right, sa.types.NULLTYPE)
            if _ref(left).alias == alias:
                columns.setdefault(_ref(left).column, sa.types.NULLTYPE)
    return columns
