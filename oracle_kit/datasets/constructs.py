"""The few constructs that DuckDB and PostgreSQL spell differently, and the types that fields have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from oracle_kit.words import FieldType

Expression = ColumnElement[Any]

SQL_TYPES: dict[FieldType, Any] = {
    "integer": sa.BigInteger(),
    "decimal": sa.Numeric(),
    "float": sa.Double(),
    "text": sa.String(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "timestamp": sa.DateTime(),
}
EXACT = sa.Numeric(38, 12)  # floats are summed as this, so that no order of rows changes a digit
STEP = Decimal("0.000000000001")  # of EXACT
WHOLE = 9e18  # floats up to this have a whole part that fits into 64 bits
LARGEST = 1e22  # of a float that is counted; what lies beyond is no figure, nor are NaN and Infinity


class lower_middle(FunctionElement[Any]):
    """The middle value, the lower one of two: with the upper one a median that no database rounds its way."""

    inherit_cache = True


@compiles(lower_middle)
def _lower_middle(element: lower_middle, compiler: SQLCompiler, **kw: Any) -> str:
    return f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {compiler.process(element.clauses, **kw)})"


class upper_middle(FunctionElement[Any]):
    """The middle value, the upper one of two."""

    inherit_cache = True


@compiles(upper_middle)
def _upper_middle(element: upper_middle, compiler: SQLCompiler, **kw: Any) -> str:
    return f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {compiler.process(element.clauses, **kw)} DESC)"


class months(FunctionElement[Any]):
    """So many months as an interval."""

    type = sa.Interval()
    inherit_cache = True


@compiles(months)
def _months(element: months, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_months(CAST({compiler.process(element.clauses, **kw)} AS INTEGER))"


@compiles(months, "postgresql")
def _months_postgresql(element: months, compiler: SQLCompiler, **kw: Any) -> str:
    return f"make_interval(months => CAST({compiler.process(element.clauses, **kw)} AS INTEGER))"


class days(FunctionElement[Any]):
    """So many days as an interval."""

    type = sa.Interval()
    inherit_cache = True


@compiles(days)
def _days(element: days, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_days(CAST({compiler.process(element.clauses, **kw)} AS INTEGER))"


@compiles(days, "postgresql")
def _days_postgresql(element: days, compiler: SQLCompiler, **kw: Any) -> str:
    return f"make_interval(days => CAST({compiler.process(element.clauses, **kw)} AS INTEGER))"


class by_bytes(FunctionElement[Any]):
    """Text compared byte by byte, as DuckDB does by itself and PostgreSQL under the collation "C"."""

    type = sa.String()
    inherit_cache = True


@compiles(by_bytes)
def _by_bytes(element: by_bytes, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(by_bytes, "postgresql")
def _by_bytes_postgresql(element: by_bytes, compiler: SQLCompiler, **kw: Any) -> str:
    return f'({compiler.process(element.clauses, **kw)}) COLLATE "C"'


def double(expression: Expression) -> Expression:
    """The expression as a double."""
    return sa.cast(expression, sa.Double())


def quotient(numerator: Expression, denominator: Expression) -> Expression:
    """A double; null where the denominator is zero."""
    divisor: Expression = sa.func.nullif(double(denominator), sa.cast(0, sa.Double()), type_=sa.Double())
    return sa.type_coerce(double(numerator) / divisor, sa.Double())


def epoch(moment: Expression) -> Expression:
    """Seconds since 1970 as a double."""
    return double(sa.extract("epoch", moment))


def finite(expression: Expression) -> Expression:
    """The float; null where it is NaN, infinite or beyond every figure."""
    low: Expression = sa.bindparam(None, -LARGEST, type_=sa.Double())
    high: Expression = sa.bindparam(None, LARGEST, type_=sa.Double())
    return sa.case((expression.between(low, high), expression))


def exact(expression: Expression) -> Expression:
    """The float as a decimal of twelve digits, rounded alike by both databases.

    Each has its own way to cast a double to a decimal where it lies between two of them, so the rounding is
    done on doubles: a whole part and so many steps, both exact. Floats beyond WHOLE are cast as they are.
    """
    low: Expression = sa.bindparam(None, -WHOLE, type_=sa.Double())
    high: Expression = sa.bindparam(None, WHOLE, type_=sa.Double())
    half: Expression = sa.bindparam(None, 0.5, type_=sa.Double())
    many: Expression = sa.bindparam(None, 1e12, type_=sa.Double())
    whole: Expression = sa.func.floor(expression, type_=sa.Double())
    steps: Expression = sa.func.floor((expression - whole) * many + half, type_=sa.Double())
    small = sa.cast(sa.cast(steps, sa.BigInteger()), sa.Numeric(13, 0)) * sa.cast(STEP, sa.Numeric(13, 12))
    stepped = sa.cast(sa.cast(whole, sa.BigInteger()), EXACT) + sa.cast(small, EXACT)
    return sa.case((expression.between(low, high), stepped), else_=sa.cast(expression, EXACT))


def truth(condition: Expression) -> Expression:
    """The condition, false where it is unknown."""
    return sa.func.coalesce(condition, sa.false(), type_=sa.Boolean())
