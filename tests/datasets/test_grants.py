"""A PostgreSQL role that holds only the printed GRANTs can answer everything, and read nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.grants import grants
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import WarehouseUnavailable
from oracle_kit.windows import Clock
from tests.datasets import lending
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import SHAPES, listed
from tests.postgres import Postgres


@pytest.fixture(params=[True, False], ids=["personal", "not personal"])
def granted(
    request: pytest.FixtureRequest, postgres: Postgres, library: Catalog
) -> Iterator[tuple[Warehouse, bool]]:
    """The library read by a role with the GRANTs alone, with or without personal data."""
    url, role = postgres.create("granted"), f"reader_{request.param}".lower()
    lending.build(url)
    admin = sa.create_engine(url)
    with admin.begin() as connection:
        connection.execute(sa.text("ALTER TABLE members ADD COLUMN medical_note VARCHAR"))
        connection.execute(sa.text("CREATE TABLE salaries (employee VARCHAR)"))
        connection.execute(sa.text(f'DROP ROLE IF EXISTS "{role}"'))
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
        for statement in grants(library, role, personal=request.param):
            connection.execute(sa.text(statement))
    warehouse = Warehouse(url.replace("postgres@", f"{role}@"))
    yield warehouse, request.param
    warehouse.close()
    admin.dispose()
    postgres.drop(url)


def test_everything_is_answered_under_the_grants(
    granted: tuple[Warehouse, bool], library: Catalog, clock: Clock, postgres_library: Warehouse
) -> None:
    warehouse, _ = granted
    assert library.verify(warehouse) == () or not granted[1]
    for name, query in SHAPES.items():
        statement = compile_query(query, library, VIEWERS["analyst"], clock)
        with warehouse.snapshot(clock) as own, postgres_library.snapshot(clock) as owner:
            assert own.run(statement) == owner.run(statement), name


def test_personal_data_is_read_only_under_the_grant_for_it(
    granted: tuple[Warehouse, bool], library: Catalog, clock: Clock
) -> None:
    warehouse, personal = granted
    statement = compile_query(listed("email", limit=1), library, VIEWERS["clerk"], clock)
    with warehouse.snapshot(clock) as snapshot:
        if personal:
            assert "@" in str(snapshot.run(statement).rows[0][1])
        else:
            with pytest.raises(WarehouseUnavailable, match="permission denied") as caught:
                snapshot.run(statement)
            assert "Grant the role SELECT" in caught.value.hint


@pytest.mark.parametrize(
    "sql", ["SELECT medical_note FROM members", "SELECT * FROM members", "SELECT * FROM salaries"]
)
def test_nothing_else_can_be_read(sql: str, granted: tuple[Warehouse, bool], clock: Clock) -> None:
    with (
        granted[0].snapshot(clock) as snapshot,
        pytest.raises(WarehouseUnavailable, match="permission denied"),
    ):
        snapshot.execute(sa.text(sql))  # type: ignore[arg-type]  # any statement runs


def test_names_are_quoted(library: Catalog) -> None:
    assert grants(library, 'a"b')[0].endswith('TO "a""b";')
