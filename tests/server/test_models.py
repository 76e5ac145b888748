"""The routes of model providers: health, routing, chats whole and in pieces; and prompts that models plan."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
import yaml

from canvas_server import create_app
from oracle_kit import Settings, open_oracle
from oracle_kit.identity.roles import ROLES
from oracle_kit.llm.provider import Level
from oracle_kit.llm.switch import Switch
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import QUICK, quick_policy
from tests.llm.planning import as_text
from tests.llm.test_planner import POSH, POSH_STEP
from tests.server.served import MANY, PAGES, V1, Served, serving
from tests.server.test_common import problem
from tests.server.test_events import EVENTS, events

LLM = "/api/runtime/llm"
HI = {"messages": [{"role": "user", "content": "What is a funnel?"}]}
PLANNED = Play(text=as_text(POSH_STEP, posh="luxury"))


@pytest.fixture(scope="module")
def model_server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def opened(
    model_server: FakeModelServer, velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server on one fake model server, under the short times of tests."""
    home = tmp_path_factory.mktemp("lent")
    file = home / "policy.yaml"
    policy = quick_policy(deadlines={**QUICK, "total": 8.0}).model_dump(mode="json")
    file.write_text(yaml.safe_dump(policy, sort_keys=False), encoding="utf-8")
    state = f"sqlite:///{home / 'state.sqlite'}"
    settings = Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, llm_policy=file, **MANY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLLAMA_HOST", model_server.address)
        oracle = open_oracle(settings)
    with serving(create_app(oracle, settings), oracle) as one:
        yield one
    oracle.close()


@pytest.fixture
def ollama(model_server: FakeModelServer) -> FakeModelServer:
    """The fake model server, as new."""
    model_server.afresh()
    return model_server


@pytest.fixture
def lent(opened: Served, ollama: FakeModelServer) -> Served:
    """The server of this module, its switch untouched and its provider well."""
    oracle = opened.oracle
    oracle.models.put_switch(Switch(), viewer=oracle.viewer("operator"))
    oracle.models.probe("ollama", viewer=oracle.viewer("operator"))
    ollama.afresh()
    return opened


@pytest.fixture
def analyst(lent: Served) -> Iterator[httpx.Client]:
    with lent.client() as client:
        yield client


@pytest.fixture
def operator(lent: Served) -> Iterator[httpx.Client]:
    with lent.client("operator") as client:
        yield client


# providers ---------------------------------------------------------------------------------------


def test_providers_are_told_with_their_health(
    operator: httpx.Client, analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    found = operator.get(f"{LLM}/providers").json()["providers"]
    assert [(one["id"], one["status"]) for one in found] == [
        ("ollama", "online"),
        ("nemoclaw", "unconfigured"),
    ]
    assert found[0]["models"][0] | {"size_bytes": 1} == {
        "name": "small",
        "size_bytes": 1,
        "family": "llama",
        "loaded": True,
        "remote": False,
    }
    assert found[0]["address"] == ollama.address
    one = analyst.get(f"{LLM}/providers/ollama").json()
    assert (one["status"], one["address"]) == ("online", "")
    problem(analyst.get(f"{LLM}/providers/olama"), 404, "not_found")


def test_a_probe_is_a_look_now(
    operator: httpx.Client, analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.models["small"]["loaded"] = False
    assert operator.post(f"{LLM}/providers/ollama/probe").json()["status"] == "model_cold"
    assert operator.post(f"{LLM}/providers/ollama/probe?wake=true").json()["status"] == "online"
    problem(operator.post(f"{LLM}/providers/nemoclaw/probe"), 503, "no_provider")
    problem(analyst.post(f"{LLM}/providers/ollama/probe"), 403, "not_permitted")


# routing -----------------------------------------------------------------------------------------


def test_the_switch_holds_at_once_and_is_conditional(
    operator: httpx.Client, analyst: httpx.Client, lent: Served
) -> None:
    read = operator.get(f"{LLM}/routing")
    number = read.json()["change"]
    assert (read.headers["etag"], read.json()["changed_by"]) == (f'"{number}"', "operator")
    seen = {"If-Match": read.headers["etag"]}
    assert read.json()["policy"]["routes"][0] == {
        "workload": "planning",
        "size": "large",
        "order": ["nemoclaw", "ollama"],
    }
    body = {"disabled": ["ollama"], "message": "maintenance"}
    put = operator.put(f"{LLM}/routing", json=body, headers=seen)
    assert (put.status_code, put.json()["change"], put.json()["message"]) == (200, number + 1, "maintenance")
    refused = analyst.post(f"{LLM}/chat", json=HI)
    assert "switched off" in problem(refused, 503, "no_provider")["detail"]
    problem(operator.put(f"{LLM}/routing", json={}, headers=seen), 412, "stale_revision")
    problem(operator.put(f"{LLM}/routing", json={}, headers={"If-Match": '"x"'}), 412, "the_page_moved_on")
    assert operator.put(f"{LLM}/routing", json={}).status_code == 200
    assert analyst.post(f"{LLM}/chat", json=HI).status_code == 200
    problem(analyst.put(f"{LLM}/routing", json={}), 403, "not_permitted")
    problem(operator.put(f"{LLM}/routing", json={"pin": "ollma"}), 404, "not_found")
    problem(operator.put(f"{LLM}/routing", json={"pinned": "ollama"}), 422, "invalid_request")


def test_the_switch_is_flipped_while_prompts_and_chats_run_and_none_fails(
    lent: Served, operator: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.answers = lambda body: "Hello." if body["messages"][-1]["content"] == "hi" else str(PLANNED.text)
    page, done, found = lent.page(lent.client()), threading.Event(), []

    def asks(path: str, body: dict[str, Any]) -> None:
        with lent.client() as client:
            while not done.is_set():
                found.append(client.post(path, json=body).status_code)

    work = [(f"{PAGES}/{page}/prompts", {"prompt": POSH, "dry_run": True})] * 3
    work += [(f"{LLM}/chat", {"messages": [{"role": "user", "content": "hi"}]})] * 2
    threads = [threading.Thread(target=asks, args=one) for one in work]
    for thread in threads:
        thread.start()
    for flip in range(12):
        model = {"chat": {"provider": "ollama", "model": "small"}} if flip % 2 else {}
        put = operator.put(f"{LLM}/routing", json={"pin": "ollama" if flip % 3 else None, "models": model})
        assert put.status_code == 200
        time.sleep(0.1)
    done.set()
    for thread in threads:
        thread.join()
    assert set(found) == {200}
    assert len(found) > 20


# chats -------------------------------------------------------------------------------------------


def test_a_chat_gives_message_usage_and_who_answered(analyst: httpx.Client) -> None:
    got = analyst.post(f"{LLM}/chat", json=HI)
    assert got.status_code == 200, got.text
    reply = got.json()
    assert reply["message"] == {"role": "assistant", "content": "Here is an answer."}
    assert (reply["provider"], reply["model"], reply["attempts"], reply["parsed"]) == (
        "ollama",
        "small",
        1,
        None,
    )
    assert set(reply["usage"]) == {"prompt_tokens", "completion_tokens"}
    assert reply["latency_ms"] > 0


def test_a_chat_in_a_schema_or_as_json(analyst: httpx.Client) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert analyst.post(f"{LLM}/chat", json={**HI, "response_format": schema}).json()["parsed"] == {"n": 1}
    assert isinstance(
        analyst.post(f"{LLM}/chat", json={**HI, "response_format": "json"}).json()["parsed"], dict
    )
    wrong = {**HI, "response_format": {"type": "string", "pattern": "(a+)+$"}}
    problem(analyst.post(f"{LLM}/chat", json=wrong), 422, "query_refused")


def test_a_chat_in_pieces(analyst: httpx.Client) -> None:
    for body, headers in (({**HI, "stream": True}, {}), (HI, EVENTS)):
        got = analyst.post(f"{LLM}/chat", json=body, headers=headers)
        assert got.headers["content-type"].startswith("text/event-stream")
        told = events(got.text)
        assert told[0] == ("waiting", {"text": "waiting for ollama (small)"})
        assert "".join(what["text"] for event, what in told if event == "text") == "Here is an answer."
        assert told[-1][0] == "answer"
        assert told[-1][1]["message"]["content"] == "Here is an answer."


def test_what_goes_wrong_in_pieces_is_their_last_event(
    analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="break")
    told = events(analyst.post(f"{LLM}/chat", json=HI, headers=EVENTS).text)
    assert told[-1][0] == "problem"
    assert (told[-1][1]["status"], told[-1][1]["code"]) == (503, "provider_failed")
    body = {**HI, "stream": True, "provider": "nobody"}
    problem(analyst.post(f"{LLM}/chat", json=body), 404, "not_found")


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_ends_the_call_on_the_models_server(
    lent: Served, ollama: FakeModelServer, stream: bool
) -> None:
    ollama.always = Play(kind="stall", text="a long answer")
    with (
        lent.client() as client,
        contextlib.suppress(httpx.ReadTimeout),
        client.stream("POST", f"{LLM}/chat", json={**HI, "stream": stream}, timeout=0.5) as answer,
    ):
        next(line for line in answer.iter_lines() if line == "event: text")
    assert ollama.cancelled.wait(3)  # long before the deadline


def test_a_model_that_nobody_can_reach_is_503_with_the_reason(
    analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=401)
    detail = problem(analyst.post(f"{LLM}/chat", json=HI), 503, "no_provider")["detail"]
    assert "does not accept the key" in detail
    assert "nemoclaw is not configured" in detail


# prompts -----------------------------------------------------------------------------------------


def test_a_prompt_names_provider_and_model_and_the_stream_says_what_is_waited_for(
    lent: Served, analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.always = PLANNED
    page = lent.page(analyst)
    body = {"prompt": POSH, "provider": "ollama", "model": "small", "private": True}
    told = events(analyst.post(f"{PAGES}/{page}/prompts", json=body, headers=EVENTS).text)
    assert [event for event, _ in told] == ["stage"] * 2 + ["waiting"] + ["stage"] * 4 + ["answer"]
    assert told[2][1] == {"text": "waiting for ollama (small)"}
    answer = told[-1][1]
    assert answer["mode"] == "ollama_local"
    assert answer["blocks"][0]["source"]["model"] == "small"
    dry = analyst.post(f"{PAGES}/{page}/prompts", json={**body, "dry_run": True}).json()
    assert dry["steps"][0]["provider"] == "ollama"
    problem(
        analyst.post(f"{PAGES}/{page}/prompts", json={"prompt": POSH, "provider": "olama"}), 404, "not_found"
    )
    assert "ollama_local" in analyst.get(f"{V1}/me").json()["modes"]


def test_prompts_and_chats_that_wait_keep_no_other_request_waiting(
    lent: Served, analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="hang")
    page, began = lent.page(analyst), len(ollama.asked)
    work = [(f"{PAGES}/{page}/prompts", {"prompt": POSH, "dry_run": True})] * 45
    work += [(f"{LLM}/chat", HI)] * 45

    def ask(path: str, body: dict[str, Any]) -> None:
        with lent.client() as client:
            ended.append(client.post(path, json=body).status_code)

    ended: list[int] = []
    threads = [threading.Thread(target=ask, args=one) for one in work]
    for thread in threads:
        thread.start()
    while len(ollama.asked) == began:
        time.sleep(0.01)
    known = analyst.post(f"{PAGES}/{page}/prompts", json={"prompt": "how many units in Kolkata"})
    assert known.json()["mode"] == "codebook_retrieval"
    assert analyst.get(PAGES).status_code == 200
    for thread in threads:
        thread.join()
    assert set(ended) == {200, 503}


# metrics, and who may ----------------------------------------------------------------------------


def metric(lent: Served, name: str) -> float:
    """One figure of /metrics; 0 where it is not there yet."""
    text = httpx.get(f"{lent.url}/metrics").text
    found = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name)]
    return float(found[0]) if found else 0.0


def test_metrics_tell_calls_times_and_levels(
    lent: Served, analyst: httpx.Client, ollama: FakeModelServer
) -> None:
    counted = (
        'oracle_model_calls_total{outcome="answered",provider="ollama"}',
        'oracle_model_calls_total{outcome="bad_request",provider="ollama"}',
        'oracle_model_seconds_count{provider="ollama"}',
        'oracle_model_waited_seconds_count{provider="ollama"}',
    )
    before = [metric(lent, name) for name in counted]
    analyst.post(f"{LLM}/chat", json=HI)
    ollama.play(Play(kind="status", status=400))
    analyst.post(f"{LLM}/chat", json=HI)
    assert [metric(lent, name) for name in counted] == [one + 1 for one in before]
    assert metric(lent, 'oracle_model_in_flight{provider="ollama"}') == 0
    assert metric(lent, 'oracle_model_level{level="unconfigured",provider="nemoclaw"}') == 1
    levels = [f'oracle_model_level{{level="{level}",provider="ollama"}}' for level in get_args(Level)]
    assert sum(metric(lent, name) for name in levels) == 1
    assert 'stage="waiting"' not in httpx.get(f"{lent.url}/metrics").text


@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_switch_and_chat(lent: Served, role: str) -> None:
    prompts, operates = role != "viewer", role in ("operator", "admin")
    with lent.client(lent.oracle.viewer(role).model_copy(update={"id": f"the-{role}"})) as client:
        for method, path, body, may in (
            ("GET", "/providers", None, prompts),
            ("GET", "/providers/ollama", None, prompts),
            ("GET", "/routing", None, prompts),
            ("POST", "/chat", HI, prompts),
            ("POST", "/chat", {**HI, "stream": True}, prompts),
            ("POST", "/providers/ollama/probe", None, operates),
            ("PUT", "/routing", {}, operates),
        ):
            got = client.request(method, f"{LLM}{path}", json=body)
            assert got.status_code == (200 if may else 403), (method, path)
    assert httpx.get(f"{lent.url}{LLM}/providers").status_code == 401


def test_an_oracle_without_providers_says_so(served: Served) -> None:
    with served.client() as client:
        found = client.get(f"{LLM}/providers").json()["providers"]
        assert {one["status"] for one in found} == {"unconfigured"}
        refused = client.post(f"{LLM}/chat", json=HI)
        assert "not configured" in json.dumps(problem(refused, 503, "no_provider"))
