"""A worker: threads that run items, one that keeps the ledger, one that shows that it lives and buries the dead."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from oracle_kit.errors import OracleError, StateUnavailable
from oracle_kit.jobs.claims import Claims, Ended
from oracle_kit.jobs.job import Work
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.ledger import TOPIC, close
from oracle_kit.jobs.retrying import failure_of, is_cancelled
from oracle_kit.jobs.sweep import Orphans, delete_older, sweep
from oracle_kit.jobs.taking import Limit, Room
from oracle_kit.jobs.tempo import Tempo
from oracle_kit.state import State

logger = logging.getLogger("oracle_kit.jobs")
Proposing = Callable[[Ended], Ended]  # what a result proposes is looked at before it is stored
LOOKS = 5  # at other workers, in the time after which one that shows no life is dead
KEEP_S = 3_600.0  # between looks for what has expired
NO_ROOM = Room(0, lambda provider, model: 0, ())
TURN_S = 0.05  # between two writes of the ledger while there is something to run: many ends share one


@dataclass(frozen=True)
class Pace:
    """How a worker goes about it; seconds."""

    threads: int = 8
    lease: float = 15.0  # a worker that shows no life for so long is dead
    poll: float = 1.0  # how long something to do may go unseen
    rest: float = 5.0  # how long a lane is left alone after an outage there
    keep_days: float = 30.0  # how long results are kept


@dataclass
class Taken:
    """An item that is under way here, and how to tell it to stop."""

    work: Work
    cancel: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Runs items until it is stopped; several of them, in any number of processes, share one ledger."""

    def __init__(
        self,
        state: State,
        types: JobTypes,
        limit: Limit,
        *,
        pace: Pace | None = None,
        proposing: Proposing = lambda ended: ended,
    ) -> None:
        self._state, self._types, self._limit, self._proposing = state, types, limit, proposing
        self.pace = pace or Pace()
        self.claims = Claims(state)
        self._under_way: dict[tuple[str, str], Taken] = {}
        self._not_begun: set[tuple[str, str]] = set()  # of these, what no thread runs yet
        self._tempo = Tempo(self.pace.threads)
        self._over: queue.SimpleQueue[Ended | None] = queue.SimpleQueue()  # None: look for something to do
        self._resting: dict[str, float] = {}
        self._draining, self._stopped = threading.Event(), threading.Event()
        self._failing, self._turned, self._news = 0, 0.0, False
        self._threads: list[threading.Thread] = []

    @property
    def alive(self) -> bool:
        """Whether it takes items."""
        return bool(self._threads) and not self._draining.is_set()

    @property
    def under_way(self) -> int:
        """How many items it has now."""
        return len(self._under_way)

    def start(self) -> None:
        """Begin; StateUnavailable where the ledger cannot be written."""
        self.claims.beat(0)
        self._pool = ThreadPoolExecutor(self.pace.threads, thread_name_prefix="oracle-item")
        for work in (self._serve, self._keep, self._listen):
            thread = threading.Thread(target=work, name=f"oracle-batch{work.__name__}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Look for something to do now."""
        self._news = True
        self._over.put(None)

    def stop(self, drain: float = 10.0) -> bool:
        """Whether all that was under way ended within `drain` seconds; the rest is told to stop and left to others."""
        if not self._threads:
            return True
        self._draining.set()
        self.wake()
        end = time.monotonic() + drain
        while self._under_way and time.monotonic() < end:
            time.sleep(0.02)
        whole = not self._under_way
        for taken in list(self._under_way.values()):
            taken.cancel.set()
        self._stopped.set()
        self.wake()
        self._subscription.close()
        for thread in self._threads:
            thread.join(5.0)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._threads = []
        try:
            self.claims.leave()
        except StateUnavailable as error:  # then others find it dead
            logger.warning("the worker could not sign off: %s", error)
        return whole

    # the ledger's thread -----------------------------------------------------------------------

    def _serve(self) -> None:
        ended: list[Ended] = []
        while not self._stopped.is_set():
            ended += self._wait()
            over = {one.work.job_id for one in ended}
            with self._patiently("keep the ledger"):
                self._turn(ended)
            for job_id in over - {job_id for job_id, _ in list(self._under_way)}:
                with self._patiently("close a job"):
                    close(self._state, job_id)
        with self._patiently("keep the last results"):
            self.claims.turn(ended, NO_ROOM)

    def _wait(self) -> list[Ended]:
        """What is over; waits for the first, or until it is time to look for something to do."""
        found: list[Ended] = []
        try:
            first = self._over.get(
                timeout=self.pace.poll if not self._failing else min(5.0, 0.1 * 2**self._failing)
            )
            found += [first] if first is not None else []
            while True:
                more = self._over.get(timeout=self._pause())
                found += [more] if more is not None else []
        except queue.Empty:
            return found

    def _pause(self) -> float:
        """How long more ends may be waited for: not at all where a thread has nothing to run."""
        return max(0.0, self._turned + TURN_S - time.monotonic()) if self._not_begun else 0.0

    def _turn(self, ended: list[Ended]) -> None:
        """End what is over, and take as many as the threads run, and some to have at hand, so that none waits."""
        self._tempo.ended(len(ended))
        wanted = self.pace.threads + self._tempo.at_hand - len(self._under_way) + len(ended)
        room = self._room(0 if self._draining.is_set() else wanted)
        if not ended and room.free <= 0:
            return
        if self._failing:  # an answer may have been lost: begin what the ledger says is ours
            self._begin(
                work for work in self.claims.held() if (work.job_id, work.request_id) not in self._under_way
            )
        if self._news and room.free > 0:  # it may have priority over what is on its way
            self._news = False
            self.claims.offer(room)
        left = room.free - self._keep_ledger(ended, room)
        if left > 0 and self.claims.offer(self._room(left)):
            self._begin(self.claims.turn((), self._room(left)))
        self._failing, self._turned = 0, time.monotonic()

    def _keep_ledger(self, ended: list[Ended], room: Room) -> int:
        """How many items were begun in the write that ended what was over."""
        try:
            taken = self.claims.turn(ended, room)
        except OracleError:
            raise
        except Exception:
            ended[:] = [self._storable(one) for one in ended]
            raise
        for one in ended:
            self._under_way.pop((one.work.job_id, one.work.request_id), None)
        ended.clear()
        self._begin(taken)
        return len(taken)

    def _room(self, free: int) -> Room:
        return Room(free, self._limit, self._types.names, self._rests())

    def _storable(self, ended: Ended) -> Ended:
        """The end as it can be kept: an item whose result the database does not take has failed."""
        try:
            self.claims.turn((ended,), NO_ROOM)
        except OracleError:
            return ended
        except Exception as error:  # noqa: BLE001  # one result must not keep all others from being stored
            failure = failure_of(error, ended.work.attempts)
            return Ended(ended.work, failure=failure.model_copy(update={"kind": "unstorable"}))
        return ended

    def _begin(self, works: Iterator[Work] | tuple[Work, ...]) -> None:
        for work in works:
            taken = self._under_way[work.job_id, work.request_id] = Taken(work)
            self._not_begun.add((work.job_id, work.request_id))
            self._pool.submit(self._run, taken)

    def _rests(self) -> frozenset[str]:
        now = time.monotonic()
        self._resting = {lane: until for lane, until in self._resting.items() if until > now}
        return frozenset(self._resting)

    @contextmanager
    def _patiently(self, what: str) -> Iterator[None]:
        """A ledger that is away is waited for: nothing that was found out is thrown away."""
        try:
            yield
        except OracleError as error:
            self._failing = min(self._failing + 1, 6)
            logger.warning("the worker could not %s: %s", what, error)
        except Exception:
            self._failing = min(self._failing + 1, 6)
            logger.exception("the worker could not %s", what)

    # the items' threads ------------------------------------------------------------------------

    def _run(self, taken: Taken) -> None:
        self._not_begun.discard((taken.work.job_id, taken.work.request_id))
        if self._draining.is_set():  # not begun: it is left to others
            self._under_way.pop((taken.work.job_id, taken.work.request_id), None)
            return
        started = time.monotonic()
        ended = Ended(taken.work) if taken.cancel.is_set() else self._attempt(taken)
        self._over.put(replace(ended, latency_ms=round((time.monotonic() - started) * 1000, 3)))

    def _attempt(self, taken: Taken) -> Ended:
        work = taken.work
        try:
            outcome = self._types.of(work.asked.job_type).run(work, taken.cancel)
            return self._proposing(Ended(work, outcome, audit=outcome.audit))
        except Exception as error:  # whatever an item does, the others go on; the ledger has the reason
            if taken.cancel.is_set() and is_cancelled(error):
                return Ended(work)
            if not isinstance(error, OracleError):
                logger.exception("an item failed in a way that was not foreseen")
            failure = failure_of(error, work.attempts)
            if failure.again == "outage":
                self._resting[f"{work.provider}/{work.model}"] = time.monotonic() + self.pace.rest
            return Ended(work, failure=failure)

    # the keeper's thread -----------------------------------------------------------------------

    def _keep(self) -> None:
        seen: dict[str, tuple[int, int]] = {}
        beat, orphans, kept = 0, Orphans(), time.monotonic() - KEEP_S
        while not self._stopped.wait(self.pace.lease / LOOKS):
            beat += 1
            with self._patiently("show that it lives"):
                self.claims.beat(beat)
                seen = self._bury_dead(seen)
                sweep(self._state)
                self._tell_cancelled()
                if time.monotonic() - kept >= KEEP_S:
                    kept = time.monotonic()
                    self.claims.tidy()
                    orphans.delete(self._state)
                    delete_older(self._state, self.pace.keep_days)

    def _bury_dead(self, seen: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """How often each other worker was seen at the same beat; who was so for a whole lease is buried.

        Looks are counted, not seconds: a machine that stood still for a while did so for all of its workers.
        """
        current: dict[str, tuple[int, int]] = {}
        for worker, beat in self.claims.beats().items():
            before, looks = seen.get(worker, (beat, -1))
            current[worker] = (beat, looks + 1 if before == beat else 0)
            if worker != self.claims.worker_id and current[worker][1] >= LOOKS:
                del current[worker]
                self._bury(worker, beat)
        return current

    def _bury(self, worker: str, beat: int) -> None:
        freed = self.claims.bury(worker, beat)
        if freed:
            logger.warning(
                "worker %s shows no life: the %d items that it had are queued again", worker, freed
            )
            self.wake()
        else:
            logger.info("worker %s went without signing off; it had nothing", worker)

    def _tell_cancelled(self) -> None:
        under_way = list(self._under_way.values())
        cancelled = self.claims.cancelling({one.work.job_id for one in under_way})
        for one in under_way:
            if one.work.job_id in cancelled:
                one.cancel.set()

    def _listen(self) -> None:
        """Wake when something was submitted, in whatever process."""
        with self._state.feed.subscribe(TOPIC) as self._subscription:
            while not self._stopped.is_set():
                message = self._subscription.get(timeout=self.pace.poll)
                if self._subscription.overflowed:
                    self._subscription.resume()
                if message is not None:
                    with self._patiently("hear of a cancel"):
                        self._tell_cancelled()
                    self.wake()
