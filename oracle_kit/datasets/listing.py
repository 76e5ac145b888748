"""Lists: rows of a dataset's grain, as many as asked for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.constructs import Expression
from oracle_kit.datasets.dimensions import sort_key
from oracle_kit.datasets.moments import bound_window, clock_parameters
from oracle_kit.datasets.predicates import Rights, condition, window_condition
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.statement import Reader, Selectable, Statement
from oracle_kit.errors import QueryRefused
from oracle_kit.model import Column
from oracle_kit.query import Order, Query


def compile_list(query: Query, rights: Rights) -> Statement:
    """The statement of a list; the key column is added in front where it was not asked for."""
    if query.periods or query.share or query.running or query.others or query.having:
        raise QueryRefused("Periods, shares, running totals, others and bounds on groups belong to measures.")
    scan = rights.scan(query.dataset)
    names = tuple(dict.fromkeys(query.columns))
    names = names if scan.dataset.key in names else (scan.dataset.key, *names)
    columns = [scan.show(name).label(name) for name in names]
    filters = [condition(query.where, scan, rights)] if query.where is not None else []
    filters += [window_condition(query.window, scan, rights)] if query.window is not None else []
    order = _order(query, scan)
    filters = [*scan.standing(), *filters]
    limit = min(query.limit or scan.access.row_cap, scan.access.row_cap)
    source = scan.source()
    total = sa.select(sa.func.count()).select_from(source).where(*filters).correlate(None).scalar_subquery()
    select = sa.select(*columns, total.label("_total")).select_from(source).where(*filters)
    shown = [column(name, scan) for name in names]
    return finish(
        rights,
        query,
        select=select.order_by(*order).limit(limit),
        columns=tuple(shown),
        readers=tuple(reader(one, rights) for one in shown),
        limit=limit,
    )


def column(name: str, scan: Scan) -> Column:
    """What is said of a field's column in a list."""
    field = scan.field(name)
    masked = name in scan.access.masked
    return Column(
        name=name,
        label=field.label,
        type="text" if masked else field.type,
        unit=None if masked else field.unit,
        role="field",
        values=field.values if field.listed else (),
        labels=field.value_labels if field.listed else (),
        masked=masked,
        better=field.file.better,
    )


def reader(column: Column, rights: Rights) -> Reader:
    """How the column's values are read: money is a decimal with at least two digits after the point."""
    money = column.type == "decimal" and rights.catalog.is_money(column.unit)
    return "money" if money else column.type


def _order(query: Query, scan: Scan) -> list[Expression]:
    """The order asked for, else the dataset's own; nulls last, ties by the key."""
    declared = tuple(
        Order(by=name.removeprefix("-"), descending=name.startswith("-"))
        for name in scan.dataset.file.list_order
    )
    masked = scan.access.masked
    orders = query.order or tuple(order for order in declared if order.by not in masked)
    keys = [(scan.field(order.by), order) for order in orders]
    sorts = [directed(sort_key(scan.use(field.name), field, field.type), order) for field, order in keys]
    if scan.dataset.key not in {order.by for order in orders}:
        sorts.append(directed(scan.use(scan.dataset.key), Order(by=scan.dataset.key)))
    return sorts


def directed(expression: Expression, order: Order) -> Expression:
    """The sort with its direction; nulls stand last either way."""
    return (expression.desc() if order.descending else expression.asc()).nulls_last()


def finish(
    rights: Rights,
    query: Query,
    *,
    select: Selectable,
    columns: tuple[Column, ...],
    readers: tuple[Reader, ...],
    limit: int,
    **more: Any,
) -> Statement:
    """The statement, with the policies and scopes of every dataset it reads and the tightest timeout."""
    used = [rights.used[name] for name in rights.used]
    masked = [f"{one.label} masked" for one in columns if one.masked]
    bounds = tuple(bound_window(one, rights.clock) for one in rights.windows)
    return Statement(
        select=select,
        columns=columns,
        readers=readers,
        limit=limit,
        windows=tuple(rights.windows),
        bounds=bounds,
        parameters=clock_parameters(bounds, rights.clock),
        policies=tuple(dict.fromkeys([label for one in used for label in one.labels] + masked)),
        scopes=tuple(one.scope for one in used),
        row_cap=rights.used[query.dataset].row_cap,
        timeout_s=min(one.timeout_s for one in used),
        now=rights.clock.now,
        **more,
    )
