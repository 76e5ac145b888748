"""Explain a block's numbers, and run them again to compare."""

from __future__ import annotations

from typing import Any, Literal

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query, explain
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.model import Block, QuerySource, Rows, Viewer, json_ready
from oracle_kit.pipeline.fetch import fetch_queries
from oracle_kit.pipeline.personal import kept
from oracle_kit.query import Query, Value
from oracle_kit.windows import Clock

Verdict = Literal["identical", "data_changed", "definition_changed", "not_comparable"]


class Replay(Value):
    """How a block's named query compares when it is run again at its stored as_of."""

    name: str
    verdict: Verdict
    reason: str
    rows_before: int
    rows_now: int


def explained(
    queries: dict[str, Query], catalog: Catalog, viewer: Viewer, clock: Clock, dialect: str
) -> dict[str, Any]:
    """Per named query, the SQL that runs for this viewer and its bound parameters, as JSON has them."""
    compiled = {name: compile_query(query, catalog, viewer, clock) for name, query in queries.items()}
    shown = {name: explain(statement, dialect) for name, statement in compiled.items()}
    return {
        name: {"sql": one.sql, "parameters": {key: _plain(value) for key, value in one.parameters.items()}}
        for name, one in shown.items()
    }


def _plain(value: Any) -> Any:
    """A bound value as JSON has it: decimals and moments as text."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(json_ready(value))


def replay(
    block: Block, catalog: Catalog, warehouse: Warehouse, viewer: Viewer, clock: Clock
) -> tuple[Replay, ...]:
    """Each named query of the block run again with its stored as_of, under the viewer's rights, and compared."""
    outcomes = []
    for name, query in block.queries.items():
        source = block.source.queries[name]
        then = clock.model_copy(update={"now": source.as_of})
        with warehouse.snapshot(then) as snapshot:
            (rows,) = fetch_queries([query], catalog, snapshot, viewer, then)
        digest = catalog.datasets[query.dataset].digest
        outcomes.append(_compare(name, source, kept(rows, query, catalog), digest))
    return tuple(outcomes)


def _compare(name: str, source: QuerySource, rows: Rows, dataset_digest: str) -> Replay:
    verdict, reason = _verdict(source, rows, dataset_digest)
    return Replay(
        name=name, verdict=verdict, reason=reason, rows_before=source.row_count, rows_now=len(rows.rows)
    )


def _verdict(source: QuerySource, rows: Rows, dataset_digest: str) -> tuple[Verdict, str]:
    if source.scopes != rows.scopes:
        return "not_comparable", "The rows were read under other rights than yours."
    if source.rows_digest == rows.digest:
        return "identical", "The same rows come back."
    if source.dataset_digest != dataset_digest:
        return "definition_changed", "The dataset's definition is not the one that was used then."
    return "data_changed", "The definition is the same; the data changed since."
