"""A desk on each database in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oracle_kit.state import State, open_state
from tests.jobs.desk import Desk


@pytest.fixture
def state(state_url: str) -> Iterator[State]:
    opened = open_state(state_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(state: State) -> Desk:
    return Desk(state)
