"""The state on each database in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oracle_kit.state import State, open_state


@pytest.fixture
def state(database_url: str) -> Iterator[State]:
    """A fresh state, on SQLite and then on PostgreSQL."""
    opened = open_state(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_state(postgres_url: str) -> Iterator[State]:
    """A fresh state on PostgreSQL."""
    opened = open_state(postgres_url)
    yield opened
    opened.close()
