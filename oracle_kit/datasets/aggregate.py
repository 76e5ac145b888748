"""Aggregates: measures by dimensions, with bounds on groups, shares, running totals, others and periods.

rows    one row per row of the dataset that the filters leave: dimensions, arguments and conditions
groups  the measures of each group, then shares and running totals over all groups
select  bounds on groups, order and limit, or the fold of what lies beyond the limit
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.constructs import SQL_TYPES, Expression, quotient
from oracle_kit.datasets.figures import Figure, render_figure
from oracle_kit.datasets.grouping import Groups
from oracle_kit.datasets.listing import finish, reader
from oracle_kit.datasets.predicates import Rights, having_condition
from oracle_kit.datasets.statement import Statement
from oracle_kit.datasets.totals import total_of, with_totals
from oracle_kit.errors import QueryRefused, did_you_mean
from oracle_kit.model import Column
from oracle_kit.query import Query


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


def cut(groups: Groups, limit: int) -> Statement:
    """The groups in order, as many as asked for."""
    table = with_totals(groups)
    total = sa.func.count().over().label("_total")
    select = sa.select(*_shown(groups, table), total).select_from(table).where(*_bounds(groups, table))
    return _finish(groups, select.order_by(*groups.sorts(table.c)).limit(limit), limit)


def _shown(groups: Groups, table: Any) -> list[Expression]:
    return [table.c[name] for name in groups.shown]


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
    table = with_totals(groups)
    place = sa.func.row_number().over(order_by=groups.sorts(table.c) or None).label("_place")
    ranked = (
        sa.select(*_shown(groups, table), *(table.c[name] for name in groups.identities), place)
        .select_from(table)
        .where(*_bounds(groups, table))
        .cte("ranked")
    )
    first = sa.select(
        *_shown(groups, ranked), ranked.c._place, sa.cast(0, sa.BigInteger()).label("_folded")
    ).where(ranked.c._place <= limit)
    both = sa.union_all(first, _fold(groups, ranked, limit)).subquery("both")
    shown = [both.c[name] for name in (*groups.shown, "_folded")]
    return _finish(groups, sa.select(*shown).order_by(both.c._place), limit)


def _fold(groups: Groups, ranked: Any, limit: int) -> sa.Select[Any]:
    """One row over the rows of every group beyond the limit; no row when there is none."""
    source = groups.source
    same = [source.c[name].is_not_distinct_from(ranked.c[name]) for name in groups.keys]
    nothing = [sa.cast(sa.null(), SQL_TYPES[one.column.type]).label(one.alias) for one in groups.groupings]
    figures = [render_figure(made, groups.rows, source).label(made.alias) for made in groups.figures]
    shares = [_fold_share(made, figures[place], groups) for place, made in enumerate(groups.figures)]
    folded_groups = sa.func.count(sa.distinct(ranked.c._place))
    select = sa.select(*nothing, *figures, *(shares if groups.query.share else []))
    select = select.add_columns(sa.func.max(ranked.c._place).label("_place"), folded_groups.label("_folded"))
    select = select.select_from(source.join(ranked, sa.and_(*same))).where(ranked.c._place > limit)
    return select.having(sa.func.count() > 0)


def _fold_share(made: Figure, total: Any, groups: Groups) -> Expression:
    return quotient(total.element, total_of(groups.grouped, made.alias)).label(f"{made.alias}_share")


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
