"""Live pages: how long a commit takes to reach 100 readers, and what 500 idle ones cost, beside a bare broadcast.

`python -m benchmarks.live [--clients 100] [--commits 60] [--idle 500] [--seconds 15]`. Servers, readers and the writer
are processes of their own. A commit is the retitle of a table of 50 rows, sent to the server as a request; it has
reached a reader when the message is in the reader's hands. Times count from the moment the request was sent, and,
beside it, from its answer. The floor is an application that sends a ready text of the same size to as many readers,
told by a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.load import Client
from benchmarks.server import free_port, wait_for
from canvas_server import create_app
from oracle_kit import Settings, Viewer, open_oracle
from oracle_kit.demo import build
from tests import postgres

SECRET = "x" * 40
ROLES = ("analyst", "analyst", "author", "reviewer")  # of the readers: three kinds of rights
PAUSE_S = 0.1  # between commits
NUMBER = re.compile(r'"number":(\d+)')
SERVED = {
    "host": "127.0.0.1",
    "log_config": None,
    "access_log": False,
    "ws_per_message_deflate": False,
    "timeout_keep_alive": 300,
}
ROOT = Path(__file__).parents[1]


def settings(home: Path, state: str) -> Settings:
    """Settings of a server of this run."""
    rates = {"rate_per_minute": 10**9, "rate_burst": 10**9}
    return Settings(
        home=home,
        warehouse_url=f"duckdb:///{home / 'velocity.duckdb'}",
        state_url=state,
        secret=SECRET,  # type: ignore[arg-type]  # as the environment gives it
        **rates,  # type: ignore[arg-type]
    )


def bare() -> Starlette:
    """What the floor is measured with: a text, told to all who are connected."""
    lines: set[WebSocket] = set()

    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        lines.add(websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            lines.discard(websocket)

    async def say(request: Request) -> Response:
        text = (await request.body()).decode()
        await asyncio.gather(*(line.send_text(text) for line in lines))
        return Response()

    return Starlette(routes=[WebSocketRoute("/listen", listen), Route("/say", say, methods=["POST"])])


def serve(home: Path, state: str, port: int) -> None:
    """Be a server: of the canvas, or the bare one where there is no state."""
    if not state:
        return uvicorn.run(bare(), port=port, **SERVED)  # type: ignore[arg-type]
    oracle = open_oracle(settings(home, state))
    uvicorn.run(create_app(oracle, settings(home, state)), port=port, **SERVED)  # type: ignore[arg-type]
    return oracle.close()


@dataclass
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Its address, without the scheme."""
        return f"127.0.0.1:{self.port}"

    def megabytes(self) -> float:
        """The memory that it has."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        """The processor time that it took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def started(home: Path, state: str) -> Iterator[Server]:
    """A server until the end."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.live",
        "--home",
        str(home),
        "--state",
        state,
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for(port)
        yield Server(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def read(addresses: Sequence[str], tokens: Sequence[str], commits: int) -> None:
    """Be the readers: one line when all are greeted, then the arrivals of each number, as JSON."""
    few, arrived = asyncio.Semaphore(10), {}  # type: tuple[asyncio.Semaphore, dict[int, list[tuple[int, float]]]]

    async def opened(at: int) -> ClientConnection:
        async with few:
            signed = {"Authorization": f"Bearer {tokens[at % len(tokens)]}"}
            return await connect(addresses[at % len(addresses)], additional_headers=signed, compression=None)

    async def listen(line: ClientConnection, server: int) -> None:
        async for text in line:
            now = perf_counter()
            found = NUMBER.search(str(text)[:200])
            if found is not None and "revision" in str(text)[:30]:
                arrived.setdefault(int(found[1]), []).append((server, now))

    lines = await asyncio.gather(*(opened(at) for at in range(len(tokens))))
    readers = [asyncio.create_task(listen(line, at % len(addresses))) for at, line in enumerate(lines)]
    await asyncio.sleep(1)
    arrived.clear()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    end = perf_counter() + 30
    while sum(map(len, arrived.values())) < commits * len(tokens) and perf_counter() < end:
        await asyncio.sleep(0.05)
    print(json.dumps(arrived), flush=True)
    for reader in readers:
        reader.cancel()
    for line in lines:
        line.transport.abort()


@contextmanager
def readers(addresses: Sequence[str], tokens: Sequence[str], commits: int) -> Iterator[subprocess.Popen[str]]:
    """Readers that are greeted, in a process of their own."""
    told = json.dumps({"addresses": addresses, "tokens": tokens, "commits": commits})
    command = [sys.executable, "-m", "benchmarks.live", "--read"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{told}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait(30)


def arrivals(process: subprocess.Popen[str]) -> dict[int, list[tuple[int, float]]]:
    """What the readers got: by number, the server of the reader and the moment."""
    told, _ = process.communicate("\n", timeout=60)
    return {int(number): [tuple(one) for one in some] for number, some in json.loads(told).items()}


@dataclass
class Writer:
    """Retitles one table again and again, and notes when each request was sent and answered."""

    client: Client
    page: str
    block: str
    number: int
    size: int = 0

    @classmethod
    def at(cls, server: Server, token: str) -> Writer:
        """A writer with a page of its own that everybody may read."""
        client = Client(f"http://{server.url}", token)
        page = client.page()
        status, told = client.send("PATCH", page, {"visibility": "everyone"}, **{"If-Match": "*"})
        assert status == 200, told
        status, told = client.send("POST", f"{page}/prompts", {"prompt": "list leads in Mumbai"})
        assert status == 201, told
        answer = json.loads(told)
        return cls(client, page, answer["blocks"][0]["id"], 1, len(json.dumps(answer["blocks"][0])))

    def write(self, commits: int) -> dict[int, tuple[float, float]]:
        """Commit so many times: when each was sent and answered, by number."""
        times = {}
        for at in range(commits):
            edits = {"operations": [{"op": "retitle", "block_id": self.block, "title": f"Title {at}"}]}
            sent = perf_counter()
            status, told = self.client.send("POST", f"{self.page}/edits", edits, **{"If-Match": "*"})
            self.number += 1
            times[self.number] = (sent, perf_counter())
            assert status == 201, told
            time.sleep(PAUSE_S)
        return times


def say(server: Server, size: int, commits: int) -> dict[int, tuple[float, float]]:
    """The floor's writer."""
    client, times = Client(f"http://{server.url}", ""), {}
    for number in range(2, commits + 2):
        text = f'{{"type":"revision","number":{number},"text":"{"x" * size}"}}'
        sent = perf_counter()
        client.line.request("POST", "/say", text)
        assert client.line.getresponse().read() == b""
        times[number] = (sent, perf_counter())
        time.sleep(PAUSE_S)
    return times


def shown(
    name: str,
    times: dict[int, tuple[float, float]],
    came: dict[int, list[tuple[int, float]]],
    server: int,
    count: int,
    aim: str,
) -> None:
    """Print the latencies of the readers at one server; AssertionError where a reader missed a commit."""
    after = {what: [] for what in ("sent", "answered")}  # type: dict[str, list[float]]
    for number, (sent, answered) in times.items():
        mine = [moment for at, moment in came[number] if at == server]
        assert len(mine) == count, f"commit {number} reached {len(mine)} of {count}"
        after["sent"] += [moment - sent for moment in mine]
        after["answered"] += [moment - answered for moment in mine]
    told = median(answered - sent for sent, answered in times.values()) * 1000
    cuts = {what: quantiles(some, n=100, method="inclusive") for what, some in after.items()}
    print(
        f"{name:<44} p50 {cuts['sent'][49] * 1000:6.1f}   p95 {cuts['sent'][94] * 1000:6.1f} ms after it was sent, "
        f"p95 {cuts['answered'][94] * 1000:6.1f} after its answer (which took {told:.1f})   {aim}"
    )


def tokens(home: Path, state: str, count: int) -> list[str]:
    """Tokens of as many people."""
    oracle = open_oracle(settings(home, state))
    people = [Viewer(id=f"reader{at}", roles=(ROLES[at % len(ROLES)],)) for at in range(count)]
    made = [oracle.issue_token(one) for one in people]
    oracle.close()
    return made


def address(server: Server, writer: Writer) -> str:
    """The live page of the writer, at a server."""
    return f"ws://{server.url}/ws/oracle/canvas/{writer.page.rpartition('/')[2]}"


def one_process(home: Path, state: str, signed: list[str], commits: int) -> None:
    """All readers at the server that commits; the bare broadcast in the same run."""
    with started(home, state) as server, started(home, "") as plain:
        writer = Writer.at(server, signed[0])
        for name, target in (("one process", server), ("bare broadcast (the floor)", plain)):
            at = address(server, writer) if target is server else f"ws://{plain.url}/listen"
            with readers([at], signed, commits) as process:
                times = writer.write(commits) if target is server else say(plain, writer.size, commits)
                shown(
                    f"{name}, {len(signed)} readers",
                    times,
                    arrivals(process),
                    0,
                    len(signed),
                    "(to reach: 50)",
                )
        print(f"a message of {writer.size / 1000:.0f} KB, three kinds of rights among the readers")


def two_processes(home: Path, signed: list[str], commits: int) -> None:
    """Half of the readers at the server that commits, half at another one on the same PostgreSQL."""
    database = postgres.start(os.getpid())
    try:
        state = database.create()
        with started(home, state) as here, started(home, state) as there:
            writer = Writer.at(here, signed[0])
            with readers([address(one, writer) for one in (here, there)], signed, commits) as process:
                times = writer.write(commits)
                came = arrivals(process)
            for at, name in enumerate(
                ("PostgreSQL, the process that commits", "PostgreSQL, the other process")
            ):
                shown(
                    f"{name}, {len(signed) // 2} readers",
                    times,
                    came,
                    at,
                    len(signed) // 2,
                    "(to reach: 150)",
                )
    finally:
        database.stop()


def idle(home: Path, state: str, signed: list[str], count: int, seconds: float) -> None:
    """What many readers cost who are told nothing, beside connections of the bare application."""
    with ExitStack() as stack:
        server, plain = (stack.enter_context(started(home, one)) for one in (state, ""))
        writer = Writer.at(server, signed[0])
        many = [signed[at % len(signed)] for at in range(count)]
        for name, one, at in (
            ("idle readers of one page", server, address(server, writer)),
            ("bare connections (the floor)", plain, f"ws://{plain.url}/listen"),
        ):
            before, lazy = one.megabytes(), _load(one, seconds)
            with readers([at], many, 0):
                cost, busy = one.megabytes() - before, _load(one, seconds)
            print(
                f"{count} {name:<30} {cost:6.1f} MB ({cost / count * 1024:.0f} KB each)   "
                f"processor {busy * 100:.1f} % of a core (without them {lazy * 100:.1f} %)"
            )


def _load(server: Server, seconds: float) -> float:
    """The share of a core that the server takes."""
    before = server.cpu_seconds()
    time.sleep(seconds)
    return (server.cpu_seconds() - before) / seconds


def main(given: Sequence[str] = ()) -> None:
    """Print the figures; or be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, size in (("clients", 100), ("commits", 60), ("idle", 500), ("port", 0)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--state", default="")
    parser.add_argument("--read", action="store_true")
    asked = parser.parse_args(given)
    if asked.port:
        return serve(asked.home, asked.state, asked.port)
    if asked.read:
        told: dict[str, Any] = json.loads(sys.stdin.readline())
        return asyncio.run(read(**told))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        build(f"duckdb:///{home / 'velocity.duckdb'}", scale=0.05)
        state = f"sqlite:///{home / 'state.sqlite'}"
        signed = tokens(home, state, asked.clients)
        print(
            f"{asked.clients} readers, {asked.commits} commits, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        one_process(home, state, signed, asked.commits)
        two_processes(home, signed, asked.commits)
        return idle(home, state, signed, asked.idle, asked.seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
