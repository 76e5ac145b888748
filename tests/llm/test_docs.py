"""The documents: the example provider runs, every level is shown with what to do, every variable is named."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.console import Console

from oracle_kit.errors import NoProvider, ProviderFailed
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.health import NEXT
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import VARIABLES
from oracle_kit.llm.policy import Policy, Wanted
from oracle_kit.llm.provider import ChatRequest, Level, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.llm.switch_store import SwitchStore
from oracle_kit.llm.table import providers_table, switch_lines
from oracle_kit.state import State
from tests.llm.conftest import quick_policy

DOCS = Path(__file__).parents[2] / "docs"
REQUEST = ChatRequest(messages=(Message(role="user", content="hi"),))


@pytest.fixture(scope="module")
def example() -> Any:
    """The class that docs/providers.md shows."""
    (code,) = re.findall(
        r"```python\n(.*?)```", (DOCS / "providers.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # our own document
    return names["InProcessProvider"]


def pieces(_: ChatRequest) -> Iterator[str]:
    yield from ('{"ok"', ": ", "true}")


def own_policy() -> Policy:
    policy = quick_policy().model_dump()
    policy["providers"] = {"inhouse": {"model": "tiny", "local": True, "sees": "rows", "summaries": True}}
    policy["routes"] = [{"workload": "chat", "order": ["inhouse"]}]
    return Policy.model_validate(policy)


def test_the_example_is_short_and_answers_through_the_router(example: Any, state: State) -> None:
    policy = own_policy()
    router = ModelRouter([Lane(example(pieces), policy)], policy, state)
    json_wanted = REQUEST.model_copy(update={"response_format": "json"})
    routed = router.chat(json_wanted, Wanted(workload="chat", private=True), lambda answer: answer.parsed)
    assert routed.value == {"ok": True}
    assert router.providers()[0].status == "online"


def test_the_example_keeps_its_deadline_and_its_cancel(example: Any) -> None:
    def forever(_: ChatRequest) -> Iterator[str]:
        while True:
            yield "x"

    cancel = threading.Event()
    for more, reason in (({}, "deadline"), ({"cancel": cancel}, "cancelled")):
        cancel.set()
        with pytest.raises(ProviderFailed) as caught:
            example(forever).chat(REQUEST, deadline=Deadline.within(0.05), **more)
        assert caught.value.reason == reason
    empty = example(lambda _: iter(()))
    with pytest.raises(ProviderFailed, match="empty"):
        empty.chat(REQUEST, deadline=Deadline.within(1))


def test_every_level_is_shown_and_told_what_to_do() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    shown = "".join(re.findall(r"```text\n(.*?)```", text, re.DOTALL))
    plain = " ".join(re.sub(r"[│┃]", " ", shown).split())
    for level in get_args(Level):
        assert re.search(rf"│ \w+ +│ {level} +│", shown), level
        assert f"| `{level}` |" in text
        first_words = NEXT[level].split(".")[0].split(":")[0].split()[:4]
        assert " ".join(first_words) in plain
    for variable in VARIABLES:
        assert f"`{variable}" in (DOCS / "providers.md").read_text(encoding="utf-8")


def test_the_table_names_the_matter(state: State) -> None:
    policy = own_policy()
    router = ModelRouter([], policy, state)
    with pytest.raises(NoProvider):
        router.chat(REQUEST, Wanted(workload="chat"), lambda answer: answer)
    console = Console(width=110, record=True)
    console.print(providers_table(router.providers()))
    assert "unconfigured" in console.export_text()


def test_the_switch_in_words(state: State) -> None:
    store = SwitchStore(state)
    assert switch_lines(store.current()) == ("the policy holds; no switch is set",)
    models = {"chat": ModelChoice(provider="nemoclaw", model="m2")}
    put = store.put(
        Switch(pin="ollama", disabled=("nemoclaw",), models=models), by="op", message="maintenance"
    )
    lines = switch_lines(put)
    assert lines[:3] == ("pinned to ollama", "nemoclaw is switched off", "chat: nemoclaw, m2")
    assert lines[3].startswith("set by op, ")
    assert lines[3].endswith("UTC: maintenance")
