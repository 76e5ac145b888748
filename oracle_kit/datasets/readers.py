"""Values as a driver gives them become JSON scalars: the same on every database."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from oracle_kit.datasets.statement import Reader
from oracle_kit.query import Scalar

CENTS = 2  # digits after the point that money has at least
SURE_DIGITS = 15  # of a double that is kept as a decimal
DIGITS = 12  # of a float that count: beyond them databases differ in how they divide
NOTHING = 1e-12  # what is left over where floats cancel out


def read_columns(rows: Sequence[Sequence[Any]], readers: Sequence[Reader]) -> list[tuple[Scalar, ...]]:
    """The rows as JSON scalars: decimals as text (money with its cents), ISO times, floats of twelve digits.

    Columns beyond the readers are left out.
    """
    if not rows:
        return []
    columns = [
        _column(values, reader) for values, reader in zip(zip(*rows, strict=True), readers, strict=False)
    ]
    return list(zip(*columns, strict=True))


def _column(values: Sequence[Any], reader: Reader) -> Sequence[Scalar]:
    read = _READERS.get(reader)
    return values if read is None else [None if value is None else read(value) for value in values]


def _money(value: Any) -> str | None:
    text = _decimal(value)
    if text is None:
        return None
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(CENTS, '0')}"


def _decimal(value: Any) -> str | None:
    """The number without a trailing zero, so that the scale of a column changes nothing."""
    exact = value if isinstance(value, Decimal) else Decimal(f"{value:.{SURE_DIGITS}g}")
    if not exact.is_finite():
        return None
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float(value: Any) -> float | None:
    number = float(value)
    if not math.isfinite(number):
        return None
    return float(f"{number:.{DIGITS}g}") if abs(number) > NOTHING else 0.0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _date(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value.isoformat())


def _timestamp(value: Any) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()
    return datetime(value.year, value.month, value.day).isoformat() if isinstance(value, date) else str(value)


_READERS: dict[Reader, Callable[[Any], Scalar]] = {
    "integer": int,
    "money": _money,
    "decimal": _decimal,
    "float": _float,
    "text": _text,
    "boolean": bool,
    "date": _date,
    "timestamp": _timestamp,
}
