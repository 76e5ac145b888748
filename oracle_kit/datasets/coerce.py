"""Scalars of a query, JSON values all, become the plain values that a field's type compares with."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from oracle_kit.words import FieldType

DIGITS = 30  # of a number; no database compares longer ones exactly


class Unfit(Exception):
    """The value cannot be one of the type."""


def plain_value(value: Any, type_: FieldType) -> Any:
    """The value as the type compares it (numbers exact, times naive UTC); Unfit when it is no such value."""
    if value is None:
        return None
    try:
        return _READERS[type_](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        raise Unfit(f"{value!r} is no {type_}") from None


def _number(value: Any) -> int | Decimal:
    """A whole number as int, any other as Decimal, so that no digit is lost."""
    if isinstance(value, bool):
        raise ValueError(value)
    exact = Decimal(str(value).strip())
    if not exact.is_finite() or abs(exact) >= Decimal(10) ** 30 or len(exact.as_tuple().digits) > DIGITS:
        raise ValueError(value)
    return int(exact) if exact == exact.to_integral_value() else exact


def _integer(value: Any) -> int | Decimal:
    number = _number(value)
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise OverflowError(value)
    return number


def _float(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(float(value)):
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    value.encode()  # half a surrogate pair is no text; UnicodeEncodeError is a ValueError
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _date(value: Any) -> date:
    return value if isinstance(value, date) and not isinstance(value, datetime) else date.fromisoformat(value)


def _timestamp(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


_READERS: dict[FieldType, Callable[[Any], Any]] = {
    "integer": _integer,
    "decimal": _number,
    "float": _float,
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}
