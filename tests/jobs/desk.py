"""Batches for tests: a job type whose items say what is to happen to them, submitted and run on a real state."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from oracle_kit.errors import ProviderFailed, WarehouseUnavailable
from oracle_kit.jobs.claims import Claims
from oracle_kit.jobs.job import ItemAsked, Job, JobAsked, Outcome, Resolved, Result, Work
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.jobs.spool import BatchRefused, Spool
from oracle_kit.jobs.submission import Submission, checked
from oracle_kit.jobs.taking import Room
from oracle_kit.jobs.worker import Pace, Worker
from oracle_kit.model import Viewer
from oracle_kit.state import State

SUBMITTER = Viewer(id="ana", roles=("analyst",))
QUICK = Pace(threads=4, lease=1.0, poll=0.05, rest=0.05)


class Said:
    """The type `said`: an item's text is a word for what happens, and a number.

    `echo:n` answers; `slow:s` answers after s seconds; `fail:x` is refused for good; `flaky:n` succeeds at the nth
    attempt; `big:n` answers n letters; `away:n` finds the warehouse away until the nth; `bug:x` breaks.
    """

    name = "said"
    asks_models = False

    def __init__(self) -> None:
        self.ran: list[tuple[str, str, int]] = []
        self.now: set[str] = set()
        self.most_at_once = 0
        self._lock = threading.Lock()

    def check_job(self, asked: JobAsked) -> None:
        if asked.page_id:
            raise BatchRefused("no page")

    def check_item(self, asked: JobAsked, item: ItemAsked) -> None:
        if item.messages[-1].role != "user":
            raise BatchRefused("The last message is the user's.")

    def run(self, work: Work, cancel: threading.Event) -> Outcome:
        with self._lock:
            self.ran.append((work.job_id, work.request_id, work.attempts))
            self.now.add(work.request_id)
            self.most_at_once = max(self.most_at_once, len(self.now))
        try:
            return self._told(work, cancel)
        finally:
            with self._lock:
                self.now.discard(work.request_id)

    def _told(self, work: Work, cancel: threading.Event) -> Outcome:
        what, _, number = work.item.messages[-1].content.partition(":")
        if what == "slow" and cancel.wait(float(number)):
            raise ProviderFailed("stopped", reason="cancelled")
        if what == "fail":
            raise ProviderFailed("it does not take the request", reason="bad_request")
        if what == "flaky" and work.attempts < int(number):
            raise ProviderFailed("it broke", reason="server_error")
        if what == "away" and work.attempts < int(number):
            raise WarehouseUnavailable("the warehouse is away")
        if what == "bug":
            raise ZeroDivisionError("a bug in a job type")
        if what == "big":
            return Outcome(reply="x" * int(number))
        if what == "surrogate":
            return Outcome(reply="\ud800")
        return Outcome(reply=number, parsed={"n": number}, usage={"prompt_tokens": 1})


class Desk:
    """A state with its ledger, and the type `said`."""

    def __init__(self, state: State) -> None:
        self.state, self.said = state, Said()
        self.ledger, self.types = Ledger(state), JobTypes([self.said])

    def submission(self, texts: Sequence[str], **asked: Any) -> Submission:
        return checked(spool_of(texts, **asked), self.types, 1_000_000)

    def submit(self, texts: Sequence[str], *, provider: str = "none", **asked: Any) -> str:
        """The job of these texts; their ids are r0, r1, …"""
        resolved = Resolved(
            content_digest="sha256:c", clock=datetime(2026, 4, 19), viewer=SUBMITTER, provider=provider
        )
        return self.ledger.submit(
            self.submission(texts, **asked), resolved, also=lambda connection, job_id: None
        )

    def take(self, claims: Claims, most: int) -> tuple[Work, ...]:
        """What a worker takes, without running it."""
        room = Room(most, lambda provider, model: 1_000, self.types.names)
        taken = claims.turn((), room)
        left = replace(room, free=most - len(taken))
        return (*taken, *claims.turn((), left)) if left.free and claims.offer(left) else taken

    @contextmanager
    def working(
        self, pace: Pace = QUICK, limit: Callable[[str, str], int] = lambda provider, model: 1_000
    ) -> Iterator[Worker]:
        worker = Worker(self.state, self.types, limit, pace=pace)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop(drain=2.0)

    def until_ended(self, job_id: str, seconds: float = 20.0) -> Job:
        until(lambda: self.ledger.job(job_id).ended, seconds)
        return self.ledger.job(job_id)

    def results(self, job_id: str) -> list[Result]:
        """All items that have ended by now, read in small pages."""
        job = self.ledger.job(job_id)
        count = job.completed_count + job.failed_count + job.cancelled_count
        found: list[Result] = []
        while len(found) < count:
            found += self.page(job_id, after=found[-1].cursor if found else None, limit=7)
        assert not self.ledger.ended(job_id, after=found[-1].cursor if found else None)
        return found

    def page(self, job_id: str, *, after: str | None = None, limit: int = 50) -> tuple[Result, ...]:
        """The next page of ended items, once there is one: on PostgreSQL they wait for any older transaction."""
        found: list[tuple[Result, ...]] = []
        until(lambda: bool(found.append(self.ledger.ended(job_id, after=after, limit=limit)) or found[-1]))
        return found[-1]


def spool_of(texts: Sequence[str], **asked: Any) -> Spool:
    spool = Spool("json", 1 << 30)
    items = [
        {"request_id": f"r{n}", "messages": [{"role": "user", "content": t}]} for n, t in enumerate(texts)
    ]
    spool.add(json.dumps({"job_type": "said", **asked, "items": items}).encode())
    return spool


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when it holds; AssertionError after the time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)
