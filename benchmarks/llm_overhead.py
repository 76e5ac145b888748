"""What routing costs beside the bare client on the same server, and how long a prompt takes when providers are sick.

python -m benchmarks.llm_overhead
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import ollama

from oracle_kit.errors import NoProvider
from oracle_kit.llm.chat import ChatAsked, chat
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.policy import Policy, Wanted, load_policy
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.model import Viewer
from oracle_kit.state import State, open_state
from oracle_kit.testing import FakeModelServer, Play, unanswering_address

ANALYST = Viewer(id="ana", roles=("analyst",))
ASKED = ChatAsked(messages=(Message(role="user", content="hi"),))
REQUEST = ChatRequest(messages=(Message(role="user", content="hi"),))
CALLS = 400
SICK = {
    "hanging": Play(kind="hang"),
    "dripping": Play(text="x" * 100_000, piece=1, gap_s=0.02),
    "flooding": Play(kind="flood"),
    "failing": Play(kind="status", status=500),
}


def _serve(play: Play, pipe: Connection) -> None:
    server = FakeModelServer()
    server.always = play
    pipe.send(server.address)
    pipe.recv()


@contextmanager
def served(play: Play) -> Iterator[str]:
    """A server in a process of its own, so that it takes no time of the caller's."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(play, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("done")
        process.join(2)
        process.terminate()


def policy(**deadlines: float) -> Policy:
    """The policy that ships, with room for 64 calls and short deadlines where given."""
    content = load_policy().model_dump()
    for own in content["providers"].values():
        own |= {"in_flight": 64, "model": "small"}
    content["deadlines"] |= deadlines
    return Policy.model_validate(content)


def router_on(address: str | None, state: State, **deadlines: float) -> ModelRouter:
    """A router with one provider, or with none."""
    chosen = policy(**deadlines)
    providers = open_providers({"OLLAMA_HOST": address or ""}, chosen)
    return ModelRouter([Lane(provider, chosen) for provider in providers], chosen, state)


def run(call: Callable[[], Any], at_a_time: int) -> tuple[float, float]:
    """Median milliseconds of a call, and calls per second, with so many in flight."""
    took: list[float] = []
    left = iter(range(CALLS))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            started = time.perf_counter()
            call()
            took.append((time.perf_counter() - started) * 1000)

    threads = [threading.Thread(target=work) for _ in range(at_a_time)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statistics.median(took), CALLS / (time.perf_counter() - started)


def bare_client(address: str) -> ollama.Client:
    """Ollama's client as it comes, with a timeout and enough connections."""
    limits = httpx.Limits(max_connections=128, max_keepalive_connections=128)
    return ollama.Client(address, timeout=10, limits=limits)


def bare_chat(client: ollama.Client) -> None:
    """One streamed answer, as the router asks for it."""
    for _ in client.chat(model="small", messages=[{"role": "user", "content": "hi"}], stream=True):
        pass


def overhead(state: State) -> None:
    """Calls side by side: the bare client, the router, and the whole chat with its run and audit rows."""
    with served(Play(delay_s=0.05, piece=100)) as address:
        client, router = bare_client(address), router_on(address, state)
        ways: dict[str, Callable[[], Any]] = {
            "bare client": lambda: bare_chat(client),
            "router": lambda: router.chat(REQUEST, Wanted(workload="chat"), lambda answer: answer),
            "chat, recorded": lambda: chat(router, ANALYST, ASKED),
        }
        for at_a_time in (8, 64):
            for call in ways.values():
                run(call, at_a_time)  # connections opened, modules loaded
            figures = {name: run(call, at_a_time) for name, call in ways.items()}
            floor_ms, floor_rate = figures["bare client"]
            for name, (ms, rate) in figures.items():
                beside = f"{ms - floor_ms:+6.2f} ms, {rate / floor_rate:5.2f} of its throughput"
                print(f"{at_a_time:3} in flight  {name:15} p50 {ms:7.2f} ms  {rate:7.1f}/s  {beside}")


def first_token(state: State) -> None:
    """Milliseconds to the first piece, beside the bare client's."""
    with served(Play(delay_s=0.05, gap_s=0.01, piece=4)) as address:
        client, router = bare_client(address), router_on(address, state)
        bare, ours = [], []
        for _ in range(40):
            started = time.perf_counter()
            parts = client.chat(model="small", messages=[{"role": "user", "content": "hi"}], stream=True)
            next(iter(parts))
            bare.append((time.perf_counter() - started) * 1000)
            for _ in parts:
                pass
            heard: list[float] = []
            started = time.perf_counter()
            chat(
                router,
                ANALYST,
                ASKED,
                on_text=lambda _, heard=heard: heard.append(time.perf_counter()),
            )
            ours.append((heard[0] - started) * 1000)
        floor, own = statistics.median(bare), statistics.median(ours)
        print(f"first token    bare {floor:.1f} ms, ours {own:.1f} ms: {own - floor:+.1f} ms")


def sickness(state: State) -> None:
    """A prompt whose providers are sick: until the shared deadline, then with the circuit open, beside none at all."""
    none = router_on(None, state)
    floor = statistics.median(timed(none)[1] for _ in range(50))
    print(f"no provider    {floor * 1000:.2f} ms")
    for name, play in SICK.items():
        with served(play) as address:
            report(name, router_on(address, state, first_token=1.0, total=2.0), floor)
    with unanswering_address() as address:
        report("no connection", router_on(address, state, first_token=1.0, total=2.0), floor)
    report("down", router_on("http://127.0.0.1:9", state, first_token=1.0, total=2.0), floor)


def report(name: str, router: ModelRouter, floor: float) -> None:
    """The slowest of the first calls, and one with the circuit open."""
    worst = 0.0
    while router.lanes["ollama"].circuit.closed:
        worst = max(worst, timed(router)[1])
    open_s = statistics.median(timed(router)[1] for _ in range(50))
    router.close()
    print(
        f"{name:14} at most {worst:.2f} s (deadline 2 s); circuit open {open_s * 1000:.2f} ms, "
        f"{(open_s - floor) * 1000:+.2f} ms beside no provider"
    )


def timed(router: ModelRouter) -> tuple[bool, float]:
    """Whether a model answered, and how long that took."""
    started = time.perf_counter()
    try:
        router.chat(REQUEST, Wanted(workload="planning"), lambda answer: answer)
    except NoProvider:
        return False, time.perf_counter() - started
    return True, time.perf_counter() - started


def main() -> None:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        state = open_state(f"sqlite:///{Path(folder) / 'state.sqlite'}")
        overhead(state)
        first_token(state)
        sickness(state)
        state.close()


if __name__ == "__main__":
    main()
