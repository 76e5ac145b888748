"""What rows are grouped by: a field, a grain of time, a band of a number."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from oracle_kit.datasets.constructs import Expression, by_bytes, days, months
from oracle_kit.datasets.dataset import Field
from oracle_kit.datasets.render import bound, bucket
from oracle_kit.datasets.scan import Scan
from oracle_kit.errors import QueryRefused
from oracle_kit.model import Column
from oracle_kit.query import Dimension, Unit
from oracle_kit.windows import Calendar
from oracle_kit.words import FieldType


@dataclass(frozen=True)
class Grouping:
    """One dimension: its expression on the scan, and the column it gives."""

    alias: str
    field: Field
    expression: Expression
    column: Column


def grouping(dimension: Dimension, scan: Scan, calendar: Calendar) -> Grouping:
    """The grouping of a dimension; QueryRefused when grain or size do not fit the field."""
    field = scan.field(dimension.field)
    expression, type_ = scan.use(dimension.field), field.type
    if dimension.grain and dimension.size is not None:
        raise QueryRefused(f"{field.label} takes a grain or a size, not both.")
    if dimension.grain:
        if field.type not in ("date", "timestamp"):
            raise QueryRefused(f"{field.label} is no time; it has no {dimension.grain}.")
        expression, type_ = grained(expression, field.type, dimension.grain, calendar), "date"
    if dimension.size is not None:
        expression = _sized(dimension.size, expression, field)
    column = Column(
        name=dimension.alias,
        label=field.label,
        type=type_,
        unit=field.unit,
        role="dimension",
        grain=dimension.grain,
        values=field.values if field.listed and not dimension.grain else (),
        labels=field.value_labels if field.listed and not dimension.grain else (),
    )
    return Grouping(dimension.alias, field, expression, column)


def _sized(size: float, expression: Expression, field: Field) -> Expression:
    if field.role != "number":
        raise QueryRefused(f"{field.label} is no number; it has no bands.")
    if not 0 < size < float("inf"):
        raise QueryRefused("The size of a band is above zero.")
    if field.type == "integer" and size != int(size):
        raise QueryRefused(f"{field.label} is whole; so is the size of its bands.")
    return bucket(expression, int(size) if size == int(size) else size, field.type)


def grained(expression: Expression, type_: FieldType, grain: Unit, calendar: Calendar) -> Expression:
    """The first day of the unit of time, by the workbench's time zone, week and fiscal year."""
    moment: Expression = sa.cast(expression, sa.DateTime())  # a column with a time zone is read in UTC
    if type_ == "timestamp" and calendar.time_zone != "UTC":
        utc = sa.func.timezone(bound("UTC", "text"), moment)
        moment = sa.func.timezone(bound(calendar.time_zone, "text"), utc, type_=sa.DateTime())
    unit = bound(grain, "text")
    shift = _shift(grain, calendar)
    if shift is None:
        return sa.cast(sa.func.date_trunc(unit, moment), sa.Date())
    return sa.cast(sa.func.date_trunc(unit, moment - shift) + shift, sa.Date())


def _shift(grain: Unit, calendar: Calendar) -> Expression | None:
    """How far the unit begins after the calendar's own."""
    late = calendar.fiscal_year_starts - 1 if calendar.year == "fiscal" else 0
    if grain == "quarter":
        late %= 3
    if grain in ("year", "quarter") and late:
        return months(bound(late, "integer"))
    if grain == "week" and calendar.week_starts:
        return days(bound(calendar.week_starts, "integer"))
    return None


def sort_key(expression: Expression, field: Field, type_: FieldType) -> Expression:
    """What a dimension sorts by: listed values in business order, other text byte by byte."""
    if field.listed:
        order = {value: position for position, value in enumerate(field.values)}
        cases = [
            (expression == bound(value, field.type), bound(place, "integer"))
            for value, place in order.items()
        ]
        return sa.case(*cases)
    return by_bytes(expression) if type_ == "text" else expression
