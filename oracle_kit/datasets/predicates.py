"""The filters of a Query become conditions on a Scan: predicates, terms, windows and related rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.coerce import Unfit, plain_value
from oracle_kit.datasets.constructs import SQL_TYPES, Expression, truth
from oracle_kit.datasets.moments import Timed, bound_window, edge_names
from oracle_kit.datasets.policy import Access, require_access
from oracle_kit.datasets.render import bound, compare, one_of
from oracle_kit.datasets.scan import Scan
from oracle_kit.errors import QueryRefused, did_you_mean
from oracle_kit.model import Column, Viewer
from oracle_kit.query import And, Having, Not, Or, Predicate, Related, Scalar, Term, Where, Window
from oracle_kit.windows import Calendar, Clock, ends_now
from oracle_kit.words import FieldType

INVERSE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
ARITY: Mapping[str, int] = {"is_null": 0, "not_null": 0, "between": 2}
DEEPEST = 4  # related rows of related rows of ...
MOST_VALUES = 1_000  # in one list
MOST_PARTS = 500  # of all filters of a query together


@dataclass
class Rights:
    """The catalog as one viewer may read it at one clock; remembers which datasets a statement reads."""

    catalog: Catalog
    viewer: Viewer
    clock: Clock
    used: dict[str, Access] = field(default_factory=dict)
    windows: list[Timed] = field(default_factory=list)
    parts: int = 0

    def scan(self, dataset_id: str) -> Scan:
        """A reading of the dataset; FieldNotAllowed with the reason when the viewer may not read it."""
        dataset = self.catalog.dataset(dataset_id)
        if dataset_id not in self.used:
            self.used[dataset_id] = require_access(dataset, self.viewer)
        return Scan(dataset, self.used[dataset_id], self.clock)


def condition(where: Where, scan: Scan, rights: Rights, depth: int = 0) -> Expression:
    """The condition that the filter says; QueryRefused or FieldNotAllowed when it says what may not be."""
    rights.parts += 1
    if rights.parts > MOST_PARTS:
        raise QueryRefused(f"A query has at most {MOST_PARTS} filters.")
    if isinstance(where, Predicate):
        return predicate(where, scan)
    if isinstance(where, Term):
        return scan.term(where.name)
    if isinstance(where, Related):
        return related(where, scan, rights, depth)
    if isinstance(where, Not):
        return sa.not_(truth(condition(where.part, scan, rights, depth)))
    parts = [condition(part, scan, rights, depth) for part in where.parts]
    return _joined(where, parts)


def _joined(where: And | Or, parts: list[Expression]) -> Expression:
    if isinstance(where, And):
        return sa.and_(sa.true(), *parts)
    return sa.or_(sa.false(), *parts)


def predicate(where: Predicate, scan: Scan) -> Expression:
    """The condition of one field compared with values."""
    known = scan.field(where.field)
    item = scan.use(where.field)
    values = _values(where, known.type, known.label)
    if where.op in ("is_null", "not_null"):
        return item.is_(None) if where.op == "is_null" else item.is_not(None)
    if where.op in ("in", "not_in"):
        return _listed(item, values, known.type, where.op == "not_in")
    if known.type == "timestamp":
        return _moments(where.op, item, values, where.values, scan.clock.calendar)
    if where.op == "between":
        low, high = (bound(value, known.type) for value in values)
        return sa.and_(compare("ge", item, low, known.type), compare("le", item, high, known.type))
    return compare(where.op, item, bound(values[0], known.type), known.type)


def _values(where: Predicate, type_: FieldType, label: str) -> list[Any]:
    """The values as the field's type compares them; QueryRefused when they do not fit it."""
    if len(where.values) > MOST_VALUES:
        raise QueryRefused(
            f"{label} is compared with {len(where.values)} values; {MOST_VALUES} are the most."
        )
    wanted = ARITY.get(where.op, None if where.op in ("in", "not_in") else 1)
    if wanted is not None and len(where.values) != wanted:
        raise QueryRefused(
            f"{label} {where.op} takes {wanted} values, not {len(where.values)}.", field=where.field
        )
    if any(value is None for value in where.values):
        raise QueryRefused(f"{label} cannot be compared with nothing.", hint="Use is_null or not_null.")
    if type_ == "boolean" and where.op not in ("eq", "ne", "in", "not_in", "is_null", "not_null"):
        raise QueryRefused(f"{label} is true or false; it has no order.")
    try:
        return [plain_value(value, type_) for value in where.values]
    except Unfit as error:
        raise QueryRefused(f"{label} is {type_}: {error}.", field=where.field) from None


def _listed(item: Expression, values: list[Any], type_: FieldType, negated: bool) -> Expression:
    if not values:
        return sa.true() if negated else sa.false()
    listed = one_of(item, values, type_)
    return sa.not_(listed) if negated else listed


def _moments(
    operator: str, item: Expression, values: list[datetime], said: tuple[Scalar, ...], calendar: Calendar
) -> Expression:
    """A timestamp compared with moments; a value said as a day stands for the whole local day."""
    whole = [isinstance(text, str) and len(text) == 10 for text in said]
    days = list(zip(values, whole, strict=True))
    starts = [bound(calendar.to_utc(value) if day else value, "timestamp") for value, day in days]
    ends = [bound(calendar.to_utc(_next_day(value)), "timestamp") if day else None for value, day in days]
    if operator == "between":
        return sa.and_(item >= starts[0], item < ends[1] if ends[1] is not None else item <= starts[1])
    if ends[0] is None:
        return compare(operator, item, starts[0], "timestamp")
    day = {
        "eq": sa.and_(item >= starts[0], item < ends[0]),
        "ne": sa.or_(item < starts[0], item >= ends[0]),
        "lt": item < starts[0],
        "le": item < ends[0],
        "gt": item >= ends[0],
    }
    return day.get(operator, item >= starts[0])


def _next_day(value: datetime) -> datetime:
    try:
        return value + timedelta(days=1)
    except OverflowError:
        raise QueryRefused("The last day of all time has no next one.") from None


def window_condition(window: Window, scan: Scan, rights: Rights) -> Expression:
    """The rows whose time field lies in the window, start included and end not unless it is now; notes what
    it came to."""
    known = scan.field(window.field)
    if known.type not in ("date", "timestamp"):
        raise QueryRefused(
            f"{known.label} is no time.",
            hint=did_you_mean(
                window.field, [name for name, one in scan.dataset.fields.items() if one.role == "time"]
            ),
        )
    item, edges = scan.use(window.field), bound_window((window, known.type), rights.clock)
    names = edge_names(len(rights.windows))
    rights.windows.append((window, known.type))
    sql_type = SQL_TYPES[known.type]
    start, end = (
        sa.bindparam(name, value, type_=sql_type)
        for name, value in zip(names, (edges.start, edges.end), strict=True)
    )
    parts = [item >= start] if edges.start is not None else []
    closed = known.type == "timestamp" and ends_now(window)
    parts += [item <= end if closed else item < end] if edges.end is not None else []
    return sa.and_(sa.true(), *parts) if parts else item.is_not(None)


def related(where: Related, scan: Scan, rights: Rights, depth: int) -> Expression:
    """The condition on how many related rows there are; the other dataset's row filter holds inside."""
    relations = scan.dataset.relations
    if where.relation not in relations:
        hint = did_you_mean(where.relation, relations)
        raise QueryRefused(f"{scan.dataset.title} has no relation {where.relation!r}.", hint=hint)
    if depth >= DEEPEST:
        raise QueryRefused(f"Related rows nest deeper than {DEEPEST} levels.")
    if where.count < 0:
        raise QueryRefused("A count of related rows is not below zero.")
    relation = relations[where.relation]
    inner = rights.scan(relation.file.dataset)
    parts = [inner.condition(relation.where)] if relation.where is not None else []
    parts += [condition(where.where, inner, rights, depth + 1)] if where.where is not None else []
    parts += [window_condition(where.window, inner, rights)] if where.window is not None else []
    keys = [(scan.use(left), inner.use(right)) for left, right in relation.file.keys.items()]
    return _counted(where, inner, parts, keys)


def _counted(
    where: Related, inner: Scan, parts: list[Expression], keys: list[tuple[Expression, Expression]]
) -> Expression:
    """EXISTS where zero rows do not satisfy the bound, NOT EXISTS of the opposite where they do."""
    zero_holds = _holds(0, where.op, where.count)
    operator = INVERSE[where.op] if zero_holds else where.op
    parts = [*inner.standing(), *parts]
    if all(_holds(some, operator, where.count) for some in (1, where.count, where.count + 1) if some):
        matching = [right == left for left, right in keys]
        found: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).select_from(inner.source()).where(*parts, *matching)
        )
    else:
        found = _groups(operator, where.count, inner, parts, keys)
    return sa.not_(found.exists()) if zero_holds else found.exists()


def _groups(
    operator: str, count: int, inner: Scan, parts: list[Expression], keys: list[tuple[Expression, Expression]]
) -> sa.Select[Any]:
    """The keys whose rows are so many, matched with the outer row: counted once, not once per outer row."""
    columns = [right.label(f"_key_{position}") for position, (_, right) in enumerate(keys)]
    counted = compare(operator, sa.func.count(), bound(count, "integer"), "integer")
    grouped = sa.select(*columns).select_from(inner.source()).where(*parts)
    found = grouped.group_by(*(right for _, right in keys)).having(counted).subquery()
    matching = [found.c[f"_key_{position}"] == left for position, (left, _) in enumerate(keys)]
    return sa.select(sa.literal_column("1")).select_from(found).where(*matching)


def _holds(some: int, operator: str, count: int) -> bool:
    return {
        "eq": some == count,
        "ne": some != count,
        "lt": some < count,
        "le": some <= count,
        "gt": some > count,
        "ge": some >= count,
    }[operator]


def having_condition(having: Having, item: Expression, column: Column) -> Expression:
    """The bound on a figure of the group."""
    wanted = ARITY.get(having.op, 1)
    if len(having.values) != wanted:
        raise QueryRefused(f"{column.label} {having.op} takes {wanted} values, not {len(having.values)}.")
    try:
        values = [plain_value(value, column.type) for value in having.values]
    except Unfit as error:
        raise QueryRefused(f"{column.label} is {column.type}: {error}.") from None
    if any(value is None for value in values):
        raise QueryRefused(f"{column.label} cannot be compared with nothing.")
    edges = [bound(value, column.type) for value in values]
    if having.op == "between":
        return sa.and_(compare("ge", item, edges[0], column.type), compare("le", item, edges[1], column.type))
    return compare(having.op, item, edges[0], column.type)
