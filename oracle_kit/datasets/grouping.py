"""The groups of an aggregate: what they are grouped by, their figures, and the rows they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.constructs import Expression
from oracle_kit.datasets.dimensions import Grouping, grouping, sort_key
from oracle_kit.datasets.figures import Figure, Rows, figure, render_figure
from oracle_kit.datasets.listing import directed
from oracle_kit.datasets.predicates import Rights, condition, window_condition
from oracle_kit.datasets.scan import Scan
from oracle_kit.errors import QueryRefused, did_you_mean
from oracle_kit.query import Order, Query

PERIOD = "_in_period_{}"
IDENTITY = "_identity_of_{}"


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
    def identities(self) -> dict[str, Expression]:
        """The ids that tell apart groups of one name, by the names of their columns, which are not shown."""
        masked = self.scan.access.masked
        named = {one.alias: one.field.file.identity for one in self.groupings if one.alias == one.field.name}
        return {
            IDENTITY.format(alias): self.scan.use(key)
            for alias, key in named.items()
            if key is not None and key not in self.names and key not in masked
        }

    @property
    def keys(self) -> list[str]:
        """The columns that make a group one of its own: what is shown of it, and its ids."""
        return [*self.names, *self.identities]

    @cached_property
    def source(self) -> Any:
        """The rows that are aggregated."""
        columns: list[Expression] = [one.expression.label(one.alias) for one in self.groupings]
        columns += [one.label(name) for name, one in self.identities.items()]
        columns += self.rows.columns
        columns += [one.label(PERIOD.format(place)) for place, one in enumerate(self.periods)]
        standing = self.scan.standing()
        select = sa.select(*(columns or [sa.literal_column("1").label("_one")])).select_from(
            self.scan.source()
        )
        select = select.where(*standing, *self.filters)
        return select.cte("rows") if self.query.others else select.subquery("rows")

    @cached_property
    def grouped(self) -> Any:
        """The measures of each group; with periods, those of each period side by side."""
        columns = [self.source.c[name] for name in self.keys]
        figures = [
            render_figure(made, self.rows, self.source, also).label(name)
            for also, prefix in self._spans()
            for made, name in ((made, prefix + made.alias) for made in self.figures)
        ]
        select = sa.select(*columns, *figures).select_from(self.source).group_by(*columns)
        shared = self.query.share or self.query.others
        return select.cte("groups") if shared else select.subquery("groups")

    def _spans(self) -> list[tuple[Expression | None, str]]:
        """The condition of each period and what its columns begin with; one empty pair without periods."""
        if not self.periods:
            return [(None, "")]
        names = [PERIOD.format(place) for place in range(len(self.periods))]
        return [(self.source.c[name], f"_{place}_" if place else "") for place, name in enumerate(names)]

    @property
    def prefixes(self) -> list[str]:
        """What the columns of each period begin with; nothing for the first, which is the one sorted by."""
        return [prefix for _, prefix in self._spans()]

    @property
    def shown(self) -> list[str]:
        """The columns in the order that they are shown: dimensions, figures, shares, running totals."""
        return [*self.names, *(prefix + name for prefix in self.prefixes for name in self.figure_names)]

    @property
    def figure_names(self) -> list[str]:
        """The columns of one period."""
        names = [made.alias for made in self.figures]
        names += [f"{made.alias}_share" for made in self.figures] if self.query.share else []
        names += [f"{made.alias}_running" for made in self.figures] if self.query.running else []
        return names

    def sorts(self, columns: Any) -> list[Expression]:
        """The order asked for over the groups' columns, ties broken by their ids, then by the dimensions."""
        dimensions = {one.alias: one for one in self.groupings}
        sorts, done = [], set()
        for order in self.query.order:
            name = self._sorted_name(order)
            if name is not None:
                sorts.append(directed(sorted_by(name, dimensions, columns), order))
                done.add(name)
        rest = [Order(by=name) for name in dimensions if name not in done]
        named = [directed(sorted_by(one.by, dimensions, columns), one) for one in rest]
        ids = [columns[name] for name in self.identities]
        return [*sorts, *ids, *named] if sorts else [*named, *ids]

    def _sorted_name(self, order: Order) -> str | None:
        """The column that an order names; None for `period`, which keeps its own order."""
        known = {name: name for name in (*self.names, *self.figure_names)}
        known |= {one.field.name: one.alias for one in self.groupings if one.field.name not in known}
        if order.by in known:
            return known[order.by]
        if order.by == "period" and self.periods:
            return None
        raise QueryRefused(f"The rows cannot be sorted by {order.by!r}.", hint=did_you_mean(order.by, known))


def sorted_by(name: str, dimensions: dict[str, Grouping], columns: Any) -> Expression:
    """What a column sorts by: itself, or its dimension's own order."""
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
