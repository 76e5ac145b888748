"""The lending library on both databases, and queries run on either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.model import Rows, Viewer
from oracle_kit.query import Query
from oracle_kit.windows import Clock
from tests.datasets import lending
from tests.postgres import Postgres

Ask = Callable[..., Rows]


@pytest.fixture(scope="session")
def library() -> Catalog:
    return lending.catalog()


@pytest.fixture(scope="session")
def clock() -> Clock:
    return lending.clock()


@pytest.fixture(scope="session")
def duckdb_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("library") / "library.duckdb"
    lending.build(f"duckdb:///{path}")
    warehouse = Warehouse(f"duckdb:///{path}")
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="session")
def postgres_library(postgres: Postgres) -> Iterator[Warehouse]:
    url = postgres.create("library")
    lending.build(url)
    warehouse = Warehouse(url)
    yield warehouse
    warehouse.close()
    postgres.drop(url)


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    name = "duckdb_library" if request.param == "duckdb" else "postgres_library"
    found: Warehouse = request.getfixturevalue(name)
    return found


@pytest.fixture
def ask(library: Catalog, clock: Clock, warehouse: Warehouse) -> Ask:
    """Runs a query as a viewer on the database at hand."""

    def run(query: Query, viewer: Viewer = lending.VIEWERS["analyst"]) -> Rows:
        with warehouse.snapshot(clock) as snapshot:
            return snapshot.run(compile_query(query, library, viewer, clock))

    return run


@pytest.fixture
def library_folder(tmp_path: Path) -> Path:
    """A copy of the library's content that a test may spoil."""
    import shutil

    folder = tmp_path / "datasets"
    shutil.copytree(lending.CONTENT, folder)
    return folder
