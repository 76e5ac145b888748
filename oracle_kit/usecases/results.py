"""Results as files: CSV with formulas made harmless, Parquet."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from oracle_kit.jobs.job import Result

COLUMNS = (
    *("request_id", "position", "status", "reply", "parsed", "latency_ms", "attempts", "provider", "model"),
    *("usage", "detail", "started_at", "ended_at", "failure_class", "failure_reason"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
TOGETHER = 500


def as_csv(results: Iterable[Result]) -> Iterator[str]:
    """The results as CSV text, some hundred rows at a time; what a spreadsheet would run gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, row in enumerate(_rows(results), 1):
        writer.writerow([_harmless(value) for value in row])
        if number % TOGETHER == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_parquet(results: Iterable[Result], path: Path) -> None:
    """Write the results as a Parquet file: numbers as numbers, structures as JSON text."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="oracle-results-") as folder:
        rows = Path(folder) / "rows.csv"
        with rows.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_rows(results))
        numbers = {"position": "BIGINT", "attempts": "BIGINT", "latency_ms": "DOUBLE"}
        types = {name: numbers.get(name, "VARCHAR") for name in COLUMNS}
        with duckdb.connect() as connection:
            connection.read_csv(
                str(rows), header=True, columns=types, max_line_size=64_000_000
            ).write_parquet(str(path))


def _rows(results: Iterable[Result]) -> Iterator[list[Any]]:
    """Results as flat rows of text and numbers: structures as JSON."""
    for one in results:
        told = one.model_dump(mode="json", include=set(COLUMNS))
        yield [_flat(told[name]) for name in COLUMNS]


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
