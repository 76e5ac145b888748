"""What every model provider must do. Scripted servers for all of it; real ones, where there are any, for the rest."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.nemoclaw import NemoclawProvider
from oracle_kit.llm.ollama import OllamaProvider
from oracle_kit.llm.provider import ChatRequest, Message, Provider
from oracle_kit.testing import FakeModelServer, Play, unanswering_address

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"town": {"enum": ["Kolkata", "Pune"]}, "count": {"type": "integer"}},
    "required": ["town", "count"],
    "additionalProperties": False,
}
Make = Callable[[str], Provider]
FAKES: dict[str, Make] = {
    "ollama": lambda address: OllamaProvider(address, model="small", read_s=0.5),
    "nemoclaw": lambda address: NemoclawProvider(f"{address}/v1", "key-1", model="small", read_s=0.5),
}
REAL: dict[str, Make] = {
    "ollama-real": lambda address: OllamaProvider(address, model="tiny"),
    "openai-real": lambda address: NemoclawProvider(address, None, model="tiny", read_s=60),
}
ADDRESSES = {"ollama-real": "ORACLE_TEST_OLLAMA", "openai-real": "ORACLE_TEST_OPENAI"}


@dataclass
class Rig:
    """A provider, and the fake behind it where it is one."""

    provider: Provider
    server: FakeModelServer | None


@pytest.fixture(params=[*FAKES, *REAL])
def any_rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Each provider on its fake, then on a real server."""
    if request.param in FAKES:
        with FakeModelServer() as server:
            yield Rig(FAKES[request.param](server.address), server)
        return
    address = os.environ.get(ADDRESSES[request.param])
    if not address:
        pytest.skip(f"no real server: {ADDRESSES[request.param]} is not set (make test-models)")
    yield Rig(REAL[request.param](address), None)


@pytest.fixture(params=list(FAKES))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Each provider on its fake."""
    with FakeModelServer() as server:
        yield Rig(FAKES[request.param](server.address), server)


def asked(text: str = "How many?", **more: Any) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),), **more)


def failed(
    provider: Provider, request: ChatRequest | None = None, within_s: float = 5.0, **more: Any
) -> ProviderFailed:
    deadline = Deadline.within(within_s, connect_s=0.3, first_token_s=more.pop("first_token_s", 1.0))
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(request or asked(), deadline=deadline, **more)
    return caught.value


def server_of(rig: Rig) -> FakeModelServer:
    assert rig.server is not None
    return rig.server


# on every server ---------------------------------------------------------------------------------


def test_a_plain_answer(any_rig: Rig) -> None:
    answer = any_rig.provider.chat(
        asked(max_tokens=24, seed=1), deadline=Deadline.within(60, first_token_s=60)
    )
    assert answer.text.strip()
    assert answer.provider == any_rig.provider.id
    assert answer.model
    assert answer.parsed is None
    assert 0 < answer.first_token_ms <= answer.latency_ms


def test_a_json_object(any_rig: Rig) -> None:
    request = asked("Answer in JSON.", response_format="json", max_tokens=400, seed=1)
    deadline = Deadline.within(60, first_token_s=60)
    try:
        parsed = any_rig.provider.chat(request, deadline=deadline).parsed
    except ProviderFailed as error:
        parsed = error.reason
    random = any_rig.server is None  # random weights need not come to the end of an object
    assert isinstance(parsed, dict) or (random and parsed == "truncated")


def test_an_answer_in_a_schema(any_rig: Rig) -> None:
    request = asked("Which town?", response_format=SCHEMA, max_tokens=200, temperature=0, seed=1)
    answer = any_rig.provider.chat(request, deadline=Deadline.within(60, first_token_s=60))
    assert answer.parsed["town"] in ("Kolkata", "Pune")
    assert isinstance(answer.parsed["count"], int)


def test_a_stream_comes_in_pieces_that_make_the_answer(any_rig: Rig) -> None:
    pieces: list[str] = []
    request = asked(max_tokens=24, seed=1)
    answer = any_rig.provider.chat(
        request, deadline=Deadline.within(60, first_token_s=60), on_text=pieces.append
    )
    assert len(pieces) > 1
    assert "".join(pieces) == answer.text


def test_a_cancel_ends_the_call_at_once(any_rig: Rig) -> None:
    if any_rig.server is not None:
        any_rig.server.play(Play(kind="stall"))
    cancel = threading.Event()
    started = time.monotonic()
    with pytest.raises(ProviderFailed) as caught:
        any_rig.provider.chat(
            asked("Tell a long story.", max_tokens=2000),
            deadline=Deadline.within(60, first_token_s=60),
            cancel=cancel,
            on_text=lambda _: cancel.set(),
        )
    assert caught.value.reason == "cancelled"
    assert time.monotonic() - started < 5


def test_a_model_that_is_not_there(any_rig: Rig) -> None:
    if any_rig.provider.id == "nemoclaw" and any_rig.server is None:
        pytest.skip("this server answers with its one model whatever is asked")
    deadline = Deadline.within(30, first_token_s=30)
    with pytest.raises(ProviderFailed) as caught:
        any_rig.provider.chat(asked(model="no-such-model"), deadline=deadline)
    assert caught.value.reason == "model_missing"
    assert any_rig.provider.status("no-such-model", deadline=deadline).level == "model_missing"


def test_its_models_and_a_look_at_it(any_rig: Rig) -> None:
    deadline = Deadline.within(60, first_token_s=60)
    names = [facts.name for facts in any_rig.provider.models(deadline=deadline)]
    assert any(name.partition(":")[0].endswith(any_rig.provider.model) for name in names)
    look = any_rig.provider.status(any_rig.provider.model, deadline=deadline, wake=True)
    assert look.level == "online", look.reason
    assert look.latency_ms > 0


# scripted ----------------------------------------------------------------------------------------


def test_usage_and_the_model_that_answered_are_recorded(rig: Rig) -> None:
    server_of(rig).play(Play(model="rewritten"))
    answer = rig.provider.chat(asked(), deadline=Deadline.within(5))
    assert answer.model == "rewritten"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 3)


def test_a_connection_is_kept_for_the_next_call(rig: Rig) -> None:
    for _ in range(3):
        rig.provider.chat(asked(), deadline=Deadline.within(5))
    started = time.monotonic()
    rig.provider.chat(asked(), deadline=Deadline.within(5))
    assert time.monotonic() - started < 0.15  # nobody waited for the end of a stream


def test_a_cancel_is_seen_by_the_server(rig: Rig) -> None:
    server_of(rig).play(Play(kind="hang"))
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    assert failed(rig.provider, cancel=cancel, first_token_s=10.0, within_s=10.0).reason == "cancelled"
    assert time.monotonic() - started < 0.6
    assert server_of(rig).cancelled.wait(2)


@pytest.mark.parametrize("make", FAKES.values(), ids=FAKES)
def test_a_timeout_in_connect(make: Make) -> None:
    with unanswering_address() as address:
        started = time.monotonic()
        assert failed(make(address)).reason == "connect_timeout"
        assert time.monotonic() - started < 0.8


@pytest.mark.parametrize("make", FAKES.values(), ids=FAKES)
def test_nothing_listens(make: Make) -> None:
    with FakeModelServer() as server:
        address = server.address
    assert failed(make(address)).reason == "unreachable"
    assert make(address).status("small", deadline=Deadline.within(2)).level == "unreachable"


@pytest.mark.parametrize("make", FAKES.values(), ids=FAKES)
def test_a_name_that_nobody_knows(make: Make) -> None:
    error = failed(make("http://no-such-host.invalid:1"))
    assert error.reason in ("unreachable", "connect_timeout")
    assert "no-such-host" in error.message


def test_no_first_token_in_time(rig: Rig) -> None:
    server_of(rig).play(Play(kind="hang"))
    started = time.monotonic()
    assert failed(rig.provider, first_token_s=0.3).reason == "first_token_timeout"
    assert time.monotonic() - started < 0.8
    assert server_of(rig).cancelled.wait(2)


def test_a_stream_that_stops(rig: Rig) -> None:
    server_of(rig).play(Play(kind="stall"))
    assert failed(rig.provider, within_s=10).reason == "read_timeout"


def test_the_deadline_holds_over_everything(rig: Rig) -> None:
    server_of(rig).play(Play(kind="hang"))
    started = time.monotonic()
    assert failed(rig.provider, within_s=0.4, first_token_s=9.0).reason == "deadline"
    assert time.monotonic() - started < 0.7


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "bad_request"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "wrong_body"),
        (302, "wrong_body"),
        (500, "server_error"),
        (502, "server_error"),
        (503, "busy"),
    ],
)
def test_each_status_has_its_reason(rig: Rig, status: int, reason: str) -> None:
    server_of(rig).play(Play(kind="status", status=status, body='{"error": {"message": "because of this"}}'))
    error = failed(rig.provider)
    assert error.reason == reason
    assert "because of this" in error.message


def test_an_error_as_a_flat_string(rig: Rig) -> None:
    server_of(rig).play(Play(kind="status", status=500, body='{"error": "flatly"}'))
    assert "flatly" in failed(rig.provider).message


@pytest.mark.parametrize("body", ['"flat"', "[1]", "", "<html>", "{}"])
def test_a_status_with_a_strange_body_keeps_its_reason(rig: Rig, body: str) -> None:
    server_of(rig).play(Play(kind="status", status=401, body=body))
    assert failed(rig.provider).reason == "unauthorized"


@pytest.mark.parametrize("said", ["7", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_too_many_requests_with_retry_after(rig: Rig, said: str) -> None:
    server_of(rig).play(Play(kind="status", status=429, body="{}", headers={"Retry-After": said}))
    error = failed(rig.provider)
    assert error.reason == "rate_limited"
    assert error.details["retry_after"] >= 7


def test_truncated_json(rig: Rig) -> None:
    server_of(rig).play(Play(text='{"town": "Kolk', finish="length"), Play(text='{"town": "Kolk'))
    for _ in range(2):
        assert failed(rig.provider, asked(response_format=SCHEMA)).reason == "truncated"


@pytest.mark.parametrize("text", ["{'town': 1}", '{"town": "Delhi", "count": 1}', "[" * 5000, "NaN", "[]"])
def test_json_that_does_not_fit(rig: Rig, text: str) -> None:
    server_of(rig).play(Play(text=text, piece=500))
    assert failed(rig.provider, asked(response_format=SCHEMA)).reason in ("invalid", "truncated")


def test_an_empty_answer(rig: Rig) -> None:
    server_of(rig).play(Play(text=""), Play(text=" \n"))
    assert failed(rig.provider).reason == "empty"
    assert failed(rig.provider).reason == "empty"


def test_thinking_is_kept_apart(rig: Rig) -> None:
    pieces: list[str] = []
    server_of(rig).play(
        Play(text="Four.", thinking="Let me see."), Play(text="<think>Let me see.</think>\nFour.")
    )
    for _ in range(2):
        answer = rig.provider.chat(asked(), deadline=Deadline.within(5), on_text=pieces.append)
        assert (answer.text, answer.thinking) == ("Four.", "Let me see.")
    assert "".join(pieces) == "Four.Four."


def test_only_thinking_is_an_empty_answer(rig: Rig) -> None:
    server_of(rig).play(Play(text="<think>Let me see, this goes on", finish="length"))
    assert failed(rig.provider, asked(response_format="json")).reason == "truncated"


def test_text_that_only_begins_like_thinking(rig: Rig) -> None:
    server_of(rig).play(Play(text="<thin"), Play(text="<b>4</b>", piece=1))
    assert rig.provider.chat(asked(), deadline=Deadline.within(5)).text == "<thin"
    assert rig.provider.chat(asked(), deadline=Deadline.within(5)).text == "<b>4</b>"


def test_fenced_json_is_read(rig: Rig) -> None:
    server_of(rig).play(Play(text='```json\n{"town": "Pune", "count": 2}\n```'))
    answer = rig.provider.chat(asked(response_format=SCHEMA), deadline=Deadline.within(5))
    assert answer.parsed == {"town": "Pune", "count": 2}


def test_the_schema_is_sent_and_said(rig: Rig) -> None:
    rig.provider.chat(asked(response_format=SCHEMA), deadline=Deadline.within(5))
    body = server_of(rig).asked[0]
    assert SCHEMA in (
        body.get("format"),
        body.get("response_format", {}).get("json_schema", {}).get("schema"),
    )
    assert "Kolkata" in body["messages"][0]["content"]


def test_a_wrong_key(rig: Rig) -> None:
    server = server_of(rig)
    server.key, server.open_list = "another", True
    assert failed(rig.provider).reason == "unauthorized"
    look = rig.provider.status("small", deadline=Deadline.within(2))
    assert look.level == "unauthorized"


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[1, 2]", '{"hello": 1}', '"text"', "", "null"])
def test_a_wrong_body_with_200(rig: Rig, body: str) -> None:
    server = server_of(rig)
    server.always = Play(kind="body", body=body)
    assert failed(rig.provider).reason in ("wrong_body", "cut")
    assert rig.provider.status("small", deadline=Deadline.within(2)).level == "wrong_body"


def test_a_stream_that_is_cut(rig: Rig) -> None:
    server_of(rig).play(Play(kind="cut"), Play(kind="fade"))
    assert failed(rig.provider).reason == "cut"
    assert failed(rig.provider).reason == "cut"


def test_an_error_in_mid_stream(rig: Rig) -> None:
    server_of(rig).play(Play(kind="break"))
    error = failed(rig.provider)
    assert error.reason == "server_error"
    assert "runner has died" in error.message


def test_an_answer_without_end_is_bounded(rig: Rig) -> None:
    server_of(rig).play(Play(kind="flood"))
    started = time.monotonic()
    assert failed(rig.provider, within_s=20).reason == "too_long"
    assert time.monotonic() - started < 10


def test_a_line_without_end_is_bounded(rig: Rig) -> None:
    server_of(rig).play(Play(text="x" * 10_000_000, piece=10_000_000))
    assert failed(rig.provider, within_s=20).reason == "too_long"


def test_a_slow_drip_ends_at_the_deadline(rig: Rig) -> None:
    server_of(rig).play(Play(kind="drip", text="abcdef" * 50, gap_s=0.01), Play(text="a" * 400, gap_s=0.01))
    started = time.monotonic()
    assert failed(rig.provider, within_s=9, first_token_s=0.4).reason == "first_token_timeout"
    assert time.monotonic() - started < 0.9
    assert failed(rig.provider, within_s=0.5, first_token_s=0.4).reason == "deadline"


def test_a_slow_drip_that_ends_in_time_is_an_answer(rig: Rig) -> None:
    server_of(rig).play(Play(kind="drip", text="ok"))
    assert rig.provider.chat(asked(), deadline=Deadline.within(5)).text == "ok"


def test_calls_side_by_side_get_their_own_answers(rig: Rig) -> None:
    server_of(rig).answers = lambda body: body["messages"][0]["content"][::-1]
    answers: dict[int, str] = {}

    def one(number: int) -> None:
        deadline = Deadline.within(10, first_token_s=10)
        answers[number] = rig.provider.chat(asked(f"question {number}"), deadline=deadline).text

    threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: f"question {number}"[::-1] for number in range(24)}
