"""Workers and servers in processes of their own, killed at random moments, while the ledger is watched."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import sqlalchemy as sa

from oracle_kit import Settings
from oracle_kit.bootstrap import open_keys
from oracle_kit.identity.tokens import issue_token
from oracle_kit.jobs.job import Job
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.model import Viewer
from oracle_kit.state import State, open_state
from oracle_kit.state.job_tables import items, results
from tests.jobs.desk import Desk
from tests.jobs.processes import Started, free_port, start_server, start_worker, start_worker_of


def killed_drill(
    url: str, texts: Sequence[str], *, kills: int, workers: int = 1, seconds: tuple[float, float] = (0.1, 0.6)
) -> dict[str, float]:
    """A job run to its end while its workers are killed and started again; what came of it, after it was checked.

    Throughout, the job's counts are those of its items; at the end no item is lost, stuck, or has two results.
    """
    state = open_state(url)
    desk, chance = Desk(state), random.Random(kills)  # noqa: S311  # moments, not secrets
    job_id = desk.submit(texts)
    running = [start_worker(url) for _ in range(workers)]
    began = time.monotonic()
    try:
        for number in range(kills):
            time.sleep(chance.uniform(*seconds))
            victim = number % workers
            running[victim].kill()
            check_counts(state, desk.ledger.job(job_id))
            running[victim] = start_worker(url)
        job = desk.until_ended(job_id, 120)
    finally:
        for process in running:
            process.kill()
    told = checked_end(state, desk, job, texts)
    state.close()
    return {**told, "kills": kills, "seconds": round(time.monotonic() - began, 1)}


def check_counts(state: State, job: Job) -> None:
    """What a job says of itself at a moment adds up."""
    counted = (
        job.completed_count + job.failed_count + job.cancelled_count + job.running_count + job.queued_count
    )
    assert counted == job.submitted_count
    with state.read() as connection:
        stored = (
            connection.execute(sa.select(sa.func.count()).where(results.c.job_id == job.job_id)).scalar() or 0
        )
        done = connection.execute(
            sa.select(sa.func.count()).where(items.c.job_id == job.job_id, items.c.status == "succeeded")
        ).scalar()
    assert stored == done, "a result is there with the end of its item, and not otherwise"


def checked_end(state: State, desk: Desk, job: Job, texts: Sequence[str]) -> dict[str, float]:
    """AssertionError where anything was lost, doubled or stuck; else how often items ran."""
    check_counts(state, job)
    assert (job.status, job.completed_count) == ("completed", len(texts))
    seen = Counter(one.request_id for one in desk.results(job.job_id))
    assert seen == Counter(f"r{number}" for number in range(len(texts)))
    with state.read() as connection:
        rows = connection.execute(sa.select(items.c.attempts).where(items.c.job_id == job.job_id))
        attempts = list(rows.scalars())
        left = connection.execute(sa.select(items.c.lease).where(items.c.lease.is_not(None))).all()
    assert left == []
    return {"items": len(texts), "ran again": sum(number > 1 for number in attempts)}


class Crew:
    """A server with the worker that it has, and a worker beside it, on one state; each can be killed and come back."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = {**settings, "batch_lease_seconds": 1, "rate_per_minute": 1_000_000}
        self.port = free_port()
        self._starts = {
            "server": lambda: start_server(self.port, **self.settings),
            "worker": lambda: start_worker_of(**self.settings),
        }
        self._running: dict[str, Started] = {}
        keys = open_keys(Settings(**self.settings))
        token = issue_token(Viewer(id="analyst", roles=("analyst",)), keys, 1)
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/runtime/llm",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def start(self, *names: str) -> None:
        """Begin these."""
        for name in names:
            self._running[name] = self._starts[name]()

    def kill(self, *names: str) -> None:
        """End these at once."""
        for name in names:
            self._running.pop(name).kill()

    def close(self) -> None:
        """End what runs."""
        self.kill(*self._running)
        self.client.close()

    def submit(self, texts: Sequence[str]) -> str:
        """The job of these prompts, submitted over HTTP."""
        listed = [
            {"request_id": f"r{n}", "messages": [{"role": "user", "content": text}]}
            for n, text in enumerate(texts)
        ]
        answer = self.client.post("/batch", json={"job_type": "oracle_canvas_planning", "items": listed})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def told(self, job_id: str) -> dict[str, Any]:
        """What the server says of a job."""
        answer = self.client.get(f"/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        job: dict[str, Any] = answer.json()
        return job


def served_drill(
    settings: dict[str, Any],
    texts: Sequence[str],
    kills: Sequence[tuple[str, ...]],
    pause: Callable[[Ledger, str, int], None],
) -> dict[str, float]:
    """A job of a served workbench run to its end while server, worker or both are killed and come back.

    `pause` waits for the moment of a kill, the number of which it is given. Checks as `killed_drill`, and that the
    server says at the end what the rows do.
    """
    crew, began = Crew(settings), time.monotonic()
    state = open_state(settings["state_url"])
    desk = Desk(state)
    try:
        crew.start("server", "worker")
        job_id = crew.submit(texts)
        for number, victims in enumerate(kills):
            pause(desk.ledger, job_id, number)
            crew.kill(*victims)
            check_counts(state, desk.ledger.job(job_id))
            crew.start(*victims)
        job = desk.until_ended(job_id, 300)
        told = checked_end(state, desk, job, texts)
        said = crew.told(job_id)
        assert (said["status"], said["completed_count"]) == (job.status, job.completed_count)
    finally:
        crew.close()
        state.close()
    return {**told, "kills": len(kills), "seconds": round(time.monotonic() - began, 1)}
