"""How many items a worker has at hand beside those that run: about what its threads end while the ledger is written."""

from __future__ import annotations

import math
import time

AT_HAND_S = 0.25  # of work, so that no thread waits for the ledger; slow items are left to whoever is free
SETTLES_S = 1.0  # in which a measured rate follows a new one
MOST = 2  # items at hand to a thread


class Tempo:
    """Measures how fast a worker's items end."""

    def __init__(self, threads: int) -> None:
        self._threads, self._rate, self._since = threads, 0.0, time.monotonic()

    def ended(self, count: int) -> None:
        """So many items have ended since the last call."""
        now = time.monotonic()
        passed = max(now - self._since, 0.001)
        self._rate += (count / passed - self._rate) * (1 - math.exp(-passed / SETTLES_S))
        self._since = now

    @property
    def at_hand(self) -> int:
        """How many items to have that no thread runs yet."""
        return min(MOST * self._threads, math.ceil(self._rate * AT_HAND_S))
