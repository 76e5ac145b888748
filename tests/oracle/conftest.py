"""A whole Oracle over the demo warehouse on each database, opened once; each test asks as somebody of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit import Oracle, Settings, Viewer, open_oracle
from oracle_kit.ids import new_id

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def settings(velocity_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over the demo warehouse on each database in turn."""
    home = tmp_path_factory.mktemp("oracle")
    return Settings(warehouse_url=velocity_url, home=home, state_url=f"sqlite:///{home / 'state.sqlite'}")


@pytest.fixture(scope="session")
def oracle(settings: Settings) -> Iterator[Oracle]:
    """The Oracle that the tests of one process share."""
    opened = open_oracle(settings)
    yield opened
    opened.close()


@pytest.fixture
def analyst(oracle: Oracle) -> Viewer:
    """An analyst of this test's own, who has no pages yet."""
    return oracle.viewer("analyst").model_copy(update={"id": new_id("user")})


@pytest.fixture
def sql(velocity_postgres: str) -> Iterator[Callable[[str], Rows]]:
    """Runs a statement written by hand, past the product; both databases hold the same rows."""
    engine = sa.create_engine(velocity_postgres, poolclass=sa.NullPool)

    def run(text: str) -> Rows:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(text))]

    yield run
    engine.dispose()
