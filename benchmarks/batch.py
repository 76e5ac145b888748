"""What a batch costs beside the same threads making the same calls and storing nothing; large jobs; two workers.

python -m benchmarks.batch [overhead] [large] [workers]
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from pgqueuer import PsycopgDriver, Queries, QueueManager
from pgqueuer.models import Job as QueueJob
from pgqueuer.types import QueueExecutionMode

from benchmarks.llm_overhead import policy, served
from oracle_kit.jobs.chat_type import Chat
from oracle_kit.jobs.ends import ending
from oracle_kit.jobs.job import JobAsked, Resolved
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.ledger import Ledger, topic
from oracle_kit.jobs.spool import Spool
from oracle_kit.jobs.submission import checked
from oracle_kit.jobs.worker import Pace, Worker
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.model import Viewer
from oracle_kit.state import State, open_state
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs, results
from oracle_kit.testing import Play
from tests.postgres import Postgres, start

ANALYST = Viewer(id="ana", roles=("analyst",))
LARGE = 100_000
TOGETHER = 500  # items that end in one write


class Bench:
    """Chats to one server, by a batch on a state, or by bare threads."""

    def __init__(self, state: State, address: str) -> None:
        self.state, self.ledger = state, Ledger(state)
        chosen = policy()
        lanes = [Lane(one, chosen) for one in open_providers({"OLLAMA_HOST": address}, chosen)]
        self.router = ModelRouter(lanes, chosen, state)
        self.types = JobTypes([Chat(self.router, self.ledger.reply, lambda names: {})])

    def submit(self, count: int) -> str:
        with Spool("ndjson", 1 << 40) as spool:
            for number in range(count):
                item = {"request_id": f"r{number}", "messages": [{"role": "user", "content": f"hi {number}"}]}
                spool.add(json.dumps(item).encode() + b"\n")
            resolved = Resolved(
                provider="ollama",
                model="small",
                content_digest="sha256:c",
                clock=datetime(2026, 4, 19),
                viewer=ANALYST,
            )
            submission = checked(spool, self.types, 1 << 30, JobAsked(job_type="chat"))
            job_id = self.ledger.submit(submission, resolved, also=lambda connection, made: None)
            submission.close()
            return job_id

    def bare(self, count: int, threads: int) -> tuple[float, float]:
        """Items a second and CPU milliseconds an item of threads that call the provider and store nothing."""
        lane = self.router.lanes["ollama"]

        def call(number: int) -> None:
            request = ChatRequest(messages=(Message(role="user", content=f"hi {number}"),), model="small")
            lane.provider.chat(request, deadline=Deadline.within(60))

        began, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(call, range(count)))
        seconds = time.perf_counter() - began
        return count / seconds, (time.process_time() - cpu) / count * 1000

    def batch(self, count: int, threads: int) -> tuple[float, float]:
        """The same of a batch, from its worker's start to its end."""
        job_id = self.submit(count)
        worker = Worker(self.state, self.types, lambda provider, model: 10_000, pace=Pace(threads=threads))
        began, cpu = time.perf_counter(), time.process_time()
        with self.state.feed.subscribe(topic(job_id)) as news:
            worker.start()
            while (news.get(timeout=60.0) or {}).get("status") != "completed":
                if news.overflowed:
                    news.resume()
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        worker.stop()
        return count / seconds, used / count * 1000

    def queue_alone(self, url: str, count: int, threads: int) -> tuple[float, float]:
        """The same of pgqueuer with its own manager: each item is delivered, called, and struck off, and no more."""
        lane = self.router.lanes["ollama"]

        def call() -> None:
            request = ChatRequest(messages=(Message(role="user", content="hi"),), model="small")
            lane.provider.chat(request, deadline=Deadline.within(60))

        return asyncio.run(_delivered_alone(url, count, threads, call))


async def _delivered_alone(
    url: str, count: int, threads: int, call: Callable[[], None]
) -> tuple[float, float]:
    plain = url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        queries = Queries(PsycopgDriver(connection))
        await queries.install()
        await queries.enqueue(["call"] * count, [None] * count, [0] * count)
        manager, pool = QueueManager(queries), ThreadPoolExecutor(threads)

        @manager.entrypoint("call")
        async def work(job: QueueJob) -> None:
            await asyncio.get_running_loop().run_in_executor(pool, call)

        began, cpu = time.perf_counter(), time.process_time()
        drain = QueueExecutionMode.drain
        await manager.run(batch_size=10 * threads, dequeue_timeout=timedelta(seconds=0.1), mode=drain)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        pool.shutdown()
        return count / seconds, used / count * 1000


@contextmanager
def states(server: Postgres) -> Iterator[list[tuple[str, State]]]:
    """A state on each database."""
    with tempfile.TemporaryDirectory() as folder:
        opened = [
            ("sqlite", open_state(f"sqlite:///{Path(folder) / 'state.sqlite'}")),
            ("postgresql", open_state(server.create("bench"))),
        ]
        yield opened
        for _, state in opened:
            state.close()


def overhead(server: Postgres) -> None:
    """The figures beside bare threads."""
    for delay_ms, in_flight, count in ((50, 16, 2_000), (5, 32, 3_000)):
        with (
            served(Play(text="fine", delay_s=delay_ms / 1000, piece=100)) as address,
            states(server) as opened,
        ):
            for name, state in opened:
                bench = Bench(state, address)
                bench.bare(200, in_flight)
                rate, cpu = bench.bare(count, in_flight)
                got, used = bench.batch(count, in_flight)
                print(
                    f"{name:<11} {delay_ms} ms, {in_flight} in flight: bare {rate:,.0f}/s {cpu:.2f} ms CPU; "
                    f"batch {got:,.0f}/s {used:.2f} ms CPU; ratio {got / rate:.2f}, +{used - cpu:.2f} ms CPU an item"
                )
                if name == "postgresql":
                    alone, spent = bench.queue_alone(server.create("alone"), count, in_flight)
                    print(
                        f"pgqueuer    {delay_ms} ms, {in_flight} in flight: alone {alone:,.0f}/s {spent:.2f} ms CPU; "
                        f"batch beside it {got / alone:.2f}"
                    )
                bench.router.close()


def large(server: Postgres) -> None:
    """100,000 items: submitted, looked at, and their results read; beside a tenth of them."""
    with states(server) as opened:
        for name, state in opened:
            for count in (LARGE // 10, LARGE):
                bench = Bench(state, "http://127.0.0.1:9")
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                began = time.perf_counter()
                job_id = bench.submit(count)
                submitted = time.perf_counter() - began
                grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
                _answer_all(state, job_id)
                looks = sorted(_timed(bench.ledger.job, job_id) for _ in range(20))
                began, cpu, read, cursor = time.perf_counter(), time.process_time(), 0, None
                while page := bench.ledger.ended(job_id, after=cursor):
                    read, cursor = read + len(page), page[-1].cursor
                rate, per_cpu = read / (time.perf_counter() - began), read / (time.process_time() - cpu)
                print(
                    f"{name:<11} {count:>7,} items: submitted in {submitted:.1f} s, +{grown:.0f} MB at most; "
                    f"status p50 {looks[10] * 1000:.1f} ms; results {rate:,.0f} rows/s, {per_cpu:,.0f} a CPU second"
                )
                bench.router.close()


def _answer_all(state: State, job_id: str) -> None:
    """Give every item a result, some hundred in a write, as if they had run."""
    with state.read() as connection:
        named = sa.select(items.c.request_id).where(items.c.job_id == job_id).order_by(items.c.position)
        names = list(connection.execute(named).scalars())
    for at in range(0, len(names), TOGETHER):
        part = names[at : at + TOGETHER]
        state.write(lambda connection, part=part: _answer(connection, job_id, part))  # type: ignore[misc]
    done = sa.update(jobs).where(jobs.c.job_id == job_id).values(status="completed")
    state.write(lambda connection: connection.execute(done))
    if state.dialect == "postgresql":  # as its autovacuum does, which is off here
        state.write(lambda connection: connection.exec_driver_sql("ANALYZE"))


def _answer(connection: sa.Connection, job_id: str, names: list[str]) -> None:
    number = ending(connection, [job_id])[job_id]
    which = sa.and_(items.c.job_id == job_id, items.c.request_id.in_(names))
    ended = {"ended_at": utc_now(), "ended_in": number, "ended_order": items.c.position}
    connection.execute(sa.update(items).where(which).values(status="succeeded", **ended))
    told = {"usage": {}, "detail": {}, "latency_ms": 1.0, "finished_at": utc_now(), "reply": "fine"}
    connection.execute(sa.insert(results), [{"job_id": job_id, "request_id": name, **told} for name in names])


def _timed(work: Any, given: str) -> float:
    began = time.perf_counter()
    work(given)
    return time.perf_counter() - began


WORK = """
import sys, time
from benchmarks.batch import Bench
from oracle_kit.jobs.worker import Pace, Worker
from oracle_kit.state import open_state
bench = Bench(open_state(sys.argv[1]), sys.argv[2])
worker = Worker(bench.state, bench.types, lambda provider, model: 10_000, pace=Pace(threads=16))
worker.start()
print("started", flush=True)
sys.stdin.read()
worker.stop()
"""


def workers(server: Postgres) -> None:
    """Two workers of 16 in flight beside one, each a process of its own, on PostgreSQL."""
    with served(Play(text="fine", delay_s=0.05, piece=100)) as address:
        url, rates = server.create("bench"), []
        for number in (1, 2):
            state = open_state(url)
            bench = Bench(state, address)
            job_id = bench.submit(2_000)
            running = [
                subprocess.Popen(
                    [sys.executable, "-c", WORK, url, address],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=dict(os.environ),
                )
                for _ in range(number)
            ]
            for process in running:
                assert process.stdout is not None
                process.stdout.readline()
            began, first = time.perf_counter(), bench.ledger.job(job_id).completed_count
            while not bench.ledger.job(job_id).ended:
                time.sleep(0.05)
            rates.append((2_000 - first) / (time.perf_counter() - began))
            for process in running:
                process.communicate(timeout=30)
            bench.router.close()
            state.close()
        print(f"one worker {rates[0]:,.0f}/s, two {rates[1]:,.0f}/s: {rates[1] / rates[0]:.2f} times")


def main(chosen: list[str] | None = None) -> None:
    """Run the parts, all where none is chosen."""
    parts = {"overhead": overhead, "large": large, "workers": workers}
    server = start(os.getpid())
    try:
        for name in chosen or parts:
            parts[name](server)
    finally:
        server.stop()


if __name__ == "__main__":
    threading.stack_size(1 << 20)
    main(sys.argv[1:])
