"""The served canvas over the demo warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from canvas_server import create_app
from oracle_kit import Oracle, Settings, open_oracle
from tests.server import examples
from tests.server.served import MANY, Served, serving


@pytest.fixture(scope="session")
def server_settings(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the server that the tests share."""
    home = tmp_path_factory.mktemp("served")
    state = f"sqlite:///{home / 'state.sqlite'}"
    return Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, **MANY)


@pytest.fixture(scope="session")
def served_oracle(server_settings: Settings) -> Iterator[Oracle]:
    """The Oracle that the tests' servers share."""
    oracle = open_oracle(server_settings)
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def served(served_oracle: Oracle, server_settings: Settings) -> Iterator[Served]:
    """A server that all tests share; each makes pages of its own."""
    with serving(create_app(served_oracle, server_settings), served_oracle) as one:
        yield one


@pytest.fixture(scope="session")
def modelled(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own with a model behind it."""
    home = tmp_path_factory.mktemp("modelled")
    state = f"sqlite:///{home / 'state.sqlite'}"
    settings = Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, **MANY)
    with examples.modelled(settings) as one:
        yield one


@pytest.fixture
def serve(served_oracle: Oracle, server_settings: Settings) -> Iterator[Callable[..., Served]]:
    """Serves the shared Oracle under other settings, for one test."""
    with ExitStack() as stack:

        def start(**changed: Any) -> Served:
            settings = server_settings.model_copy(update=changed)
            return stack.enter_context(serving(create_app(served_oracle, settings), served_oracle))

        yield start


@pytest.fixture
def analyst(served: Served) -> Iterator[httpx.Client]:
    """A client signed in as the analyst."""
    with served.client() as client:
        yield client


@pytest.fixture
def own_oracle(velocity_duckdb: str, tmp_path: Path) -> Iterator[Oracle]:
    """An Oracle of one test alone, which it may break."""
    state = f"sqlite:///{tmp_path / 'state.sqlite'}"
    oracle = open_oracle(Settings(warehouse_url=velocity_duckdb, home=tmp_path, state_url=state))
    yield oracle
    oracle.close()
