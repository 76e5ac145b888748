"""How much a batch may be, and how this process goes about batches."""

from __future__ import annotations

from oracle_kit.query import Value


class BatchLimits(Value):
    """The settings of batches of one process."""

    most_items: int = 200_000
    most_bytes: int = 500_000_000
    arrival_seconds: float = 600.0
    threads: int = 8
    keep_days: float = 30.0
    lease_seconds: float = 15.0
