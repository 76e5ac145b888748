"""Request ids, one log line per request, Prometheus metrics, and the last resort for what was not foreseen."""

from __future__ import annotations

import logging
import os
import re
import secrets
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from canvas_server.errors import problem
from canvas_server.model_metrics import ModelMetrics
from canvas_server.site_path import route_of
from oracle_kit.stage_log import REQUEST, line

logger = logging.getLogger("canvas_server")
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where several server processes count together
PRIVATE = ("private, no-store", "Authorization")


class Metrics:
    """The counters of one app, on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("oracle_requests_total", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "oracle_request_seconds", "Seconds to answer", ("method", "route"), registry=self.registry
        )
        self.stages = Histogram(
            "oracle_stage_seconds", "Seconds per stage of a prompt", ("stage",), registry=self.registry
        )
        self.live = Gauge(
            "oracle_live_clients", "Live connections", registry=self.registry, multiprocess_mode="livesum"
        )
        self.models = ModelMetrics(self.registry)

    def stage(self, stage: str, what: Mapping[str, Any]) -> None:
        """Count a stage that ended; what is told in between has no time."""
        if "ms" in what:
            self.stages.labels(stage).observe(float(what["ms"]) / 1000)

    def text(self) -> bytes:
        """All of it in Prometheus' text format, added up over the server's processes."""
        if not os.environ.get(SHARED):
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # prometheus_client's own
        return generate_latest(together)


class Observe:
    """Gives each request an id (the client's own if it is well-formed), logs one line, counts it.

    A failure that nobody foresaw is answered 500 here, where the id is known; its traceback goes to the log alone.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watches one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if ACCEPTED.fullmatch(given) else f"req_{secrets.token_hex(8)}"
        REQUEST.set(request_id)
        started, status = perf_counter(), [0]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
                _mark(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception:  # the last resort: no client is left without an answer and its id
            logger.exception("unexpected", extra={"facts": {"request_id": request_id}})
            if not status[0]:
                detail = "This failed in a way that was not foreseen; the request id finds it in the log."
                failed = problem(500, "unexpected", detail, instance=scope["path"])
                await failed(scope, receive, answer)
        finally:
            self._record(scope, status[0], perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(method, route).observe(seconds)
        told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 2)}
        line(logger, "request", told)


def _mark(headers: MutableHeaders, request_id: str) -> None:
    """What every answer carries: its id, and that nobody may keep it or take it for something else."""
    headers["X-Request-ID"] = request_id
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if "cache-control" not in headers:
        headers["Cache-Control"], headers["Vary"] = PRIVATE[0], headers.get("vary", PRIVATE[1])
