"""What a client may send: how much, how slowly, how often, from which page, and how long it is worked on."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from canvas_server.errors import problem

READS = ("GET", "HEAD", "OPTIONS")


class BodyLimit:
    """Refuses bodies above `size` bytes (413) and those that take longer than `seconds` to arrive (408).

    The body is read whole before the application runs, so that nothing is half done when it breaks off.
    """

    def __init__(self, app: ASGIApp, size: int, seconds: float) -> None:
        self.app, self.size, self.seconds = app, size, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READS:
            return await self.app(scope, receive, send)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > self.size:
            return await self._too_large(scope, receive, send)
        try:
            async with asyncio.timeout(self.seconds):
                body, complete = await self._read(receive)
        except TimeoutError:
            answer = problem(408, "slow_body", f"The body did not arrive within {self.seconds:g} s.")
            return await answer(scope, receive, send)
        if not complete:
            return None if body is None else await self._too_large(scope, receive, send)
        return await self.app(scope, _replayed(body or b"", receive), send)

    async def _read(self, receive: Receive) -> tuple[bytes | None, bool]:
        """The body and whether it is whole; None when the client went away."""
        chunks: list[bytes] = []
        read = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None, False
            chunks.append(message.get("body", b""))
            read += len(chunks[-1])
            if read > self.size:
                return b"", False
            if not message.get("more_body", False):
                return b"".join(chunks), True

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem(413, "too_large", f"At most {self.size:,} bytes are taken.")
        await answer(scope, receive, send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class OriginCheck:
    """Refuses writes that a page of a foreign origin sends from a browser (403).

    Its own origin and those of `allowed` may; a caller that is no browser sends no Origin header.
    """

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self.app, self.allowed = app, frozenset(one.rstrip("/") for one in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READS or self.fits(Headers(scope=scope)):
            return await self.app(scope, receive, send)
        answer = problem(403, "foreign_origin", "A page of another origin may not write here.")
        return await answer(scope, receive, send)

    def fits(self, headers: Headers) -> bool:
        """Whether the Origin is absent, this server's own, or an allowed one."""
        origin = headers.get("origin")
        if origin is None or origin in self.allowed:
            return True
        return origin.partition("://")[2] == headers.get("host", "")


class TimeLimit:
    """Answers 504 where the application has not begun to answer within `seconds`.

    What runs on may still be committed: an Idempotency-Key tells on the next try.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = asyncio.Event()

        async def answering(message: Message) -> None:
            begun.set()
            await send(message)

        work = asyncio.ensure_future(self.app(scope, receive, answering))
        waiting = asyncio.ensure_future(begun.wait())
        await asyncio.wait({work, waiting}, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if begun.is_set() or work.done():
            return await work
        work.cancel()
        detail = f"No answer within {self.seconds:g} s. Ask again with the same Idempotency-Key."
        return await problem(504, "timeout", detail)(scope, receive, send)


class RateLimit:
    """A token bucket per caller (429 with Retry-After): `per_minute` requests, bursts up to `burst`.

    The caller is the bearer token's digest, or the client address; the oldest of many callers are forgotten.
    """

    REMEMBERED = 10_000

    def __init__(self, app: ASGIApp, per_minute: float, burst: int) -> None:
        self.app, self.rate, self.burst = app, per_minute / 60.0, burst
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/healthz", "/readyz", "/metrics"):
            return await self.app(scope, receive, send)
        wait = self.wait(_caller(scope))
        if wait <= 0:
            return await self.app(scope, receive, send)
        seconds = str(max(1, round(wait)))
        answer = problem(429, "rate_limited", f"Try again in {seconds} s.", headers={"Retry-After": seconds})
        return await answer(scope, receive, send)

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


def _caller(scope: Scope) -> str:
    token = Headers(scope=scope).get("authorization")
    if token:
        return hashlib.sha256(token.encode()).hexdigest()
    client = scope.get("client")
    return client[0] if client else "unknown"
