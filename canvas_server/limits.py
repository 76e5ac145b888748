"""What a client may do: how often, from which page, and how long it is worked on."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Coroutine
from time import monotonic

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from canvas_server.bodies_in import READS, SPOOLED
from canvas_server.errors import problem
from canvas_server.site_path import inner_path

LIVE = "/ws/"  # before the paths of our own WebSockets; the studio's see to themselves
BEARER = "bearer."  # before a token among a WebSocket's subprotocols
WATCHED = ("/healthz", "/readyz", "/metrics")  # for the machines that watch: never limited


class OriginCheck:
    """Refuses writes that a page of a foreign origin sends from a browser, and its live connections (403).

    Its own origin and those of `allowed` may; a caller that is no browser sends no Origin header.
    """

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self.app, self.allowed = app, frozenset(one.rstrip("/") for one in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands on what fits."""
        is_checked = is_live(scope) or (scope["type"] == "http" and scope["method"] not in READS)
        if not is_checked or self.fits(Headers(scope=scope)):
            return await self.app(scope, receive, send)
        detail = "A page of another origin may not do this here; ORACLE_ORIGINS lists those that may."
        answer = problem(403, "foreign_origin", detail, instance=scope["path"])
        return await answer(scope, receive, send)

    def fits(self, headers: Headers) -> bool:
        """Whether the Origin is absent, this server's own, or an allowed one."""
        origin = headers.get("origin")
        if origin is None or origin in self.allowed:
            return True
        return origin.partition("://")[2] == headers.get("host", "")


class TimeLimit:
    """Answers 504 where the application has not begun to answer within `seconds`.

    What runs on may still be committed: an Idempotency-Key tells on the next try. A stop of the server waits for it.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app, self.seconds = app, seconds
        self._telling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the application beside a clock; a batch may take as long as it is coming in."""
        if scope["type"] != "http" or inner_path(scope) == SPOOLED:
            return await self.app(scope, receive, send)
        begun = late = False

        async def answering(message: Message) -> None:
            nonlocal begun
            begun = True
            if not late:
                await send(message)

        def ring() -> None:
            nonlocal late
            if not begun:
                late = True
                self._tell(_too_late(scope["path"], self.seconds)(scope, receive, send))

        clock = asyncio.get_running_loop().call_later(self.seconds, ring)
        try:
            await self.app(scope, receive, answering)
        finally:
            clock.cancel()

    def _tell(self, answer: Coroutine[None, None, None]) -> None:
        """Send an answer beside what still runs."""
        task = asyncio.ensure_future(answer)
        self._telling.add(task)  # asyncio itself keeps no hold of it
        task.add_done_callback(self._telling.discard)


def _too_late(path: str, seconds: float) -> Response:
    detail = f"No answer within {seconds:g} s. Ask again with the same Idempotency-Key."
    return problem(504, "timeout", detail, instance=path)


class RateLimit:
    """A token bucket per caller (429 with Retry-After): `per_minute` requests, bursts up to `burst`.

    A caller is a bearer token that was accepted before, else an address: who guesses tokens has one bucket for all.
    The oldest of many callers are forgotten. Each server process counts for itself.
    """

    REMEMBERED = 10_000

    def __init__(self, app: ASGIApp, per_minute: float, burst: int) -> None:
        self.app, self.rate, self.burst = app, per_minute / 60.0, burst
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes one token, or answers 429."""
        is_limited = is_live(scope) or (scope["type"] == "http" and inner_path(scope) not in WATCHED)
        if not is_limited:
            return await self.app(scope, receive, send)
        signed, address = _caller(scope)
        known = signed if signed in self.buckets else None
        wait = self.wait(known or address)
        if wait > 0:
            return await self._later(wait, scope, receive, send)
        if known is not None or signed is None:
            return await self.app(scope, receive, send)
        return await self.app(scope, receive, self._accepting(signed, send))

    async def _later(self, wait: float, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = str(max(1, math.ceil(wait)))
        told = problem(
            429,
            "rate_limited",
            f"Try again in {seconds} s.",
            instance=scope["path"],
            headers={"Retry-After": seconds},
        )
        await told(scope, receive, send)

    def _accepting(self, signed: str, send: Send) -> Send:
        """Gives a token its own bucket once a request with it was let in."""

        async def answer(message: Message) -> None:
            accepted = message["type"] == "http.response.start" and message["status"] < 400
            if accepted or message["type"] == "websocket.accept":
                self.wait(signed)
            await send(message)

        return answer

    def wait(self, caller: str) -> float:
        """Take one token; 0 when there was one, else the seconds until there is."""
        now = monotonic()
        with self.lock:
            tokens, seen = self.buckets.pop(caller, (float(self.burst), now))
            tokens = min(float(self.burst), tokens + (now - seen) * self.rate)
            allowed = tokens >= 1.0
            self.buckets[caller] = (tokens - 1.0 if allowed else tokens, now)
            if len(self.buckets) > self.REMEMBERED:
                self.buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - tokens) / self.rate


def _caller(scope: Scope) -> tuple[str | None, str]:
    """The digest of the caller's bearer token, if there is one, and their address."""
    token = token_of(scope)
    client = scope.get("client")
    signed = hashlib.sha256(token.encode()).hexdigest() if token else None
    return signed, client[0] if client else "unknown"


def is_live(scope: Scope) -> bool:
    """Whether this is one of our own WebSockets."""
    return scope["type"] == "websocket" and inner_path(scope).startswith(LIVE)


def token_of(scope: Scope) -> str | None:
    """The bearer token in the header or, of a WebSocket, among the subprotocols."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    offered = scope.get("subprotocols", ())
    return next((one.removeprefix(BEARER) for one in offered if one.startswith(BEARER)), None)
