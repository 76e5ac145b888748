"""Prometheus metrics of model providers: calls by outcome, times, and how each provider stands now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from oracle_kit.llm.health import Health
from oracle_kit.llm.lane import CallEnded
from oracle_kit.llm.provider import Level

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)


class ModelMetrics:
    """The counters of one process; gauges are set when somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        one, outcome = ("provider",), ("provider", "outcome")
        self._calls = Counter("oracle_model_calls_total", "Calls that ended", outcome, registry=registry)
        self._seconds = Histogram(
            "oracle_model_seconds", "Seconds to an answer", one, registry=registry, buckets=BUCKETS
        )
        self._waited = Histogram(
            "oracle_model_waited_seconds",
            "Seconds in this process before a call was sent",
            one,
            registry=registry,
            buckets=BUCKETS,
        )
        self._in_flight = Gauge(
            "oracle_model_in_flight",
            "Calls under way",
            one,
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._waiting = Gauge(
            "oracle_model_waiting",
            "Calls that wait for their turn",
            one,
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._level = Gauge(
            "oracle_model_level",
            "1 at the provider's level",
            ("provider", "level"),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def call(self, ended: CallEnded) -> None:
        """Count a call that ended."""
        self._calls.labels(ended.provider, ended.outcome).inc()
        if ended.outcome == "answered":
            self._seconds.labels(ended.provider).observe(ended.latency_ms / 1000)
            self._waited.labels(ended.provider).observe(ended.waited_ms / 1000)

    def standing(self, providers: Iterable[Health]) -> None:
        """Note how each provider stands now."""
        for provider in providers:
            self._in_flight.labels(provider.id).set(provider.in_flight)
            self._waiting.labels(provider.id).set(provider.waiting)
            for level in get_args(Level):
                self._level.labels(provider.id, level).set(int(level == provider.status))
