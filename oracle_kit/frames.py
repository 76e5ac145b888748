"""Rows as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from oracle_kit.errors import NotInstalled
from oracle_kit.query import Scalar


def to_pandas(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Scalar]]) -> Any:
    """A DataFrame of columns (name, type): decimals exact as Decimal, dates as date, moments as datetime64.

    NotInstalled without pandas.
    """
    try:
        pandas = import_module("pandas")
    except ImportError:
        raise NotInstalled("pandas is not installed.", hint="pip install 'oracle-kit[notebook]'") from None
    made = {name: _series(pandas, kind, [row[at] for row in rows]) for at, (name, kind) in enumerate(columns)}
    return pandas.DataFrame(made, columns=[name for name, _ in columns])


def _series(pandas: Any, kind: str, values: Sequence[Scalar]) -> Any:
    if kind == "integer":
        return pandas.array(values, dtype="Int64")
    if kind == "boolean":
        return pandas.array(values, dtype="boolean")
    read = _READERS.get(kind)
    made = [None if value is None else read(value) if read else value for value in values]
    if kind == "timestamp":
        return pandas.Series(made, dtype="datetime64[us]")
    return pandas.Series(made, dtype="float64" if kind == "float" else "object")


_READERS: dict[str, Callable[[Any], Any]] = {
    "decimal": lambda value: Decimal(str(value)),
    "float": float,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}
