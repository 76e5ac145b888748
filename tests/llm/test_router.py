"""Tries, rungs, mending and the shared deadline."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from oracle_kit.errors import NoProvider, NotFound, ProviderFailed
from oracle_kit.llm.policy import Wanted
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, Message
from oracle_kit.llm.retries import Tries
from oracle_kit.llm.router import ModelRouter, Routed, Unfit
from oracle_kit.testing import FakeModelServer, Play, unanswering_address
from tests.llm.conftest import QUICK, MakeRouter

CHAT = Wanted(workload="chat")
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def asked(**more: Any) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content="How many?"),), **more)


def answered(router: ModelRouter, request: ChatRequest | None = None, **more: Any) -> Routed[ChatAnswer]:
    return router.chat(
        request or asked(), more.pop("wanted", CHAT), more.pop("read", lambda answer: answer), **more
    )


# how often each failure is tried at one provider
@pytest.mark.parametrize(
    ("play", "tries"),
    [
        (Play(kind="status", status=503), 3),
        (Play(kind="status", status=429), 3),
        (Play(kind="status", status=500), 3),
        (Play(kind="cut", text="a long answer"), 3),
        (Play(kind="hang"), 2),
        (Play(kind="stall"), 2),
        (Play(kind="status", status=400), 1),
        (Play(kind="status", status=401), 1),
        (Play(kind="status", status=404), 1),
        (Play(text=""), 1),
    ],
)
def test_each_failure_has_its_number_of_tries(
    make_router: MakeRouter, ollama: FakeModelServer, play: Play, tries: int
) -> None:
    circuit = {"failures": 99, "open": 9, "most_open": 9}
    deadlines = {"connect": 0.3, "first_token": 0.3, "total": 9, "load": 3, "look": 0.3}
    router = make_router(ollama.address, None, circuit=circuit, deadlines=deadlines)
    router.lanes["ollama"].provider._http.timeout = router.lanes[
        "ollama"
    ].provider._client._client.timeout = 0.3  # type: ignore[attr-defined]  # a short one between two pieces
    ollama.play(*[play] * 5)
    with pytest.raises(NoProvider):
        answered(router)
    assert len([body for body in ollama.asked if "num_predict" not in body["options"]]) == tries


def test_a_pause_is_as_long_as_the_server_asks_within_reason() -> None:
    limited = ProviderFailed("", reason="rate_limited", retry_after=2.0)
    tries = Tries()
    tries.count = 1
    assert tries.pause(limited, 20) == 2.0
    assert tries.pause(limited, 5) is None  # the next provider is the better use of the time
    busy = ProviderFailed("", reason="busy")
    tries.count = 2
    assert tries.pause(busy, 20) == 0.2


def test_the_next_provider_answers_and_the_reason_is_told(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=500, body='{"error": "out of memory"}')
    told: list[str] = []
    routed = answered(router, tell=told.append)
    assert routed.answer.provider == "nemoclaw"
    assert [(one.provider, one.reason) for one in routed.skipped] == [("ollama", "server_error")]
    assert "out of memory" in routed.skipped[0].message
    assert told[0] == "waiting for ollama (small)"
    assert told[-1] == "waiting for nemoclaw (small)"


def test_a_try_that_succeeds_counts_the_attempts(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(Play(kind="status", status=503))
    assert answered(router).answer.attempts == 2


def test_when_nobody_answers_all_reasons_are_told(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.always = Play(kind="status", status=400)
    router.lanes["nemoclaw"].provider._http.headers["Authorization"] = "Bearer old"  # type: ignore[attr-defined]  # a key that was changed there
    with pytest.raises(NoProvider, match=r"ollama: .*nemoclaw: ") as caught:
        answered(router)
    assert [one["reason"] for one in caught.value.details["tried"]] == ["bad_request", "unauthorized"]


def test_an_unknown_provider_is_named_with_the_nearest(router: ModelRouter) -> None:
    with pytest.raises(NotFound, match="Did you mean ollama"):
        answered(router, wanted=Wanted(workload="chat", provider="olama"))


def test_an_answer_that_does_not_fit_is_mended_once(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(Play(text='{"n": "four"}'), Play(text='{"n": 4}'))
    routed = answered(router, asked(response_format=SCHEMA))
    assert routed.answer.parsed == {"n": 4}
    assert "'four' is not of type 'integer'" in ollama.asked[1]["messages"][-1]["content"]
    assert routed.answer.attempts == 2


def test_after_one_mending_the_next_provider_is_asked(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(text='{"n": "four"}')
    routed = answered(router, asked(response_format=SCHEMA))
    assert (routed.answer.provider, len(ollama.asked), routed.skipped[0].reason) == ("nemoclaw", 2, "invalid")
    assert router.lanes["ollama"].circuit.closed  # a bad answer is no sick provider


def test_a_reader_may_refuse_an_answer(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(Play(text="three"), Play(text="four"))

    def read(answer: ChatAnswer) -> int:
        if answer.text != "four":
            raise Unfit(["say four"])
        return 4

    assert answered(router, read=read).value == 4
    assert "say four" in ollama.asked[1]["messages"][-1]["content"]


def test_once_pieces_have_gone_out_nobody_else_answers(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="cut", text="a long answer")
    pieces: list[str] = []
    with pytest.raises(ProviderFailed) as caught:
        answered(router, on_text=pieces.append)
    assert caught.value.reason == "cut"
    assert pieces
    assert (len(ollama.asked), nemoclaw.asked) == (1, [])


def test_a_cancel_ends_all_rungs(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="hang")
    cancel = threading.Event()
    threading.Timer(0.15, cancel.set).start()
    with pytest.raises(ProviderFailed) as caught:
        answered(router, cancel=cancel)
    assert caught.value.reason == "cancelled"
    assert nemoclaw.asked == []


@pytest.mark.parametrize(
    "play",
    [
        Play(kind="hang"),
        Play(kind="stall"),
        Play(kind="drip", text="x" * 300, gap_s=0.02),
        Play(text="x" * 4000, piece=1, gap_s=0.02),
        Play(kind="flood"),
        Play(kind="status", status=503),
        Play(kind="status", status=429, headers={"Retry-After": "1"}),
    ],
    ids=["hang", "stall", "drip", "slow", "flood", "busy", "limited"],
)
def test_whatever_providers_do_all_ends_by_the_shared_deadline_and_then_costs_nothing(
    make_router: MakeRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer, play: Play
) -> None:
    circuit = {"failures": 1, "open": 9, "most_open": 9}
    deadlines = {"connect": 0.3, "first_token": 0.5, "total": 1.5, "load": 3, "look": 0.3}
    router = make_router(ollama.address, nemoclaw.address, circuit=circuit, deadlines=deadlines)
    ollama.always = nemoclaw.always = play
    started = time.monotonic()
    with pytest.raises(NoProvider):
        answered(router)
    assert time.monotonic() - started < 1.5 + 0.5
    for _ in range(3):  # the one that another left too little time counts once it had enough
        started = time.monotonic()
        with pytest.raises(NoProvider):
            answered(router)
    assert time.monotonic() - started < 0.05


def test_providers_that_take_no_connection_end_in_time(make_router: MakeRouter) -> None:
    with unanswering_address() as one, unanswering_address() as other:
        router = make_router(one, other)
        started = time.monotonic()
        with pytest.raises(NoProvider, match="did not take the connection"):
            answered(router)
        assert time.monotonic() - started < QUICK["total"] + 0.5
