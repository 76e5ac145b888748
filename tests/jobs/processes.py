"""Workers and servers in processes of their own, to be killed; they come from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

from oracle_kit.jobs.worker import Pace, Worker
from oracle_kit.state import open_state
from oracle_kit.testing import FakeModelServer, Play
from tests.jobs.desk import Desk

PACE = Pace(threads=4, lease=1.0, poll=0.05, rest=0.05)
READ_BEFORE = [
    "canvas_server",
    "oracle_kit.bootstrap",
    "oracle_kit.jobs.queue_delivery",
    "tests.jobs.processes",
]


class Started:
    """A process that has begun; `kill` ends it as kill -9 does, in the middle of whatever it does."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()

    def send_signal(self, number: int) -> None:
        """Stop or continue it."""
        os.kill(self._process.pid or 0, number)


def start_worker(url: str, threads: int = PACE.threads) -> Started:
    """A worker of the type `said` on a state."""
    return _started(_work, url, threads)


def start_server(port: int, **settings: Any) -> Started:
    """The canvas served on a port of the loopback, with the worker that it has."""
    return _started(_serve, port, settings)


def start_worker_of(**settings: Any) -> Started:
    """A worker of a whole workbench, as `oracle worker` is."""
    return _started(_work_whole, settings)


def start_models(port: int) -> Started:
    """A model server on a port of the loopback, which takes its time."""
    return _started(_serve_models, port)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(READ_BEFORE)
    return context


def _started(run: Any, *given: Any) -> Started:
    context = _context()
    here, there = context.Pipe()
    process = context.Process(target=run, args=(there, *given), daemon=True)
    process.start()
    there.close()
    assert here.poll(300), "the process did not begin in time"
    assert here.recv() == "started"
    return Started(process)


def _work(told: Connection, url: str, threads: int) -> None:
    desk = Desk(open_state(url))
    pace = replace(PACE, threads=threads)
    Worker(desk.state, desk.types, lambda provider, model: 1_000, pace=pace).start()
    told.send("started")
    _stay()


def _work_whole(told: Connection, settings: dict[str, Any]) -> None:
    from oracle_kit import Settings, open_oracle

    open_oracle(Settings(**settings)).jobs.start_worker()
    told.send("started")
    _stay()


def _serve_models(told: Connection, port: int) -> None:
    server = FakeModelServer(port=port)
    server.always = Play(text="fine", delay_s=0.02)
    told.send("started")
    _stay()


def _stay() -> None:
    """Go on until it is killed, or whoever started it has gone."""
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive():
        time.sleep(0.5)
    os._exit(1)


def _serve(told: Connection, port: int, given: dict[str, Any]) -> None:
    import uvicorn

    from canvas_server import create_app
    from oracle_kit import Settings, open_oracle

    settings = Settings(**given)
    config = uvicorn.Config(
        create_app(open_oracle(settings), settings), port=port, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    begun = server.startup

    async def startup(*sockets: Any, **more: Any) -> None:
        await begun(*sockets, **more)
        told.send("started")

    server.startup = startup  # type: ignore[method-assign]  # says so when it listens
    threading.Thread(target=_stay, daemon=True).start()
    server.run()
