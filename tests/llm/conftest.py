"""Routers on fake servers, with a state of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.policy import Policy, load_policy
from oracle_kit.llm.router import ModelRouter
from oracle_kit.state import State, open_state
from oracle_kit.testing import FakeModelServer

QUICK = {"connect": 0.3, "first_token": 0.8, "total": 3.0, "load": 4.0, "look": 1.5}


def quick_policy(**changes: Any) -> Policy:
    """The policy that ships, with short times and a model named `small` everywhere."""
    policy = load_policy().model_dump()
    policy["deadlines"] = QUICK
    policy["circuit"] = {"failures": 3, "open": 0.3, "most_open": 0.6}
    for own in policy["providers"].values():
        own["model"] = "small"
    return Policy.model_validate(policy | changes)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def ollama() -> Iterator[FakeModelServer]:
    with FakeModelServer() as server:
        yield server


@pytest.fixture
def nemoclaw() -> Iterator[FakeModelServer]:
    with FakeModelServer(key="key-of-nemoclaw") as server:
        yield server


MakeRouter = Callable[..., ModelRouter]


@pytest.fixture
def make_router(state: State) -> Iterator[MakeRouter]:
    """A router over the addresses given; its policy is `quick_policy` with changes."""
    made: list[ModelRouter] = []

    def make(ollama: str | None, nemoclaw: str | None, **changes: Any) -> ModelRouter:
        environ = {
            "OLLAMA_HOST": ollama or "",
            "NEMOCLAW_API_URL": nemoclaw or "",
            "NEMOCLAW_API_KEY": "key-of-nemoclaw",
        }
        policy = quick_policy(**changes)
        lanes = [Lane(provider, policy) for provider in open_providers(environ, policy)]
        made.append(ModelRouter(lanes, policy, state))
        return made[-1]

    yield make
    for router in made:
        router.close()


@pytest.fixture
def router(make_router: MakeRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer) -> ModelRouter:
    return make_router(ollama.address, nemoclaw.address)
