"""Aggregates: measures by dimensions, with bounds on groups, shares, running totals, others and periods.

rows    one row per row of the dataset that the filters leave: dimensions, arguments and conditions
groups  the measures of each group, then shares and running totals over all groups
select  bounds on groups, order and limit, or the fold of what lies beyond the limit
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.constructs import EXACT, SQL_TYPES, Expression, quotient
from oracle_kit.datasets.dimensions import Grouping, grouping, sort_key
from oracle_kit.datasets.figures import Figure, Rows, figure, render_figure
from oracle_kit.datasets.listing import directed, finish, reader
from oracle_kit.datasets.predicates import Rights, condition, having_condition, window_condition
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.statement import Statement
from oracle_kit.errors import QueryRefused, did_you_mean
from oracle_kit.model import Column
from oracle_kit.query import Order, Query

PERIOD = "in_period_{}"


def compile_groups(query: Query, rights: Rights) -> Statement:
    """The statement of an aggregate."""
    _check_shape(query)
    groups = Groups.build(query, rights)
    limit = min(query.limit or groups.cap, groups.cap)
    return folded(groups, limit) if query.others and query.limit else cut(groups, limit)


def _check_shape(query: Query) -> None:
    """QueryRefused for what does not go together."""
    if query.periods and (query.others or query.running or (query.having and query.dimensions)):
        raise QueryRefused("Periods side by side take no others, running totals or bounds on groups.")
    if (query.others or query.running) and not query.dimensions:
        raise QueryRefused("Others and running totals need something to group by.")
    if query.others and query.running:
        raise QueryRefused("A running total has no others.")
    if (query.share or query.running) and not query.measures:
        raise QueryRefused("Shares and running totals need a measure.")


@dataclass(frozen=True)
class Groups:
    """A Query's groups: what they are grouped by, their figures, and the rows they are made of."""

    query: Query
    rights: Rights
    scan: Scan
    groupings: tuple[Grouping, ...]
    figures: tuple[Figure, ...]
    rows: Rows
    filters: tuple[Expression, ...]
    periods: tuple[Expression, ...]

    @classmethod
    def build(cls, query: Query, rights: Rights) -> Groups:
        """The groups of a query; every name is checked here."""
        scan = rights.scan(query.dataset)
        groupings = tuple(grouping(one, scan, rights.clock.calendar) for one in query.dimensions)
        figures = tuple(figure(one, scan, rights.catalog) for one in query.measures)
        _check_aliases([one.alias for one in groupings] + [one.alias for one in figures], figures, query)
        rows = Rows(scan.condition, lambda where: condition(where, scan, rights))
        for made in figures:
            rows.collect(made)
        filters = [condition(query.where, scan, rights)] if query.where is not None else []
        filters += [window_condition(query.window, scan, rights)] if query.window is not None else []
        periods = tuple(window_condition(one, scan, rights) for one in query.periods)
        filters += [sa.or_(*periods)] if periods else []
        return cls(query, rights, scan, groupings, figures, rows, tuple(filters), periods)

    @property
    def cap(self) -> int:
        """The most groups that the policy gives."""
        return self.rights.used[self.query.dataset].row_cap

    @property
    def names(self) -> list[str]:
        """The columns to group by."""
        return [one.alias for one in self.groupings]

    @cached_property
    def source(self) -> Any:
        """The rows that are aggregated."""
        columns: list[Expression] = [one.expression.label(one.alias) for one in self.groupings]
        columns += self.rows.columns
        columns += [one.label(PERIOD.format(place)) for place, one in enumerate(self.periods)]
        standing = self.scan.standing()
        select = sa.select(*(columns or [sa.literal_column("1").label("one")])).select_from(
            self.scan.source()
        )
        select = select.where(*standing, *self.filters)
        return select.cte("rows") if self.query.others else select.subquery("rows")

    @cached_property
    def grouped(self) -> Any:
        """The measures of each group; with periods, those of each period side by side."""
        columns = [self.source.c[name] for name in self.names]
        figures = [
            render_figure(made, self.rows, self.source, also).label(name)
            for also, suffix in self._spans()
            for made, name in ((made, made.alias + suffix) for made in self.figures)
        ]
        select = sa.select(*columns, *figures).select_from(self.source).group_by(*columns)
        shared = self.query.share or self.query.others
        return select.cte("groups") if shared else select.subquery("groups")

    def _spans(self) -> list[tuple[Expression | None, str]]:
        """The condition and the column suffix of each period; one empty pair without periods."""
        if not self.periods:
            return [(None, "")]
        names = [PERIOD.format(place) for place in range(len(self.periods))]
        return [(self.source.c[name], f"_{place}" if place else "") for place, name in enumerate(names)]

    def suffixes(self) -> list[str]:
        """The column suffix of each period."""
        return [suffix for _, suffix in self._spans()]

    def sorts(self, columns: Any) -> list[Expression]:
        """The order asked for over the groups' columns, ties broken by the dimensions."""
        dimensions = {one.alias: one for one in self.groupings}
        sorts, done = [], set()
        for order in self.query.order:
            name = self._sorted_name(order)
            if name is not None:
                sorts.append(directed(_sort(name, dimensions, columns), order))
                done.add(name)
        rest = [Order(by=name) for name in dimensions if name not in done]
        return sorts + [directed(_sort(one.by, dimensions, columns), one) for one in rest]

    def _sorted_name(self, order: Order) -> str | None:
        """The column that an order names; None for `period`, which keeps its own order."""
        known = {name: name for name in (*self.names, *(one.alias for one in self.figures))}
        known |= {one.field.name: one.alias for one in self.groupings if one.field.name not in known}
        for made in self.figures:
            known |= {f"{made.alias}_share": f"{made.alias}_share"} if self.query.share else {}
            known |= {f"{made.alias}_running": f"{made.alias}_running"} if self.query.running else {}
        if order.by in known:
            return known[order.by]
        if order.by == "period" and self.periods:
            return None
        raise QueryRefused(f"The rows cannot be sorted by {order.by!r}.", hint=did_you_mean(order.by, known))


def _sort(name: str, dimensions: dict[str, Grouping], columns: Any) -> Expression:
    if name not in dimensions:
        return columns[name]  # type: ignore[no-any-return]  # a column collection of sqlalchemy
    found = dimensions[name]
    if found.column.grain or found.column.type != found.field.type:
        return columns[name]  # type: ignore[no-any-return]  # as above
    return sort_key(columns[name], found.field, found.field.type)


def _check_aliases(names: list[str], figures: tuple[Figure, ...], query: Query) -> None:
    names = names + (["period"] if query.periods else [])
    names += [f"{one.alias}_share" for one in figures] if query.share else []
    names += [f"{one.alias}_running" for one in figures] if query.running else []
    for name in names:
        if names.count(name) > 1:
            raise QueryRefused(f"Two columns would be called {name!r}.")
    if query.share or query.running:
        for one in figures:
            if not one.column.additive:
                raise QueryRefused(f"{one.column.label} does not add up to a total: it has no share.")


# select ----------------------------------------------------------------------------------------


def cut(groups: Groups, limit: int) -> Statement:
    """The groups in order, as many as asked for."""
    table = _with_totals(groups)
    total = sa.func.count().over().label("total")
    select = sa.select(*_shown(groups, table), total).select_from(table).where(*_bounds(groups, table))
    return _finish(groups, select.order_by(*groups.sorts(table.c)).limit(limit), limit)


def _shown(groups: Groups, table: Any) -> list[Expression]:
    """The columns in the order that they are shown: dimensions, then figures, shares and running totals."""
    names = [*groups.names]
    for suffix in groups.suffixes():
        names += [f"{name}{suffix}" for name in _figure_names(groups)]
    return [table.c[name] for name in names]


def _figure_names(groups: Groups) -> list[str]:
    names = [made.alias for made in groups.figures]
    names += [f"{made.alias}_share" for made in groups.figures] if groups.query.share else []
    names += [f"{made.alias}_running" for made in groups.figures] if groups.query.running else []
    return names


def _with_totals(groups: Groups) -> Any:
    """The groups, with shares of the total and running totals where they are asked for."""
    table = groups.grouped
    if not (groups.query.share or groups.query.running):
        return table
    more = []
    for suffix in groups.suffixes():
        for made in groups.figures:
            name = made.alias + suffix
            if groups.query.share:
                more.append(quotient(table.c[name], _total(table, name)).label(f"{made.alias}_share{suffix}"))
            if groups.query.running:
                more.append(_running(groups, table, made).label(f"{made.alias}_running{suffix}"))
    return sa.select(*table.c, *more).select_from(table).subquery("totals")


def _total(table: Any, name: str) -> Expression:
    """The figure's total over all groups, whatever the limit and the bounds on groups."""
    total = sa.select(sa.func.sum(sa.cast(table.c[name], EXACT), type_=EXACT)).select_from(table)
    return total.scalar_subquery()


def _running(groups: Groups, table: Any, made: Figure) -> Expression:
    """The sum so far along the first time dimension (else the first), for each group of the others."""
    times = [one for one in groups.groupings if one.column.grain or one.field.role == "time"]
    axis = (times or list(groups.groupings))[0]
    dimensions = {one.alias: one for one in groups.groupings}
    along = directed(_sort(axis.alias, dimensions, table.c), Order(by=axis.alias))
    rest = [table.c[name] for name in groups.names if name != axis.alias]
    total = sa.func.sum(table.c[made.alias], type_=table.c[made.alias].type)
    if made.column.type == "float":
        total = sa.func.sum(sa.cast(table.c[made.alias], EXACT), type_=EXACT)
    return total.over(partition_by=rest or None, order_by=along, rows=(None, 0))


def _bounds(groups: Groups, table: Any) -> list[Expression]:
    """The bounds on groups, over their figures."""
    known = {made.alias: made for made in groups.figures}
    found = []
    for having in groups.query.having:
        if having.measure not in known:
            hint = did_you_mean(having.measure, known)
            raise QueryRefused(f"There is no measure {having.measure!r} among those asked for.", hint=hint)
        found.append(having_condition(having, table.c[having.measure], known[having.measure].column))
    return found


def folded(groups: Groups, limit: int) -> Statement:
    """The first groups, and one row that is worked out again from the rows of all the others."""
    table = _with_totals(groups)
    place = sa.func.row_number().over(order_by=groups.sorts(table.c) or None).label("place")
    ranked = (
        sa.select(*_shown(groups, table), place)
        .select_from(table)
        .where(*_bounds(groups, table))
        .cte("ranked")
    )
    first = sa.select(*ranked.c, sa.cast(0, sa.BigInteger()).label("folded")).where(ranked.c.place <= limit)
    both = sa.union_all(first, _fold(groups, ranked, limit)).subquery("both")
    shown = [both.c[name] for name in (*groups.names, *_figure_names(groups), "folded")]
    return _finish(groups, sa.select(*shown).order_by(both.c.place), limit)


def _fold(groups: Groups, ranked: Any, limit: int) -> sa.Select[Any]:
    """One row over the rows of every group beyond the limit; no row when there is none."""
    source = groups.source
    same = [source.c[name].is_not_distinct_from(ranked.c[name]) for name in groups.names]
    nothing = [sa.cast(sa.null(), SQL_TYPES[one.column.type]).label(one.alias) for one in groups.groupings]
    figures = [render_figure(made, groups.rows, source).label(made.alias) for made in groups.figures]
    shares = [_fold_share(made, figures[place], groups) for place, made in enumerate(groups.figures)]
    folded_groups = sa.func.count(sa.distinct(ranked.c.place))
    select = sa.select(*nothing, *figures, *(shares if groups.query.share else []))
    select = select.add_columns(sa.func.max(ranked.c.place).label("place"), folded_groups.label("folded"))
    select = select.select_from(source.join(ranked, sa.and_(*same))).where(ranked.c.place > limit)
    return select.having(sa.func.count() > 0)


def _fold_share(made: Figure, total: Any, groups: Groups) -> Expression:
    return quotient(total.element, _total(groups.grouped, made.alias)).label(f"{made.alias}_share")


def _finish(groups: Groups, select: sa.Select[Any], limit: int) -> Statement:
    figures = [one.column for one in groups.figures]
    if groups.query.share:
        figures += [_derived(one, "share") for one in figures[: len(groups.figures)]]
    if groups.query.running:
        figures += [_derived(one, "running") for one in figures[: len(groups.figures)]]
    columns = [one.column for one in groups.groupings]
    periods = tuple(window.text for window in groups.query.periods)
    period = (
        [Column(name="period", label="Period", type="text", role="period", values=periods)] if periods else []
    )
    shown = (*period, *columns, *figures)
    return finish(
        groups.rights,
        groups.query,
        select=select,
        columns=shown,
        readers=tuple(reader(one, groups.rights) for one in shown),
        limit=limit,
        periods=periods,
        dimensions=len(columns),
        others=groups.query.others and groups.query.limit is not None,
    )


def _derived(column: Column, role: Any) -> Column:
    """The column of a share (a fraction of the total) or a running total of a measure's column."""
    changes: dict[str, Any] = {"name": f"{column.name}_{role}", "role": role}
    if role == "share":
        changes |= {"type": "float", "unit": "percent", "label": f"{column.label}, share"}
    else:
        changes |= {"label": f"{column.label}, running total", "additive": False}
    return column.model_copy(update=changes)
