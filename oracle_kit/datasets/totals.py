"""Shares of the total and running totals, worked out over all groups before any is cut off."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.constructs import EXACT, Expression, exact, quotient
from oracle_kit.datasets.figures import Figure
from oracle_kit.datasets.grouping import IDENTITY, Groups, sorted_by
from oracle_kit.datasets.listing import directed
from oracle_kit.query import Order


def with_totals(groups: Groups) -> Any:
    """The groups, with shares of the total and running totals where they are asked for."""
    table = groups.grouped
    if not (groups.query.share or groups.query.running):
        return table
    more: list[Expression] = []
    if groups.query.share:
        names = [prefix + made.alias for prefix in groups.prefixes for made in groups.figures]
        more += [quotient(table.c[name], total_of(table, name)).label(f"{name}_share") for name in names]
    if groups.query.running:
        more += [_running(groups, table, made).label(f"{made.alias}_running") for made in groups.figures]
    return sa.select(*table.c, *more).select_from(table).subquery("totals")


def total_of(table: Any, name: str) -> Expression:
    """The figure's total over all groups, whatever the limit and the bounds on groups."""
    total = sa.select(sa.func.sum(_summable(table.c[name]), type_=EXACT)).select_from(table)
    return total.scalar_subquery()


def _running(groups: Groups, table: Any, made: Figure) -> Expression:
    """The sum so far along the first time dimension (else the first), for each group of the others."""
    times = [one for one in groups.groupings if one.column.grain or one.field.role == "time"]
    axis = (times or list(groups.groupings))[0]
    dimensions = {one.alias: one for one in groups.groupings}
    first = directed(sorted_by(axis.alias, dimensions, table.c), Order(by=axis.alias))
    named = [name for name in (axis.alias, IDENTITY.format(axis.alias)) if name in groups.keys]
    rest = [table.c[name] for name in groups.keys if name not in named]
    along = [first, *(table.c[name] for name in named[1:])]
    total = sa.func.sum(table.c[made.alias], type_=table.c[made.alias].type)
    if made.column.type == "float":
        total = sa.func.sum(_summable(table.c[made.alias]), type_=EXACT)
    return total.over(partition_by=rest or None, order_by=along, rows=(None, 0))


def _summable(column: Any) -> Expression:
    """The figure as a decimal that adds up alike on both databases."""
    return exact(column) if isinstance(column.type, sa.Double) else sa.cast(column, EXACT)
