"""Workers in processes of their own, killed at random moments, while the ledger is watched."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from oracle_kit.jobs.job import Job
from oracle_kit.jobs.worker import Pace
from oracle_kit.state import State, open_state
from oracle_kit.state.job_tables import items, results
from tests.jobs.desk import Desk

PACE = Pace(threads=4, lease=1.0, poll=0.05, rest=0.05)
WORK = """
import sys, time
from dataclasses import replace
from oracle_kit.jobs.worker import Worker
from oracle_kit.state import open_state
from tests.jobs.desk import Desk
from tests.jobs.killing import PACE
desk = Desk(open_state(sys.argv[1]))
worker = Worker(desk.state, desk.types, lambda provider, model: 1_000, pace=replace(PACE, threads=int(sys.argv[2])))
worker.start()
print("started", flush=True)
while True:
    time.sleep(1)
"""


def start(url: str, threads: int = PACE.threads) -> subprocess.Popen[str]:
    """A worker of its own process, which has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, url, str(threads)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def killed_drill(
    url: str, texts: Sequence[str], *, kills: int, workers: int = 1, seconds: tuple[float, float] = (0.1, 0.6)
) -> dict[str, float]:
    """A job run to its end while its workers are killed and started again; what came of it, after it was checked.

    Throughout, the job's counts are those of its items; at the end no item is lost, stuck, or has two results.
    """
    state = open_state(url)
    desk, chance = Desk(state), random.Random(kills)  # noqa: S311  # moments, not secrets
    job_id = desk.submit(texts)
    running = [start(url) for _ in range(workers)]
    began = time.monotonic()
    try:
        for number in range(kills):
            time.sleep(chance.uniform(*seconds))
            victim = number % workers
            running[victim].kill()
            running[victim].wait()
            check_counts(state, desk.ledger.job(job_id))
            running[victim] = start(url)
        job = desk.until_ended(job_id, 120)
    finally:
        for process in running:
            process.kill()
            process.wait()
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
