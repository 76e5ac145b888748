"""What only a real Ollama can show: cold and warm, its version, a model's family, and that nothing wakes a model."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import httpx
import pytest

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.ollama import OllamaProvider
from oracle_kit.llm.opened import open_router
from oracle_kit.llm.policy import Wanted
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.state import open_state

ADDRESS = os.environ.get("ORACLE_TEST_OLLAMA", "")
pytestmark = pytest.mark.skipif(
    not ADDRESS, reason="no real Ollama: ORACLE_TEST_OLLAMA is not set (make test-models)"
)
REQUEST = ChatRequest(messages=(Message(role="user", content="hi"),), max_tokens=8)


@pytest.fixture
def provider() -> OllamaProvider:
    return OllamaProvider(ADDRESS, model="tiny")


def long() -> Deadline:
    return Deadline.within(60, first_token_s=60)


def unload() -> None:
    """Take the model out of memory, and wait until it is."""
    httpx.post(f"{ADDRESS}/api/generate", json={"model": "tiny", "keep_alive": 0}, timeout=30)
    for _ in range(100):
        if not httpx.get(f"{ADDRESS}/api/ps", timeout=5).json()["models"]:
            return
        time.sleep(0.05)
    raise AssertionError("the model stays in memory")


def test_cold_is_seen_and_a_look_does_not_wake(provider: OllamaProvider) -> None:
    unload()
    for _ in range(2):
        look = provider.status("tiny", deadline=long())
        assert (look.level, look.models[0].loaded) == ("model_cold", False)
    woken = provider.status("tiny", deadline=long(), wake=True)
    assert woken.level == "online"
    assert provider.models(deadline=long())[0].loaded is True
    assert provider.status("tiny", deadline=long()).level == "online"


def test_facts(provider: OllamaProvider) -> None:
    look = provider.status("tiny", deadline=long(), wake=True)
    assert look.version
    facts = look.models[0]
    assert facts.family == "llama"
    assert facts.size_bytes is not None
    assert 500_000 < facts.size_bytes < 600_000
    assert provider.family("tiny", deadline=long()) == "llama"


def test_counts_and_options_are_the_server_s(provider: OllamaProvider) -> None:
    answer = provider.chat(REQUEST, deadline=long())
    assert answer.usage.completion_tokens is not None
    assert 0 < answer.usage.completion_tokens <= 8


def test_a_cancel_frees_the_server_for_the_next(provider: OllamaProvider) -> None:
    cancel = threading.Event()
    story = REQUEST.model_copy(update={"max_tokens": 2000})
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(story, deadline=long(), cancel=cancel, on_text=lambda _: cancel.set())
    assert caught.value.reason == "cancelled"
    started = time.monotonic()
    provider.chat(REQUEST, deadline=long())
    assert time.monotonic() - started < 30  # and not after a story of 2,000 tokens


def test_a_deadline_in_mid_answer(provider: OllamaProvider) -> None:
    provider.chat(REQUEST, deadline=long())
    story = REQUEST.model_copy(update={"max_tokens": 100_000, "seed": 3})
    started = time.monotonic()
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(story, deadline=Deadline.within(0.3, first_token_s=10))
    assert caught.value.reason == "deadline"
    assert time.monotonic() - started < 0.8


def test_the_router_and_the_table_on_a_real_server(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    text = Path("oracle_kit/llm/policy.yaml").read_text(encoding="utf-8").replace("qwen3.6:35b-a3b", "tiny")
    policy = tmp_path / "policy.yaml"
    policy.write_text(text)
    router = open_router(state, {"OLLAMA_HOST": ADDRESS}, policy)
    schema = {"type": "object", "properties": {"n": {"enum": [4]}}, "required": ["n"]}
    request = REQUEST.model_copy(update={"response_format": schema, "max_tokens": 400})
    routed = router.chat(
        request, Wanted(workload="chat", private=True), lambda answer: answer.parsed, deadline=long()
    )
    assert routed.value["n"] == 4
    assert {one.id: one.status for one in router.providers()} == {
        "ollama": "online",
        "nemoclaw": "unconfigured",
    }
    router.close()
    state.close()
