"""How long a call may take: one shared deadline, and what it means for each wait on the network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic

SLICE_S = 0.05  # how long a cancel may go unseen


class OverDeadline(Exception):
    """The shared deadline passed while the network was waited for."""


class FirstTokenLate(Exception):
    """Nothing of the answer came in the time that the first token may take."""


class Cancelled(Exception):
    """The caller wants no answer any more."""


@dataclass(frozen=True)
class Deadline:
    """A moment (monotonic seconds) by which all is over; limits for connecting and for the first token."""

    at: float
    connect_s: float = 1.0
    first_token_s: float = 5.0

    @classmethod
    def within(cls, seconds: float, *, connect_s: float = 1.0, first_token_s: float = 5.0) -> Deadline:
        """The deadline so many seconds from now."""
        return cls(monotonic() + seconds, connect_s, first_token_s)

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - monotonic())


@dataclass
class Call:
    """One request under way: until the first token is heard its own limit holds, then the deadline alone."""

    deadline: Deadline
    cancel: threading.Event | None = None
    started: float = field(default_factory=monotonic)
    first_heard: float | None = None
    status: int = 200  # of the newest response
    retry_after: float | None = None  # seconds, where the server asked for it

    def heard(self) -> None:
        """Note that the first token came."""
        if self.first_heard is None:
            self.first_heard = monotonic()

    def wait(self, limit: float | None) -> float:
        """Seconds that the next wait may take; Cancelled, OverDeadline or FirstTokenLate when there are none."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled
        remaining = self.deadline.remaining()
        if remaining <= 0.0:
            raise OverDeadline
        if self.first_heard is None:
            to_first = self.started + self.deadline.first_token_s - monotonic()
            if to_first <= 0.0:
                raise FirstTokenLate
            remaining = min(remaining, to_first)
        return remaining if limit is None else min(remaining, limit)

    def elapsed_ms(self) -> float:
        """Milliseconds since it was sent."""
        return round((monotonic() - self.started) * 1000, 3)

    def first_token_ms(self) -> float:
        """Milliseconds from sending to the first token, or to now when none came."""
        return round(((self.first_heard or monotonic()) - self.started) * 1000, 3)


_current: ContextVar[Call | None] = ContextVar("oracle_llm_call", default=None)


@contextmanager
def under_way(call: Call) -> Iterator[Call]:
    """Let the network streams of this thread keep the call's limits.

    A pooled connection serves many calls, and the clients above it pass nothing down but numbers; the context
    of the running thread is the one thing that both ends see.
    """
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def current_call() -> Call | None:
    """The call that this thread has under way."""
    return _current.get()
