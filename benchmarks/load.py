"""A fixed number of requests against a served canvas: throughput and latency per route.

`python -m benchmarks.load [--url http://127.0.0.1:8000 --token "$(oracle token)"] [--requests 200] [--threads 4]`
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

PROMPTS = (
    "Show overdue high-QD follow-ups",
    "pipeline by city",
    "leads by city",
    "units by status",
    "how many leads",
)
V1 = "/api/oracle/v1"


@dataclass
class Client:
    """One kept-alive connection to a server, for one thread."""

    url: str
    token: str
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        told = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        self.line.request(method, path, json.dumps(body) if body is not None else None, told)
        answer = self.line.getresponse()
        return answer.status, answer.read()

    def page(self) -> str:
        """The path of a new page."""
        status, told = self.send("POST", f"{V1}/canvas-pages", {"title": "Load"})
        assert status == 201, told
        return f"{V1}/canvas-pages/{json.loads(told)['id']}"


def timed(work: Callable[[], Any]) -> float:
    """How long it took, in seconds."""
    started = perf_counter()
    work()
    return perf_counter() - started


def told(name: str, seconds: Iterable[float], whole: float | None = None) -> str:
    """A line: how many a second, and the latencies."""
    times = sorted(seconds)
    cuts = quantiles(times, n=100, method="inclusive")
    rate = len(times) / whole if whole else len(times) / sum(times)
    return (
        f"{name:34} {len(times):5} requests {rate:8.1f}/s   p50 {cuts[49] * 1000:7.2f} ms   "
        f"p95 {cuts[94] * 1000:7.2f} ms   p99 {cuts[98] * 1000:7.2f} ms"
    )


def routes(client: Client) -> dict[str, Callable[[int], tuple[int, bytes]]]:
    """The routes that are loaded, each on a page with blocks."""
    page = client.page()
    status, answer = client.send("POST", f"{page}/prompts", {"prompt": PROMPTS[0]})
    assert status == 201, answer
    block = json.loads(answer)["blocks"][0]["id"]
    return {
        "GET /me": lambda _: client.send("GET", f"{V1}/me"),
        "GET /canvas-pages": lambda _: client.send("GET", f"{V1}/canvas-pages?limit=20"),
        "GET /canvas-pages/{id}": lambda _: client.send("GET", page),
        "GET …/provenance": lambda _: client.send("GET", f"{page}/blocks/{block}/provenance"),
        "GET /component-templates?q=": lambda _: client.send(
            "GET", f"{V1}/component-templates?q=overdue&limit=20"
        ),
        "POST …/prompts dry_run": lambda at: client.send(
            "POST", f"{page}/prompts", {"prompt": PROMPTS[at % len(PROMPTS)], "dry_run": True}
        ),
        "POST …/prompts": lambda at: client.send(
            "POST",
            f"{client.page() if at % 10 == 0 else page}/prompts",
            {"prompt": PROMPTS[at % len(PROMPTS)]},
        ),
    }


def load(url: str, token: str, requests: int, threads: int) -> dict[str, tuple[list[float], float]]:
    """Per route, the seconds of each request and of all together."""
    local = threading.local()

    def one(name: str, at: int) -> float:
        if not hasattr(local, "routes"):
            local.routes = routes(Client(url, token))

        def send() -> None:
            status, body = local.routes[name](at)
            assert status < 300, body[:500]

        return timed(send)

    names = list(routes(Client(url, token)))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: one(names[0], 0), range(threads * 2)))  # connections and pages made
        found = {}
        for name in names:
            started = perf_counter()
            seconds = list(pool.map(lambda at, name=name: one(name, at), range(requests)))  # type: ignore[misc]
            found[name] = (seconds, perf_counter() - started)
    return found


def show(url: str, token: str, requests: int, threads: int) -> None:
    """Print a line per route."""
    for name, (seconds, whole) in load(url, token, requests, threads).items():
        print(told(name, seconds, whole))


def main() -> None:
    """Load the server at a URL, or one of its own where none is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--token", default=os.environ.get("TOKEN", ""))
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--threads", type=int, default=4)
    given, _ = parser.parse_known_args()
    if given.url:
        return show(given.url, given.token, given.requests, given.threads)
    from benchmarks.server import started  # which stands on this module

    with started() as (url, token):
        return show(url, token, given.requests, given.threads)


if __name__ == "__main__":
    main()
