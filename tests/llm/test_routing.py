"""The policy as a table: who is asked, in which order, for every kind of request and every switch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from oracle_kit.errors import ContentError, NotFound, StaleRevision
from oracle_kit.llm.policy import Wanted, load_policy, rungs
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.llm.switch_store import SwitchStore
from oracle_kit.state import State, open_state
from oracle_kit.state.audit import audit_trail
from oracle_kit.testing import FakeModelServer
from tests.llm.conftest import MakeRouter

BOTH = {"ollama": True, "nemoclaw": False}
OLLAMA = {"ollama": True}
NEMOCLAW = {"nemoclaw": False}
HUGE = 4_001
NONE: dict[str, Any] = {}

# what is asked, its tokens, the switch, who is configured -> the order
TABLE: list[tuple[dict[str, Any], int, dict[str, Any], dict[str, bool], str]] = [
    # the policy of the design
    ({"workload": "planning"}, 10, NONE, BOTH, "ollama nemoclaw"),
    ({"workload": "planning", "steps": 2}, 2_000, NONE, BOTH, "ollama nemoclaw"),
    ({"workload": "planning", "steps": 3}, 10, NONE, BOTH, "nemoclaw ollama"),
    ({"workload": "planning"}, 4_000, NONE, BOTH, "ollama nemoclaw"),
    ({"workload": "planning"}, HUGE, NONE, BOTH, "nemoclaw ollama"),
    ({"workload": "batch"}, 10, NONE, BOTH, "ollama nemoclaw"),
    ({"workload": "batch"}, HUGE, NONE, BOTH, "nemoclaw ollama"),
    ({"workload": "chat"}, 10, NONE, BOTH, "ollama nemoclaw"),
    ({"workload": "summary"}, 10, NONE, BOTH, "ollama nemoclaw"),
    # private: local ones only
    ({"workload": "planning", "private": True}, 10, NONE, BOTH, "ollama"),
    ({"workload": "planning", "private": True}, HUGE, NONE, BOTH, "ollama"),
    ({"workload": "batch", "private": True}, HUGE, NONE, BOTH, "ollama"),
    ({"workload": "chat", "private": True}, 10, NONE, NEMOCLAW, ""),
    ({"workload": "chat", "private": True, "provider": "nemoclaw"}, 10, NONE, BOTH, ""),
    ({"workload": "chat", "private": True, "model": "gpt-oss:120b-cloud"}, 10, NONE, BOTH, ""),
    # the caller names
    ({"workload": "chat", "provider": "nemoclaw"}, 10, NONE, BOTH, "nemoclaw"),
    ({"workload": "planning", "provider": "ollama"}, HUGE, NONE, BOTH, "ollama"),
    ({"workload": "chat", "provider": "nemoclaw"}, 10, NONE, OLLAMA, ""),
    ({"workload": "chat", "model": "nemotron"}, 10, NONE, BOTH, "nemoclaw:nemotron"),
    ({"workload": "chat", "model": "llama3"}, 10, NONE, BOTH, "ollama:llama3 nemoclaw:llama3"),
    ({"workload": "chat", "provider": "ollama", "model": "llama3"}, 10, NONE, BOTH, "ollama:llama3"),
    # who is there
    ({"workload": "planning"}, 10, NONE, OLLAMA, "ollama"),
    ({"workload": "planning"}, 10, NONE, NEMOCLAW, "nemoclaw"),
    ({"workload": "planning"}, 10, NONE, {}, ""),
    # the operator's switch
    ({"workload": "planning"}, 10, {"disabled": ("ollama",)}, BOTH, "nemoclaw"),
    ({"workload": "planning"}, 10, {"disabled": ("ollama", "nemoclaw")}, BOTH, ""),
    ({"workload": "planning"}, 10, {"pin": "nemoclaw"}, BOTH, "nemoclaw"),
    ({"workload": "planning", "private": True}, 10, {"pin": "nemoclaw"}, BOTH, ""),
    ({"workload": "chat", "provider": "ollama"}, 10, {"pin": "nemoclaw"}, BOTH, ""),
    ({"workload": "chat", "provider": "ollama"}, 10, {"disabled": ("ollama",)}, BOTH, ""),
    ({"workload": "chat"}, 10, {"models": {"chat": ("nemoclaw", "m2")}}, BOTH, "nemoclaw:m2 ollama"),
    ({"workload": "planning"}, 10, {"models": {"chat": ("nemoclaw", "m2")}}, BOTH, "ollama nemoclaw"),
    (
        {"workload": "chat", "model": "m3"},
        10,
        {"models": {"chat": ("nemoclaw", "m2")}},
        BOTH,
        "nemoclaw:m3 ollama:m3",
    ),
]


@pytest.mark.parametrize(("asked", "tokens", "set_to", "there", "order"), TABLE)
def test_the_order(
    asked: dict[str, Any], tokens: int, set_to: dict[str, Any], there: dict[str, bool], order: str
) -> None:
    policy = load_policy()
    models = {name: ModelChoice(provider=p, model=m) for name, (p, m) in set_to.get("models", {}).items()}
    found, skipped = rungs(policy, Switch(**{**set_to, "models": models}), Wanted(**asked), tokens, there)
    defaults = {name: own.model for name, own in policy.providers.items()}
    said = [r.provider if r.model == defaults[r.provider] else f"{r.provider}:{r.model}" for r in found]
    assert " ".join(said) == order
    assert order or skipped or "provider" in asked  # nobody is left out without a reason
    assert all(one.message for one in skipped)


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    text = Path("oracle_kit/llm/policy.yaml").read_text(encoding="utf-8")
    file = tmp_path / "policy.yaml"
    file.write_text(
        text.replace("workload: chat, order: [ollama, nemoclaw]", "workload: chat, order: [nemoclaw]")
    )
    assert load_policy(file).order("chat", "small") == ("nemoclaw",)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("order: [ollama, nemoclaw]}", "order: [olama]}", "routes"),
        ("sees: schema", "sees: everything", "providers.nemoclaw.sees"),
        ("total: 20", "total: -1", "deadlines.total"),
        ("keep_texts: false", "kept_texts: false", "kept_texts"),
    ],
)
def test_a_wrong_policy_names_the_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = Path("oracle_kit/llm/policy.yaml").read_text(encoding="utf-8")
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(old, new))
    with pytest.raises(ContentError) as caught:
        load_policy(file)
    assert caught.value.field == field


def test_a_policy_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")


def test_the_switch_is_kept_audited_and_seen_by_every_process(database_url: str) -> None:
    mine, theirs = open_state(database_url), open_state(database_url)
    try:
        first = SwitchStore(mine).put(Switch(pin="ollama"), by="operator", message="nemoclaw is slow")
        assert SwitchStore(theirs).current() == first
        assert (first.changed_by, first.message) == ("operator", "nemoclaw is slow")
        second = SwitchStore(theirs).put(Switch(), by="admin", unchanged_since=first.change)
        assert SwitchStore(mine).current().switch == Switch()
        with pytest.raises(StaleRevision):
            SwitchStore(mine).put(Switch(pin="nemoclaw"), by="operator", unchanged_since=first.change)
        trail = audit_trail(mine, subject="routing")
        assert [(one.who, one.detail["before"]["pin"], one.detail["after"]["pin"]) for one in trail] == [
            ("admin", "ollama", None),
            ("operator", None, "ollama"),
        ]
        assert second.change > first.change
    finally:
        mine.close()
        theirs.close()


@pytest.mark.parametrize(
    "wrong",
    [
        Switch(pin="olama"),
        Switch(disabled=("openai",)),
        Switch(models={"chat": ModelChoice(provider="x", model="m")}),
        Switch(models={"chats": ModelChoice(provider="ollama", model="m")}),
    ],
)
def test_a_switch_names_only_what_there_is(router: ModelRouter, wrong: Switch) -> None:
    with pytest.raises(NotFound):
        router.put_switch(wrong, by="operator")


def test_the_switch_is_flipped_while_calls_run_and_none_fails(
    make_router: MakeRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer, state: State
) -> None:
    one, other = (make_router(ollama.address, nemoclaw.address) for _ in range(2))  # two processes' routers
    request = ChatRequest(messages=(Message(role="user", content="hi"),))
    answered: list[str] = []
    failed: list[Exception] = []
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            try:
                answered.append(one.chat(request, Wanted(workload="chat"), lambda a: a).answer.provider)
            except Exception as error:  # noqa: BLE001  # whatever it is, it counts
                failed.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for pin in ("nemoclaw", "ollama", "nemoclaw"):
        other.put_switch(Switch(pin=pin), by="operator")
        before = len(answered)
        while len(answered) < before + 12 and not failed:
            stop.wait(0.01)
        assert set(answered[before + 6 :]) == {pin}  # at once: only those under way still went elsewhere
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
