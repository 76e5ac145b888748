"""The server beside its floors: prompts against the kit's own, `/me` against a bare route, a dry run, a first event.

`python -m benchmarks.server [--scale 0.1] [--prompts 120] [--threads 4]`. Kit, server and client run in processes of
their own on the same warehouse, in several turns; the best turn of each counts, which is what is left when the machine
has other things to do. The bare route is served from the server's own process.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request

from benchmarks.load import PROMPTS, V1, Client, timed
from canvas_server import create_app
from oracle_kit import Oracle, Settings, Viewer, open_oracle
from oracle_kit.demo import build

TURNS = 4


def settings(home: Path) -> Settings:
    """Settings over the warehouse of this run."""
    limits = {"rate_per_minute": 10**9, "rate_burst": 10**9}
    state = f"sqlite:///{home / 'state.sqlite'}"
    return Settings(
        home=home, warehouse_url=f"duckdb:///{home / 'velocity.duckdb'}", state_url=state, **limits
    )  # type: ignore[arg-type]


def kit(home: Path, prompts: int, threads: int) -> float:
    """Prompts a second from threads that call the kit."""
    oracle = open_oracle(settings(home))
    viewer = oracle.viewer("analyst")
    pages = [oracle.pages.create("Kit", viewer=viewer).id for _ in range(threads)]
    rate = _rate(threads, prompts, lambda at, prompt: oracle.ask(prompt, viewer=viewer, page=pages[at]))
    oracle.close()
    return rate


def _rate(threads: int, prompts: int, ask: object) -> float:
    def some(at: int) -> None:
        for number in range(prompts // threads):
            ask(at, PROMPTS[number % len(PROMPTS)])  # type: ignore[operator]  # a function of place and prompt

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda at: ask(at, PROMPTS[0]), range(threads)))  # type: ignore[operator]  # warm
        started = perf_counter()
        list(pool.map(some, range(threads)))
        return threads * (prompts // threads) / (perf_counter() - started)


def served(url: str, token: str, prompts: int, threads: int) -> float:
    """Prompts a second from as many threads that ask the server."""
    clients = [Client(url, token) for _ in range(threads)]
    pages = [client.page() for client in clients]

    def ask(at: int, prompt: str) -> None:
        status, body = clients[at].send("POST", f"{pages[at]}/prompts", {"prompt": prompt})
        assert status == 201, body

    return _rate(threads, prompts, ask)


def p50(work: object, count: int) -> float:
    """The median of as many calls, in milliseconds."""
    for _ in range(10):
        work()  # type: ignore[operator]  # a function without arguments
    return median(timed(work) for _ in range(count)) * 1000  # type: ignore[arg-type]  # as above


def first_event(client: Client, page: str) -> float:
    """Milliseconds until the first stage is told."""
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
    }
    started = perf_counter()
    client.line.request("POST", f"{page}/prompts", json.dumps({"prompt": PROMPTS[1]}), headers)
    answer = client.line.getresponse()
    assert answer.readline().startswith(b"event: stage")
    seconds = perf_counter() - started
    answer.read()
    return seconds * 1000


def authenticated(request: Request) -> Viewer:
    """The viewer behind the token, as anybody would write it."""
    oracle: Oracle = request.app.state.oracle
    return oracle.authenticate(request.headers["authorization"].removeprefix("Bearer "))


def bare(oracle: Oracle) -> FastAPI:
    """One route with the same authentication, as plain as it can be written, and the same answer."""
    app, told = FastAPI(), oracle.me(viewer=oracle.viewer("analyst"))
    app.state.oracle = oracle

    @app.get("/bare")
    def route(who: Annotated[Viewer, Depends(authenticated)]) -> dict[str, object]:
        return told

    return app


def serve(home: Path, port: int) -> None:
    """The application on the port, and the bare route on the next one, in this process."""
    oracle = open_oracle(settings(home))
    options = {"host": "127.0.0.1", "log_config": None, "access_log": False}
    beside = uvicorn.Server(uvicorn.Config(bare(oracle), port=port + 1, **options))  # type: ignore[arg-type]
    threading.Thread(target=beside.run, daemon=True).start()
    uvicorn.run(create_app(oracle, settings(home)), port=port, **options)  # type: ignore[arg-type]


@contextmanager
def process(home: Path) -> Iterator[tuple[str, str]]:
    """A server in a process of its own: the URL of the application, and that of the bare route."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.server", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(command)
    try:
        wait_for(port)
        wait_for(port + 1)
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


@contextmanager
def started(scale: float = 0.1) -> Iterator[tuple[str, str]]:
    """A server on a demo warehouse of its own: its URL, and a token for the analyst."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        build(f"duckdb:///{home / 'velocity.duckdb'}", scale=scale)
        oracle = open_oracle(settings(home))
        token = oracle.issue_token(oracle.viewer("analyst"))
        oracle.close()
        with process(home) as (url, _):
            yield url, token


def free_port() -> int:
    """A port that nobody listens on, with a free one behind it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_for(port: int) -> None:
    """Returns when somebody listens on the port."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody listens on port {port}")


@dataclass
class Figures:
    """What was measured, a value for each turn: prompts a second, and milliseconds."""

    kit: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    me: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    dry_run: list[float] = field(default_factory=list)
    first_event: list[float] = field(default_factory=list)


def turn(home: Path, token: str, prompts: int, threads: int, figures: Figures) -> None:
    """Each figure once, its floor right beside it."""
    figures.kit.append(_apart(home, prompts, threads))
    with process(home) as (url, plain_url):
        figures.served.append(served(url, token, prompts, threads))
        beside(Client(url, token), Client(plain_url, token), figures)
        client = Client(url, token)
        page, body = client.page(), {"prompt": PROMPTS[0], "dry_run": True}
        figures.dry_run.append(p50(lambda: client.send("POST", f"{page}/prompts", body), 100))
        figures.first_event.append(median(first_event(client, client.page()) for _ in range(30)))


def beside(client: Client, plain: Client, figures: Figures) -> None:
    """`/me` and the bare route asked in turn, so that whatever else the machine does meets both."""
    for one, path in ((client, f"{V1}/me"), (plain, "/bare")):
        assert one.send("GET", path)[0] == 200
    pairs = [
        (timed(lambda: client.send("GET", f"{V1}/me")), timed(lambda: plain.send("GET", "/bare")))
        for _ in range(450)
    ][50:]
    figures.me.append(median(me for me, _ in pairs) * 1000)
    figures.bare.append(median(floor for _, floor in pairs) * 1000)


def compare(home: Path, prompts: int, threads: int) -> None:
    """Measure, and print each figure beside its floor."""
    oracle = open_oracle(settings(home))
    token = oracle.issue_token(oracle.viewer("analyst"))
    oracle.close()
    seen = Figures()
    for _ in range(TURNS):
        turn(home, token, prompts, threads, seen)
    rates, times = (max(seen.served), max(seen.kit)), min(zip(seen.me, seen.bare, strict=True))
    print(f"{threads} threads, {prompts} prompts a turn, {TURNS} turns, {os.cpu_count()} cores")
    print(
        f"prompts/s    served {rates[0]:7.1f}   kit  {rates[1]:7.1f}   ratio {rates[0] / rates[1]:.2f} (0.80 or more)"
    )
    print(
        f"/me, ms      served {times[0]:7.2f}   bare {times[1]:7.2f}   ratio {times[0] / times[1]:.2f} (1.50 or less)"
    )
    print(f"dry_run, ms  served {min(seen.dry_run):7.2f}   (under 15)")
    print(f"first event  served {min(seen.first_event):7.2f}   (under 20 ms)")


def _apart(home: Path, prompts: int, threads: int) -> float:
    """The kit's figure from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.server", "--kit", "--home", str(home)]
    command += ["--prompts", str(prompts), "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Build the warehouse and compare; or be one of the processes that are compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--prompts", type=int, default=120)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--kit", action="store_true")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--port", type=int, default=0)
    given, _ = parser.parse_known_args()
    if given.port:
        serve(given.home, given.port)
    elif given.kit:
        print(kit(given.home, given.prompts, given.threads))
    else:
        with tempfile.TemporaryDirectory() as folder:
            build(f"duckdb:///{folder}/velocity.duckdb", scale=given.scale)
            compare(Path(folder), given.prompts, given.threads)


if __name__ == "__main__":
    main()
