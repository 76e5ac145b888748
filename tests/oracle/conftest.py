"""A whole Oracle over the demo warehouse, its state fresh for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit import Oracle, Settings, open_oracle

Rows = list[tuple[Any, ...]]


@pytest.fixture
def settings(velocity_url: str, tmp_path: Path) -> Settings:
    """Settings over the demo warehouse on each database in turn."""
    return Settings(
        warehouse_url=velocity_url, home=tmp_path, state_url=f"sqlite:///{tmp_path / 'state.sqlite'}"
    )


@pytest.fixture
def oracle(settings: Settings) -> Iterator[Oracle]:
    """An Oracle of this test's own."""
    opened = open_oracle(settings)
    yield opened
    opened.close()


@pytest.fixture
def sql(velocity_postgres: str) -> Iterator[Callable[[str], Rows]]:
    """Runs a statement written by hand, on a plain connection past the product; both databases hold the same rows."""
    engine = sa.create_engine(velocity_postgres, poolclass=sa.NullPool)

    def run(text: str) -> Rows:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(text))]

    yield run
    engine.dispose()
