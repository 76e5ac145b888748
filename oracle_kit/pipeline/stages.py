"""How a prompt's stages are timed and told: one line per stage, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from oracle_kit.model import Timing

Listener = Callable[[str, dict[str, Any]], None]


class Stages:
    """Times stages as they run and tells a listener when each one ends."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.listener = listener
        self.timings: list[Timing] = []

    @contextmanager
    def __call__(self, stage: str) -> Iterator[dict[str, Any]]:
        """Time one stage; what is put into the dict is told with it."""
        told: dict[str, Any] = {}
        started = perf_counter()
        yield told
        timing = Timing(stage=stage, ms=round((perf_counter() - started) * 1000, 3))
        self.timings.append(timing)
        if self.listener is not None:
            self.listener(stage, {**told, "ms": timing.ms})
