"""Request ids, one log line per request, and Prometheus metrics."""

from __future__ import annotations

import json
import logging
import re
import secrets
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("canvas_server.access")
ACCEPTED = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


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


class Observe:
    """Gives each request an id (the client's own if it is well-formed), logs one line, counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if ACCEPTED.match(given) else f"req_{secrets.token_hex(8)}"
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = perf_counter(), [500]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            self._record(scope, request_id, status[0], perf_counter() - started)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self.metrics.requests.labels(scope["method"], route, str(status)).inc()
        self.metrics.seconds.labels(scope["method"], route).observe(seconds)
        line = {
            "request_id": request_id,
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        logger.info(json.dumps(line))
