"""How request bodies come in: whole, in time, of a bounded size."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from canvas_server.errors import problem
from canvas_server.site_path import inner_path

READS = ("GET", "HEAD", "OPTIONS")
SPOOLED = "/api/runtime/llm/batch"  # its route takes a body of any size as it comes, under limits of its own
CLOSE = {"Connection": "close"}  # what is still on its way is not waited for


class BodyLimit:
    """Refuses bodies above `size` bytes (413) and those that take longer than `seconds` to arrive (408).

    The body is read whole before the application runs, so that nothing is half done when it breaks off.
    """

    def __init__(self, app: ASGIApp, size: int, seconds: float) -> None:
        self.app, self.size, self.seconds = app, size, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body and hands it on."""
        if scope["type"] != "http" or scope["method"] in READS or inner_path(scope) == SPOOLED:
            return await self.app(scope, receive, send)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared[:20]) > self.size:
            return await self._too_large(scope, receive, send)
        try:
            async with asyncio.timeout(self.seconds):
                body, complete = await self._read(receive)
        except TimeoutError:
            return await self._too_slow(scope, receive, send)
        if body is None:
            return None  # the client went away
        if not complete:
            return await self._too_large(scope, receive, send)
        return await self.app(scope, _replayed(body, receive), send)

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
        detail = f"At most {self.size:,} bytes are taken."
        await problem(413, "too_large", detail, instance=scope["path"], headers=CLOSE)(scope, receive, send)

    async def _too_slow(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"The body did not arrive within {self.seconds:g} s."
        await problem(408, "slow_body", detail, instance=scope["path"], headers=CLOSE)(scope, receive, send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
