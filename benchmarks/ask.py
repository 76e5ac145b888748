"""One prompt from end to end: milliseconds per stage, and the fetch stage beside bare SQLAlchemy.

How to read it: `ask` is what a caller waits for; `outside fetch` is Oracle's own share of it. The floor runs the very
SQL that the prompts ran, with the same parameters, on one plain SQLAlchemy connection to the same database.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.datasets.compile import compile_query
from oracle_kit.demo import build
from oracle_kit.query import Query

PROMPTS = (
    "Show overdue high-QD follow-ups.",
    "Build a CRM pipeline view for high-intent NRI buyers.",
    "Build a Kolkata luxury inventory comparison block.",
    "leads by city",
    "win rate by city this year",
    "how many visits last month",
)
ROUNDS = 20
STAGES = ("retrieve", "select", "plan", "fetch", "synthesize", "commit")


def main(scale: float = 1.0) -> None:
    """Print the figures at one scale."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"duckdb:///{Path(folder) / 'velocity.duckdb'}"
        build(url, scale=scale)
        oracle = open_oracle(Settings(warehouse_url=url, home=Path(folder)))
        try:
            _report(oracle, scale)
        finally:
            oracle.close()


def _report(oracle: Oracle, scale: float) -> None:
    viewer = oracle.viewer("analyst")
    queries: dict[str, Query] = {}
    for prompt in PROMPTS:  # once each before measuring: the second person's wait, not the first one's
        for block in oracle.ask(prompt, viewer=viewer).blocks:
            queries |= {query.digest: query for query in block.queries.values()}
    waits: list[float] = []
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    fetched = floor = 0.0
    for _ in range(ROUNDS):
        for prompt in PROMPTS:
            started = perf_counter()
            answer = oracle.ask(prompt, viewer=viewer)
            waits.append((perf_counter() - started) * 1000)
            for timing in answer.timings:
                stages[timing.stage].append(timing.ms)
        fetched += sum(stages["fetch"][-len(PROMPTS) :])
        floor += _floor(oracle, tuple(queries.values()))
    outside = [wait - fetch for wait, fetch in zip(waits, stages["fetch"], strict=True)]
    print(f"scale {scale:g}, {len(waits)} prompts, {len(queries)} statements")
    for name, values in {"ask": waits, "outside fetch": outside, **stages}.items():
        print(f"  {name:<14} p50 {_at(values, 50):7.2f} ms   p95 {_at(values, 95):7.2f} ms")
    print(
        f"  fetch stage / the same SQL through bare SQLAlchemy: {fetched / floor:.2f} (to reach: at most 1.2)"
    )


def _floor(oracle: Oracle, queries: tuple[Query, ...]) -> float:
    """Milliseconds of all statements on a plain connection, rows fetched."""
    parts = oracle._parts  # the benchmark runs the compiled statements past the product
    viewer, clock = oracle.viewer("analyst"), parts.clock()
    statements = [compile_query(query, parts.catalog, viewer, clock) for query in queries]
    spent = 0.0
    with parts.warehouse.adapter.engine.connect() as connection:
        for statement in statements:
            started = perf_counter()
            _run(connection, statement.select, dict(statement.parameters))
            spent += perf_counter() - started
    return spent * 1000


def _run(connection: sa.Connection, select: sa.Executable, parameters: dict[str, object]) -> None:
    connection.execute(select, parameters).fetchall()


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
