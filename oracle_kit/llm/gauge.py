"""What the calls of the last minutes were like: latency, errors, waiting, and the last failure."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from oracle_kit.query import Value

MOST_SAMPLES = 2_000
NOT_ITS_FAULT = frozenset(
    {"cancelled", "bad_request", "invalid", "truncated", "empty", "crowded", "model_missing"}
)


class Failure(Value):
    """The last call that went wrong."""

    reason: str
    message: str
    model: str
    at: datetime


class Traffic(Value):
    """The window in figures; latencies (ms) are of answers, waiting is time in this process before sending."""

    calls: int = 0
    error_rate: float = 0.0
    p50_ms: float | None = None
    p95_ms: float | None = None
    first_token_p50_ms: float | None = None
    waited_p95_ms: float | None = None
    last_failure: Failure | None = None
    last_answer_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    latency_ms: float | None  # None: it failed
    first_token_ms: float = 0.0
    waited_ms: float = 0.0


class Gauge:
    """The samples of one provider over a sliding window."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._samples: deque[_Sample] = deque(maxlen=MOST_SAMPLES)
        self._last_failure: Failure | None = None
        self._last_answer_at: datetime | None = None

    def answered(self, latency_ms: float, first_token_ms: float, waited_ms: float) -> None:
        """Note an answer."""
        with self._lock:
            self._last_answer_at = datetime.now(UTC)
            self._samples.append(_Sample(self._clock(), latency_ms, first_token_ms, waited_ms))

    def failed(self, reason: str, message: str, model: str) -> None:
        """Note a failure; one that is not the provider's own counts in no rate."""
        with self._lock:
            self._last_failure = Failure(reason=reason, message=message, model=model, at=datetime.now(UTC))
            if reason not in NOT_ITS_FAULT:
                self._samples.append(_Sample(self._clock(), None))

    def traffic(self) -> Traffic:
        """The window as it stands."""
        with self._lock:
            since = self._clock() - self._seconds
            while self._samples and self._samples[0].at < since:
                self._samples.popleft()
            samples = tuple(self._samples)
        good = [one for one in samples if one.latency_ms is not None]
        latencies = [one.latency_ms for one in good if one.latency_ms is not None]
        return Traffic(
            calls=len(samples),
            error_rate=round(1 - len(good) / len(samples), 4) if samples else 0.0,
            p50_ms=_percentile(latencies, 0.5),
            p95_ms=_percentile(latencies, 0.95),
            first_token_p50_ms=_percentile([one.first_token_ms for one in good], 0.5),
            waited_p95_ms=_percentile([one.waited_ms for one in good], 0.95),
            last_failure=self._last_failure,
            last_answer_at=self._last_answer_at,
        )


def _percentile(values: Sequence[float], part: float) -> float | None:
    """The nearest-rank percentile."""
    if not values:
        return None
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, int(part * len(ranked)))], 3)
