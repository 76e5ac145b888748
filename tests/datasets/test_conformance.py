"""Every statement shape gives exactly the same rows on DuckDB and on PostgreSQL."""

from __future__ import annotations

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.model import Rows, Viewer
from oracle_kit.query import Query
from oracle_kit.windows import Clock
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import SHAPES


def run(warehouse: Warehouse, query: Query, viewer: Viewer, library: Catalog, clock: Clock) -> Rows:
    with warehouse.snapshot(clock) as snapshot:
        return snapshot.run(compile_query(query, library, viewer, clock))


@pytest.mark.parametrize("viewer", ["analyst", "clerk", "clerk and lead"])
@pytest.mark.parametrize("name", SHAPES)
def test_both_databases_agree(
    name: str,
    viewer: str,
    duckdb_library: Warehouse,
    postgres_library: Warehouse,
    library: Catalog,
    clock: Clock,
) -> None:
    query, who = SHAPES[name], VIEWERS[viewer]
    left = run(duckdb_library, query, who, library, clock)
    right = run(postgres_library, query, who, library, clock)
    assert left.rows == right.rows
    assert [type(value) for row in left.rows for value in row] == [
        type(value) for row in right.rows for value in row
    ]
    assert left == right
    assert Rows.model_validate(left.model_dump()) == left  # what was built without validation is valid
