"""One small demo warehouse to read, and the way to count rows in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from oracle_kit.demo.reading import open_url, reading

Count = Callable[[str], int]


@pytest.fixture(scope="module")
def count(velocity_duckdb: str) -> Iterator[Count]:
    """The single number that a query of the demo on DuckDB gives."""
    with reading(open_url(velocity_duckdb)) as connection:
        yield lambda query: int(connection.execute(sa.text(query)).scalar_one())
