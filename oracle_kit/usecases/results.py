"""Results as files: CSV with formulas made harmless, Parquet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from oracle_kit.jobs.job import Result
from oracle_kit.usecases.jobs import as_rows

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
    for number, row in enumerate(as_rows(results, COLUMNS), 1):
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
            writer.writerows(as_rows(results, COLUMNS))
        numbers = {"position": "BIGINT", "attempts": "BIGINT", "latency_ms": "DOUBLE"}
        types = {name: numbers.get(name, "VARCHAR") for name in COLUMNS}
        with duckdb.connect() as connection:
            connection.read_csv(
                str(rows), header=True, columns=types, max_line_size=64_000_000
            ).write_parquet(str(path))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
