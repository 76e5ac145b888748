"""A bound on calls in flight to one model of one provider; those over it wait here, in order, where it can be seen."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from oracle_kit.llm.deadline import SLICE_S, Cancelled, Deadline, OverDeadline


class Crowded(Exception):
    """So many wait already that one more would only time out."""


class Gate:
    """Lets `most` calls through at a time, first come first served; at most `waiting` wait, each as long as for a
    first token."""

    def __init__(self, most: int, waiting: int) -> None:
        self.most, self._most_waiting = most, waiting
        self._lock = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._inside = 0

    @property
    def in_flight(self) -> int:
        """Calls that are through."""
        return self._inside

    @property
    def waiting(self) -> int:
        """Calls that wait."""
        return len(self._line)

    @contextmanager
    def through(self, deadline: Deadline, cancel: threading.Event | None) -> Iterator[float]:
        """Be counted as in flight; gives the milliseconds waited. Crowded, OverDeadline or Cancelled."""
        started = monotonic()
        self._enter(deadline, cancel)
        try:
            yield round((monotonic() - started) * 1000, 3)
        finally:
            self._leave()

    def _enter(self, deadline: Deadline, cancel: threading.Event | None) -> None:
        with self._lock:
            if self._inside < self.most and not self._line:
                self._inside += 1
                return
            if len(self._line) >= self._most_waiting:
                raise Crowded
            turn = threading.Event()
            self._line.append(turn)
        try:
            _await(turn, deadline, cancel)
        except (OverDeadline, Cancelled, Crowded):
            self._give_up(turn)
            raise

    def _give_up(self, turn: threading.Event) -> None:
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)
                return
        self._leave()  # its turn came in the same moment

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            while self._line and self._inside < self.most:
                self._inside += 1
                self._line.popleft().set()


def _await(turn: threading.Event, deadline: Deadline, cancel: threading.Event | None) -> None:
    until = monotonic() + deadline.first_token_s
    while not turn.wait(min(SLICE_S, deadline.remaining())):
        if monotonic() > until:
            raise Crowded
        if cancel is not None and cancel.is_set():
            raise Cancelled
        if deadline.remaining() <= 0:
            raise OverDeadline
