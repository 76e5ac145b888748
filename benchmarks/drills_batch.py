"""The long drills of batches: a thousand items, ten rounds on each store, and what they must survive.

python -m benchmarks.drills_batch [rounds] [drill …]

workers    workers killed at random moments
served     a server, a worker beside it, or both killed at random moments
database   PostgreSQL killed and started again in mid-run, three times
provider   the model server killed, away for a minute, and back
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batch import Bench
from oracle_kit.demo import build
from oracle_kit.errors import StateUnavailable
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.jobs.worker import Pace, Worker
from oracle_kit.state import State, open_state
from tests.jobs.desk import Desk, until
from tests.jobs.killing import checked_end, killed_drill, served_drill
from tests.jobs.processes import free_port, start_models
from tests.postgres import Postgres, start

ITEMS = [f"slow:{number % 7 * 0.005}" for number in range(1_000)]
PROMPTS = [f"{word} by {by}" for word in ("leads", "open leads") for by in ("stage", "source")] * 250
KILLS = (("server",), ("worker",), ("server", "worker"))
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
AWAY_S = 60.0


@dataclass(frozen=True)
class Ground:
    """Where the drills run: a PostgreSQL server, a folder, and a demo warehouse in it."""

    server: Postgres
    folder: Path

    @property
    def warehouse(self) -> str:
        return f"duckdb:///{self.folder / 'velocity.duckdb'}"

    def urls(self, name: str) -> list[tuple[str, str]]:
        """A fresh state on each database."""
        return [
            ("sqlite", f"sqlite:///{self.folder / f'{name}.sqlite'}"),
            ("postgresql", self.server.create("drill")),
        ]


def main(rounds: int = 10, chosen: list[str] | None = None) -> None:
    """Every drill; AssertionError at the first item that is lost, doubled or stuck, or a status that is not true."""
    drills = {"workers": workers, "served": served, "database": database, "provider": provider}
    with ground() as here:
        for name in chosen or drills:
            drills[name](here, rounds)


@contextmanager
def ground() -> Iterator[Ground]:
    """A PostgreSQL that keeps what it has committed, and a demo warehouse."""
    server = start(os.getpid(), **DURABLE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            here = Ground(server, Path(folder))
            build(here.warehouse, scale=0.1)
            yield here
    finally:
        server.stop()


def workers(here: Ground, rounds: int) -> None:
    """Workers killed at random moments."""
    for number in range(rounds):
        for name, url in here.urls(f"workers{number}"):
            told = killed_drill(url, ITEMS, kills=3 + number % 5, workers=1 + number % 2)
            print(f"workers   {name:<11} round {number}: {told}", flush=True)


def served(here: Ground, rounds: int) -> None:
    """A server, a worker beside it, or both killed at random moments, each round in another order."""
    chance = random.Random(rounds)  # noqa: S311  # moments, not secrets

    def pause(ledger: Ledger, job_id: str, number: int) -> None:
        time.sleep(chance.uniform(0.2, 1.5))

    for number in range(rounds):
        for name, url in here.urls(f"served{number}"):
            settings = {"warehouse_url": here.warehouse, "home": here.folder / "home", "state_url": url}
            kills = chance.sample(KILLS, len(KILLS))
            told = served_drill({**settings, "batch_threads": 2}, PROMPTS, kills, pause)
            print(f"served    {name:<11} round {number}: {told}", flush=True)


def database(here: Ground, rounds: int) -> None:
    """PostgreSQL killed and started again."""
    for number in range(rounds):
        print(f"database  postgresql  round {number}: {_database_killed(here.server)}", flush=True)


def _database_killed(server: Postgres) -> dict[str, float]:
    began, desk = time.monotonic(), Desk(open_state(server.create("drill")))
    job_id = desk.submit(ITEMS)
    with desk.working():
        for done in (100, 400, 700):
            until(lambda done=done: _done(desk.ledger, job_id) > done, 120)  # type: ignore[misc]
            server.restart()
        until(lambda: _done(desk.ledger, job_id) == len(ITEMS), 120)
        told = checked_end(desk.state, desk, desk.until_ended(job_id), ITEMS)
    desk.state.close()
    return {**told, "kills": 3, "seconds": round(time.monotonic() - began, 1)}


def _done(ledger: Ledger, job_id: str) -> int:
    """How many have succeeded; -1 while the database is away."""
    try:
        return ledger.job(job_id).completed_count
    except StateUnavailable:
        return -1


def provider(here: Ground, rounds: int) -> None:
    """A thousand chats while their model server is away for a minute, once on each store."""
    for name, url in here.urls("provider"):
        state = open_state(url)
        print(f"provider  {name:<11} {_provider_away(state)}", flush=True)
        state.close()


def _provider_away(state: State) -> dict[str, float]:
    port, began = free_port(), time.monotonic()
    models = start_models(port)
    bench = Bench(state, f"http://127.0.0.1:{port}")
    job_id = bench.submit(1_000)
    worker = Worker(state, bench.types, lambda provider, model: 8, pace=Pace(threads=8))
    worker.start()
    try:
        until(lambda: bench.ledger.job(job_id).completed_count > 100, 60)
        models.kill()
        time.sleep(AWAY_S)
        assert bench.ledger.job(job_id).failed_count == 0
        models = start_models(port)
        until(lambda: bench.ledger.job(job_id).ended, 300)
    finally:
        models.kill()
        worker.stop()
        bench.router.close()
    told = checked_end(state, Desk(state), bench.ledger.job(job_id), ["hi"] * 1_000)
    return {**told, "seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2:])
