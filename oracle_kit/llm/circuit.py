"""A circuit breaker: after so many failures in a row nobody is sent, until a look finds the provider well."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Literal

from oracle_kit.llm.policy import CircuitPolicy

CircuitState = Literal["closed", "open", "half_open"]


class Circuit:
    """One provider's breaker. Requests never pay for finding out whether it is well again: a look does."""

    def __init__(self, policy: CircuitPolicy, clock: Callable[[], float] = monotonic) -> None:
        self._policy, self._clock = policy, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rest = policy.open
        self._until: float | None = None  # None: closed

    @property
    def state(self) -> CircuitState:
        """closed; open; or half_open once it may be looked at again."""
        until = self._until
        if until is None:
            return "closed"
        return "open" if self._clock() < until else "half_open"

    @property
    def closed(self) -> bool:
        """Whether requests are sent."""
        return self._until is None

    def rest(self) -> float:
        """Seconds until the next look."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def succeeded(self) -> None:
        """A request, or a look, went well."""
        with self._lock:
            self._failures, self._until, self._rest = 0, None, self._policy.open

    def failed(self) -> bool:
        """A request went wrong; True when this one opens the circuit."""
        with self._lock:
            self._failures += 1
            opens = self._until is None and self._failures >= self._policy.failures
            if opens:
                self._until = self._clock() + self._rest
            return opens

    def looked_in_vain(self) -> None:
        """A look found it no better: rest twice as long, up to the most."""
        with self._lock:
            self._rest = min(self._rest * 2, self._policy.most_open)
            self._until = self._clock() + self._rest
