"""A page store on SQLite, then on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.state import State, open_state


@pytest.fixture
def state(database_url: str) -> Iterator[State]:
    """A fresh state on each database in turn."""
    opened = open_state(database_url)
    yield opened
    opened.close()


@pytest.fixture
def store(state: State) -> SqlPageStore:
    """Its pages."""
    return SqlPageStore(state)
