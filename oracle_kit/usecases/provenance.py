"""Where a block's numbers came from, as one viewer may know it."""

from __future__ import annotations

from typing import Any

from oracle_kit.datasets.policy import access
from oracle_kit.model import Block, Viewer, json_ready
from oracle_kit.pipeline.replay import explained
from oracle_kit.query import Query
from oracle_kit.usecases.parts import Parts
from oracle_kit.windows import Clock


def provenance_of(block: Block, parts: Parts, viewer: Viewer) -> dict[str, Any]:
    """The block's source and chips, and each query with the SQL and parameters that run for this viewer."""
    return {
        "block_id": block.id,
        "title": block.title,
        "source": json_ready(block.source),
        "chips": json_ready(block.chips),
        "withheld": block.withheld,
        "queries": {
            name: {"query": json_ready(query), **_explained(query, block, parts, viewer)}
            for name, query in block.queries.items()
        },
    }


def clock_of(block: Block, parts: Parts) -> Clock:
    """The clock with the as_of that the block was read at."""
    clock = parts.clock()
    as_of = next((one.as_of for one in block.source.queries.values()), clock.now)
    return clock.model_copy(update={"now": as_of})


def _explained(query: Query, block: Block, parts: Parts, viewer: Viewer) -> dict[str, Any]:
    """The SQL that runs for this viewer; none where they may not run it."""
    if access(parts.catalog.dataset(query.dataset), viewer) is None:
        return {"sql": None, "parameters": None}
    clock, dialect = clock_of(block, parts), parts.warehouse.dialect
    told: dict[str, Any] = explained({"it": query}, parts.catalog, viewer, clock, dialect)["it"]
    return told
