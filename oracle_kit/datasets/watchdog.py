"""A thread that stops what runs too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Guarded:
    """One guarded stretch of work; `fired` says whether it was stopped."""

    def __init__(self, deadline: float, stop: Callable[[], object]) -> None:
        self.deadline, self.stop, self.fired = deadline, stop, False


class Watchdog:
    """Calls `stop` of work that is not done by its deadline; one thread serves all, started at first use."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._guarded: set[Guarded] = set()
        self._wakes = float("inf")
        self._thread: threading.Thread | None = None

    @contextmanager
    def guard(self, stop: Callable[[], object], seconds: float) -> Iterator[Guarded]:
        """Guards the body of a `with`; `stop` is never called after it."""
        work = Guarded(time.monotonic() + seconds, stop)
        with self._changed:
            self._guarded.add(work)
            self._start()
            if work.deadline < self._wakes:
                self._changed.notify()
        try:
            yield work
        finally:
            with self._changed:
                self._guarded.discard(work)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="oracle-watchdog", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._fire(time.monotonic())
                self._wakes = min(
                    (work.deadline for work in self._guarded if not work.fired), default=float("inf")
                )
                wait = None if self._wakes == float("inf") else max(0.0, self._wakes - time.monotonic())
                self._changed.wait(wait)

    def _fire(self, now: float) -> None:
        for work in list(self._guarded):
            if work.deadline <= now and not work.fired:
                work.fired = True
                work.stop()
