"""A real server in this process: uvicorn on a thread of its own, asked over a socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from oracle_kit import Oracle, Viewer

V1 = "/api/oracle/v1"
PAGES = f"{V1}/canvas-pages"
MANY = {"rate_per_minute": 1_000_000, "rate_burst": 1_000_000}


@dataclass(frozen=True)
class Served:
    """A server that listens, the application it serves, and the Oracle behind it."""

    url: str
    app: FastAPI
    oracle: Oracle

    def client(self, who: str | Viewer = "analyst", **headers: str) -> httpx.Client:
        """A client signed in as a viewer of the demo, or as anybody."""
        viewer = self.oracle.viewer(who) if isinstance(who, str) else who
        bearer = {"Authorization": f"Bearer {self.oracle.issue_token(viewer)}"}
        return httpx.Client(base_url=self.url, headers={**bearer, **headers}, timeout=30)

    def page(self, client: httpx.Client, title: str = "A page") -> str:
        """The id of a new page."""
        made = client.post(PAGES, json={"title": title})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def asked(self, client: httpx.Client, prompt: str, page: str | None = None) -> dict[str, Any]:
        """What came of a prompt, on a page or a new one."""
        page = page or self.page(client)
        came = client.post(f"{PAGES}/{page}/prompts", json={"prompt": prompt})
        assert came.status_code == 201, came.text
        body: dict[str, Any] = came.json()
        return body


@contextmanager
def serving(app: FastAPI, oracle: Oracle, **options: Any) -> Iterator[Served]:
    """The application served on a free port of the loopback until the end."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < end, "the server did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(f"http://127.0.0.1:{port}", app, oracle)
    finally:
        server.should_exit = True
        thread.join(20)
