"""Shows `oracle providers` at each of its nine levels, from real servers that play them; docs/operations.md has it.

python -m benchmarks.provider_levels
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from oracle_kit.errors import NoProvider
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.policy import Policy, Wanted, load_policy
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.switch import Switch
from oracle_kit.llm.table import providers_table
from oracle_kit.state import State, open_state
from oracle_kit.testing import FakeModelServer, Play

MODEL = "qwen3.6:35b-a3b"
REQUEST = ChatRequest(messages=(Message(role="user", content="hi"),))
Arrange = Callable[[FakeModelServer, ModelRouter], None]


def asks(router: ModelRouter, times: int) -> None:
    """Some traffic, whatever comes of it."""
    for _ in range(times):
        with contextlib.suppress(NoProvider):
            router.chat(REQUEST, Wanted(workload="chat"), lambda answer: answer)


def degraded(server: FakeModelServer, router: ModelRouter) -> None:
    """Every other call fails inside."""
    for _ in range(3):
        server.play(Play(kind="status", status=500, body='{"error": "CUDA out of memory"}'))
        asks(router, 1)


ARRANGED: dict[str, Arrange] = {
    "online": lambda server, router: asks(router, 5),
    "model_cold": lambda server, router: server.models[MODEL].update(loaded=False),
    "model_missing": lambda server, router: server.models.clear(),
    "unauthorized": lambda server, router: setattr(server, "key", "another"),
    "wrong_body": lambda server, router: setattr(
        server, "always", Play(kind="body", body="<html>Sign in</html>")
    ),
    "unreachable": lambda server, router: server.close(),
    "degraded": degraded,
    "disabled": lambda server, router: (
        router.put_switch(Switch(disabled=("ollama",)), by="operator") and None
    ),
}


@contextlib.contextmanager
def arranged(name: str, state: State) -> Iterator[ModelRouter]:
    """A router whose provider is at the level."""
    policy = load_policy()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(FakeModelServer(models=(MODEL,)))
        server.models[MODEL] |= {"size": 24_000_000_000, "family": "qwen35moe"}
        lanes = [Lane(one, policy) for one in open_providers({"OLLAMA_HOST": server.address}, policy)]
        router = ModelRouter(lanes, only_ollama(policy), state)
        ARRANGED[name](server, router)
        yield router
        router.close()
        if name == "unreachable":
            stack.pop_all()


def only_ollama(policy: Policy) -> Policy:
    """The policy without the provider that is not looked at here."""
    routes = [route.model_copy(update={"order": ("ollama",)}) for route in policy.routes]
    return policy.model_copy(
        update={"providers": {"ollama": policy.providers["ollama"]}, "routes": tuple(routes)}
    )


def main() -> None:
    """A table per level."""
    console = Console(width=118, color_system=None)
    with tempfile.TemporaryDirectory() as folder:
        unconfigured = open_state(f"sqlite:///{Path(folder) / 'none.sqlite'}")
        console.print(providers_table(ModelRouter([], load_policy(), unconfigured).providers()))
        unconfigured.close()
        for name in ARRANGED:
            state = open_state(f"sqlite:///{Path(folder) / name}.sqlite")
            with arranged(name, state) as router:
                console.print(providers_table(router.providers()))
            state.close()


if __name__ == "__main__":
    main()
