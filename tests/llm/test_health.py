"""The nine levels, from real servers that play each of them; circuits, gates and gauges."""

from __future__ import annotations

import threading
import time

import pytest

from oracle_kit.errors import NoProvider, NotFound, ProviderFailed
from oracle_kit.llm.circuit import Circuit
from oracle_kit.llm.deadline import Cancelled, Deadline, OverDeadline
from oracle_kit.llm.gate import Crowded, Gate
from oracle_kit.llm.gauge import Gauge
from oracle_kit.llm.policy import CircuitPolicy, Wanted
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.switch import Switch
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import MakeRouter

REQUEST = ChatRequest(messages=(Message(role="user", content="hi"),))
CHAT = Wanted(workload="chat")


def level(router: ModelRouter, name: str = "ollama") -> str:
    return next(one.status for one in router.providers() if one.id == name)


def until(router: ModelRouter, wanted: str, seconds: float = 4.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if router.provider("ollama").status == wanted:
            return True
        time.sleep(0.02)
    return False


def test_unconfigured(make_router: MakeRouter) -> None:
    router = make_router(None, None)
    assert [one.status for one in router.providers()] == ["unconfigured", "unconfigured"]
    with pytest.raises(NoProvider, match="not configured"):
        router.probe("ollama")
    with pytest.raises(NotFound, match="olama"):
        router.probe("olama")


def test_unreachable(make_router: MakeRouter) -> None:
    with FakeModelServer() as gone:
        address = gone.address
    assert level(make_router(address, None)) == "unreachable"


def test_unauthorized(make_router: MakeRouter, nemoclaw: FakeModelServer) -> None:
    nemoclaw.key = "a new key"
    assert level(make_router(None, nemoclaw.address), "nemoclaw") == "unauthorized"


def test_wrong_body(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    ollama.always = Play(kind="body", body="<html>Sign in</html>")
    assert level(make_router(ollama.address, None)) == "wrong_body"


def test_model_missing(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    ollama.models = {"another": {"size": 1, "family": "llama", "loaded": True}}
    router = make_router(ollama.address, None)
    assert level(router) == "model_missing"
    assert [one.name for one in router.provider("ollama").models] == ["another"]


def test_model_cold_is_nobodys_fault_and_is_not_woken(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    ollama.models["small"]["loaded"] = False
    router = make_router(ollama.address, None)
    assert level(router) == "model_cold"
    assert ollama.asked == []
    assert router.probe("ollama", wake=True).level == "online"
    assert level(router) == "online"


def test_degraded(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    router = make_router(ollama.address, None)
    for _ in range(2):
        ollama.play(Play(kind="status", status=500))
        router.chat(REQUEST, CHAT, lambda answer: answer)
    router.chat(REQUEST, CHAT, lambda answer: answer)
    assert level(router) == "degraded"
    assert "40% of 5 calls failed" in router.provider("ollama").reason


def test_a_loaded_model_that_gives_no_token_is_not_green(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    ollama.play(Play(kind="hang"))
    assert level(make_router(ollama.address, None)) == "degraded"


def test_online_with_its_figures(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    router = make_router(ollama.address, None)
    for _ in range(3):
        router.chat(REQUEST, CHAT, lambda answer: answer)
    health = router.providers()[0]
    assert health.status == "online"
    assert health.traffic.calls == 3
    assert health.traffic.p50_ms is not None
    assert health.traffic.p95_ms is not None
    assert health.traffic.p50_ms <= health.traffic.p95_ms
    assert health.traffic.last_failure is None


def test_disabled(router: ModelRouter) -> None:
    router.put_switch(Switch(disabled=("ollama",)), by="operator")
    assert level(router) == "disabled"
    assert "otherwise online" in router.provider("ollama").reason


def test_a_failure_of_real_traffic_outweighs_an_older_look(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    router = make_router(ollama.address, None)
    assert level(router) == "online"
    ollama.key = "changed"
    with pytest.raises(NoProvider):
        router.chat(REQUEST, CHAT, lambda answer: answer)
    assert level(router) == "unauthorized"


def test_a_status_never_waits_for_a_provider_that_hangs(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="hang")
    router = make_router(ollama.address, None)
    started = time.monotonic()
    assert level(router) in ("degraded", "unreachable")
    assert time.monotonic() - started < 3


# the circuit -------------------------------------------------------------------------------------


def test_the_circuit_opens_and_closes_by_itself(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    ollama.always = Play(kind="status", status=500)
    router = make_router(ollama.address, None)
    with pytest.raises(NoProvider):
        router.chat(REQUEST, CHAT, lambda answer: answer)  # three tries
    sent = len(ollama.asked)
    started = time.monotonic()
    with pytest.raises(NoProvider, match="failed too often"):
        router.chat(REQUEST, CHAT, lambda answer: answer)
    assert time.monotonic() - started < 0.1
    assert len([body for body in ollama.asked if body["options"] == {}]) <= sent  # requests did not go out
    assert router.provider("ollama").status == "degraded"
    ollama.always = Play()
    assert until(router, "online")
    assert router.chat(REQUEST, CHAT, lambda answer: answer).answer.provider == "ollama"


def test_a_cold_model_that_was_missed_is_loaded_aside(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    ollama.models["small"]["loaded"] = False
    router = make_router(ollama.address, None)
    ollama.play(Play(kind="hang"))  # as while a model loads
    with pytest.raises(ProviderFailed, match="no token"):
        router.lanes["ollama"].send(REQUEST, deadline=router.deadline())
    assert until(router, "online")
    assert ollama.models["small"]["loaded"]


def test_the_states_of_a_circuit() -> None:
    now = [0.0]
    circuit = Circuit(CircuitPolicy(failures=2, open=10, most_open=25), clock=lambda: now[0])
    assert [circuit.failed(), circuit.failed(), circuit.failed()] == [False, True, False]
    assert (circuit.state, circuit.closed, circuit.rest()) == ("open", False, 10)
    now[0] = 10
    assert (circuit.state, circuit.closed) == ("half_open", False)
    for rest in (20, 25, 25):
        circuit.looked_in_vain()
        assert circuit.rest() == rest
    circuit.succeeded()
    assert (circuit.state, circuit.failed()) == ("closed", False)


# the gate ----------------------------------------------------------------------------------------


def test_calls_over_the_bound_wait_and_their_waiting_is_told_apart(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    ollama.models["small"]["family"] = "qwen35moe"  # one at a time
    ollama.always = Play(delay_s=0.1)
    router = make_router(ollama.address, None)
    waited: list[float] = []

    def call() -> None:
        answer = router.chat(REQUEST, CHAT, lambda answer: answer).answer
        waited.append(answer.waited_ms)
        assert answer.latency_ms < 250

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.06)
    health = router.provider("ollama")
    assert (health.in_flight, health.waiting) == (1, 2)
    for thread in threads:
        thread.join()
    assert ollama.most_in_flight == 1
    assert sorted(waited)[-1] > 150


def test_a_family_that_runs_side_by_side(make_router: MakeRouter, ollama: FakeModelServer) -> None:
    ollama.always = Play(delay_s=0.1)
    router = make_router(ollama.address, None)
    threads = [threading.Thread(target=router.chat, args=(REQUEST, CHAT, lambda a: a)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ollama.most_in_flight == 4  # the policy's in_flight


def pass_through(gate: Gate) -> None:
    with gate.through(Deadline.within(2), None):
        pass


def test_a_gate_turns_away_what_cannot_have_its_turn() -> None:
    gate = Gate(most=1, waiting=1)
    cancel = threading.Event()
    cancel.set()
    with gate.through(Deadline.within(5), None):
        with pytest.raises(OverDeadline), gate.through(Deadline.within(0.1), None):
            pass
        with pytest.raises(Crowded), gate.through(Deadline.within(5, first_token_s=0.1), None):
            pass
        with pytest.raises(Cancelled), gate.through(Deadline.within(5), cancel):
            pass
        waiting = threading.Thread(target=pass_through, args=(gate,))
        waiting.start()
        while gate.waiting == 0:
            time.sleep(0.005)
        with pytest.raises(Crowded), gate.through(Deadline.within(5), None):
            pass
    waiting.join()
    assert (gate.in_flight, gate.waiting) == (0, 0)


def test_a_gate_is_first_come_first_served() -> None:
    gate, order = Gate(most=1, waiting=9), []

    def enter(number: int) -> None:
        with gate.through(Deadline.within(5), None):
            order.append(number)

    threads = []
    with gate.through(Deadline.within(5), None):
        for number in range(5):
            threads.append(threading.Thread(target=enter, args=(number,)))
            threads[-1].start()
            while gate.waiting <= number:
                time.sleep(0.002)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_window_forgets() -> None:
    now = [0.0]
    gauge = Gauge(60, clock=lambda: now[0])
    gauge.answered(10, 5, 0)
    gauge.failed("server_error", "it failed", "m")
    gauge.failed("cancelled", "not its fault", "m")
    assert (gauge.traffic().calls, gauge.traffic().error_rate) == (2, 0.5)
    now[0] = 61
    assert (gauge.traffic().calls, gauge.traffic().p50_ms) == (0, None)
    assert gauge.traffic().last_failure is not None


def test_a_cancelled_call_is_no_failure_of_the_provider(
    make_router: MakeRouter, ollama: FakeModelServer
) -> None:
    router = make_router(ollama.address, None)
    cancel = threading.Event()
    cancel.set()
    for _ in range(4):
        with pytest.raises(ProviderFailed):
            router.chat(REQUEST, CHAT, lambda answer: answer, cancel=cancel)
    assert router.lanes["ollama"].circuit.closed
