"""`oracle serve` as it is started: one process, several on PostgreSQL, and what a stop leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from oracle_kit import Viewer
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.identity.tokens import TokenKeys, issue_token, local_secret
from oracle_kit.state import open_state
from tests.server.served import PAGES, V1
from tests.server.test_live import note, told
from tests.server.test_readers import share

CODEBOOK = Path(__file__).parents[2] / "codebook"


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


class Started:
    """A server in a process of its own."""

    def __init__(
        self, home: Path, warehouse: str, *options: str, said: int | None = None, **environment: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.home, self.log = home, home / "log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
        few = home / "codebook" / "follow_ups"  # one chapter opens in half the time
        shutil.copytree(CODEBOOK / "follow_ups", few)
        self.environment = {
            **clean,
            "ORACLE_CODEBOOK": str(few.parent),
            "ORACLE_HOME": str(home),
            "ORACLE_WAREHOUSE_URL": warehouse,
            "ORACLE_LOG": "json",
            **environment,
        }
        command = [sys.executable, "-m", "oracle_kit", "serve", "--port", str(self.port), *options]
        with self.log.open("w") as sink:
            self.process = subprocess.Popen(command, env=self.environment, stdout=said or sink, stderr=sink)

    def wait(self) -> None:
        """Returns when the server is ready."""
        end = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def token(self, user: str = "analyst") -> str:
        """A token signed with this server's own secret."""
        keys = TokenKeys(local_secret(self.home), None, "oracle", "oracle")
        return issue_token(Viewer(id=user, roles=(user,)), keys, 1.0)

    def lines(self) -> list[dict[str, Any]]:
        """The structured lines that it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextmanager
def started(
    home: Path, warehouse: str, *options: str, said: int | None = None, **environment: str
) -> Iterator[Started]:
    """A server that is ready, and gone at the end; `said` is where its standard output goes."""
    server = Started(home, warehouse, *options, said=said, **environment)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        server.process.wait(40)


def test_somebody_at_a_terminal_gets_a_link_that_signs_in_and_a_log_never_does(
    velocity_duckdb: str, tmp_path: Path
) -> None:
    mine, theirs = os.openpty()
    with started(tmp_path, velocity_duckdb, said=theirs) as server:
        link = os.read(mine, 4096).decode().strip()
        address, token = link.split("#")
        assert address == f"{server.url}/studio/sign-in"
        assert httpx.get(address).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{server.url}{V1}/me", headers=headers).json()["id"] == "analyst"
        home = httpx.get(f"{server.url}/", follow_redirects=True)
        assert (home.status_code, home.url.path) == (200, "/studio/sign-in")
    assert token not in server.log.read_text()
    os.close(mine)
    os.close(theirs)


def test_one_process_logs_each_stage_and_ends_what_it_began(velocity_duckdb: str, tmp_path: Path) -> None:
    with started(tmp_path, velocity_duckdb) as server:
        headers = {"Authorization": f"Bearer {server.token()}", "X-Request-ID": "mine-1"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
            page = client.post(PAGES, json={"title": "A page"}).json()["id"]
            body = {"prompt": "Show overdue high-QD follow-ups"}
            asked = client.stream(
                "POST", f"{PAGES}/{page}/prompts", json=body, headers={"Accept": "text/event-stream"}
            )
            with asked as told:
                parts = told.iter_text()
                text = next(parts)
                server.process.send_signal(signal.SIGTERM)
                text += "".join(parts)
        assert "event: answer" in text, "a request in flight ends"
        assert server.process.wait(40) == 0
        stages = [one for one in server.lines() if one["logger"] == "oracle_kit.prompts"]
    assert [one["event"] for one in stages] == ["retrieve", "select", "plan", "fetch", "synthesize", "commit"]
    assert {one["request_id"] for one in stages} == {"mine-1"}
    assert len({one["run_id"] for one in stages}) == 1
    assert all(one["ms"] >= 0 for one in stages)
    assert "overdue" not in server.log.read_text(), "no word of a prompt is logged"
    (request,) = [one for one in server.lines() if one.get("route", "").endswith("/prompts")]
    assert request["status"] == 200
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    assert SqlPageStore(state).revision(page).kind == "prompt"
    state.close()


def test_several_processes_on_postgresql_behave_as_one(
    velocity_duckdb: str, postgres_url: str, tmp_path: Path
) -> None:
    limits = {"ORACLE_RATE_BURST": "100000", "ORACLE_RATE_PER_MINUTE": "1000000"}
    with started(
        tmp_path, velocity_duckdb, "--workers", "2", ORACLE_STATE_URL=postgres_url, **limits
    ) as server:
        headers = {"Authorization": f"Bearer {server.token()}"}

        def fresh() -> httpx.Client:  # a connection of its own: any of the processes may take it
            return httpx.Client(base_url=server.url, headers=headers, timeout=30)

        with fresh() as client:
            page = client.post(PAGES, json={"title": "A page"}).json()["id"]
        seen, key = [], {"Idempotency-Key": "one"}
        for _ in range(6):
            with fresh() as client:
                body = {"prompt": "how many leads"}
                seen.append(client.post(f"{PAGES}/{page}/prompts", json=body, headers=key).json()["revision"])
                assert client.get(f"{PAGES}/{page}").json()["head"] == seen[0]
        assert len(set(seen)) == 1
        processes = set()
        for _ in range(40):
            with fresh() as client:
                assert client.get(f"{V1}/me").status_code == 200
        counted = httpx.get(f"{server.url}/metrics").text
        processes = set(children(server.process.pid))
    (line,) = [
        one
        for one in counted.splitlines()
        if 'route="/api/oracle/v1/me"' in one and one.startswith("oracle_requests_total")
    ]
    assert float(line.rpartition(" ")[2]) == 40, "the processes count together"
    assert len(processes) >= 2


def test_a_commit_in_one_process_is_told_in_the_others(
    velocity_duckdb: str, postgres_url: str, tmp_path: Path
) -> None:
    """Two servers on one state: commits, people and changed rights go from each to the other."""
    secret = "x" * 40
    more = {"ORACLE_STATE_URL": postgres_url, "ORACLE_SECRET": secret}
    homes = [tmp_path / name for name in ("one", "two")]
    for home in homes:
        home.mkdir()
    keys = TokenKeys(secret, None, "oracle", "oracle")
    tokens = {who: issue_token(Viewer(id=who, roles=(who,)), keys, 1.0) for who in ("analyst", "author")}
    signed = {who: {"Authorization": f"Bearer {token}"} for who, token in tokens.items()}
    with (
        started(homes[0], velocity_duckdb, **more) as one,
        started(homes[1], velocity_duckdb, **more) as two,
        httpx.Client(base_url=one.url, headers=signed["analyst"], timeout=30) as analyst,
    ):
        page = analyst.post(PAGES, json={"title": "A page"}).json()["id"]
        share(analyst, page, {"editors": ["author"]})
        lines = {
            who: connect(
                f"{server.url.replace('http', 'ws')}/ws/oracle/canvas/{page}", additional_headers=signed[who]
            )
            for who, server in (("analyst", one), ("author", two))
        }
        with lines["analyst"] as mine, lines["author"] as theirs:
            told(mine, "presence", count=2)
            told(theirs, "presence", count=2)
            for at, (server, who) in enumerate(((one, "analyst"), (two, "author"))):
                with httpx.Client(base_url=server.url, headers=signed[who], timeout=30) as client:
                    note(client, page)
                for line in (mine, theirs):
                    seen = told(line, "revision")
                    assert (seen["number"], seen["author"]) == (at + 1, who)
            two.process.kill()
            share(analyst, page, {"viewers": ["author"], "editors": []})
            assert told(mine, "notice", code="page_changed")["changed"] == ["viewers", "editors"]


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in listed.read_text().split()] if listed.exists() else [0, 1]


def test_several_processes_on_sqlite_are_refused(velocity_duckdb: str, tmp_path: Path) -> None:
    server = Started(tmp_path, velocity_duckdb, "--workers", "2")
    assert server.process.wait(30) == 1
    assert "ORACLE_STATE_URL" in server.log.read_text()


@pytest.mark.parametrize("url", ["duckdb:////nowhere/none.duckdb"])
def test_what_is_wrong_is_said_before_anything_listens(tmp_path: Path, url: str) -> None:
    server = Started(tmp_path, url)
    assert server.process.wait(30) == 1
    assert "demo build" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()
