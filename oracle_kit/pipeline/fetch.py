"""Stage 4: run a plan's named queries under the viewer's rights, in one snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

from pydantic import Field

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.errors import FieldNotAllowed, QueryRefused
from oracle_kit.model import Plan, Refusal, Rows, Step, Viewer
from oracle_kit.query import Query, Value
from oracle_kit.windows import Clock


class FetchRecord(Value):
    """One statement that ran, for the audit: who, what, under which policies, how many rows, how long."""

    viewer: str
    dataset: str
    query_digest: str
    policies: tuple[str, ...]
    row_count: int
    ms: float


class Fetched(Value):
    """A step with the rows of its named queries, or the reason why it has none."""

    step: Step
    results: dict[str, Rows] = Field(default_factory=dict)
    refusal: Refusal | None = None


class Fetches(Value):
    """What stage 4 gives: every step with its rows, and what ran."""

    steps: tuple[Fetched, ...]
    records: tuple[FetchRecord, ...]


def fetch(plan: Plan, catalog: Catalog, snapshot: Snapshot, viewer: Viewer, clock: Clock) -> Fetches:
    """The plan's steps with their rows; a query that the viewer may not run refuses its step, equal queries run once.

    Raises WarehouseUnavailable and FetchTimeout: then nothing of the prompt is answered.
    """
    reader = _Reader(catalog, snapshot, viewer, clock)
    steps = tuple(_fetch_step(step, reader) for step in plan.steps)
    return Fetches(steps=steps, records=tuple(reader.records))


def fetch_queries(
    queries: Iterable[Query], catalog: Catalog, snapshot: Snapshot, viewer: Viewer, clock: Clock
) -> tuple[Rows, ...]:
    """The rows of each query, in order, compiled and run under the viewer's rights."""
    reader = _Reader(catalog, snapshot, viewer, clock)
    return tuple(reader.read(query) for query in queries)


class _Reader:
    """Runs queries once each and remembers what ran."""

    def __init__(self, catalog: Catalog, snapshot: Snapshot, viewer: Viewer, clock: Clock) -> None:
        self.catalog, self.snapshot, self.viewer, self.clock = catalog, snapshot, viewer, clock
        self.seen: dict[Query, Rows] = {}
        self.records: list[FetchRecord] = []

    def read(self, query: Query) -> Rows:
        if query not in self.seen:
            self.seen[query] = self._run(query)
        return self.seen[query]

    def _run(self, query: Query) -> Rows:
        started = perf_counter()
        rows = self.snapshot.run(compile_query(query, self.catalog, self.viewer, self.clock))
        self.records.append(
            FetchRecord(
                viewer=self.viewer.id,
                dataset=query.dataset,
                query_digest=query.digest,
                policies=rows.policies,
                row_count=len(rows.rows),
                ms=round((perf_counter() - started) * 1000, 3),
            )
        )
        return rows


def _fetch_step(step: Step, reader: _Reader) -> Fetched:
    try:
        return Fetched(step=step, results={name: reader.read(query) for name, query in step.queries.items()})
    except (FieldNotAllowed, QueryRefused) as error:
        code = "not_permitted" if isinstance(error, FieldNotAllowed) else "unknown_field"
        refusal = Refusal(code=code, message=error.message, suggestions=(error.hint,) if error.hint else ())
        return Fetched(step=step, refusal=refusal)
