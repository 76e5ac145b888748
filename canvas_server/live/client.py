"""One reader of a live page: what waits to be sent to them, bounded, and how long their token holds."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta

from canvas_server.live.messages import Reason
from oracle_kit import Viewer

MOST, MOST_BYTES = 64, 2_000_000  # messages that wait for one client
LONGEST_REASON = 100  # characters in a close: it has room for 123 bytes
STUCK_S = 30.0  # that one message may take to be sent
WARNED = timedelta(seconds=60)  # before a token ends
LEEWAY = timedelta(seconds=10)  # between the clocks of two machines, as tokens have it


class Client:
    """A connection's queue. A full one is emptied, and the client told to read the page again (`lost`)."""

    def __init__(self, viewer: Viewer, token: str, expires_at: datetime) -> None:
        self.viewer, self.token, self.expires_at = viewer, token, expires_at
        self.task: asyncio.Task[None] | None = None
        self.lost: Reason | None = None  # the reason of a resync that is due
        self.ended: tuple[int, str] | None = None  # code and reason of the close that is due
        self.sending_since: float | None = None
        self.checked_at = time.monotonic()
        self.warned = False
        self._first: str | None = None
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._news = asyncio.Event()

    @property
    def rights(self) -> tuple[tuple[str, ...], str]:
        """What rows are seen by: clients with equal rights see the same."""
        return self.viewer.roles, repr(sorted(self.viewer.attributes.items()))

    def greet(self, text: str) -> None:
        """What is sent first, whatever comes to wait behind it."""
        self._first = text
        self._news.set()

    def put(self, text: str) -> None:
        """Queue a message."""
        if self.lost is not None or self.ended is not None:
            return
        if len(self._waiting) >= MOST or self._bytes + len(text) > MOST_BYTES:
            self.lose("slow")
            return
        self._waiting.append(text)
        self._bytes += len(text)
        self._news.set()

    def lose(self, reason: Reason) -> None:
        """Drop what waits; a resync is due."""
        self._clear()
        self.lost = reason
        self._news.set()

    def end(self, code: int, reason: str, last: str | None = None) -> None:
        """Close after one last message, without what waits."""
        if self.ended is None:
            self._clear()
            if last is not None:
                self._waiting.append(last)
                self._bytes = len(last)
            self.lost, self.ended = None, (code, reason[:LONGEST_REASON])
            self._news.set()

    async def next(self) -> str | None:
        """The next message; None where a resync or a close is due."""
        while not (self._first or self._waiting or self.lost or self.ended):
            self._news.clear()
            await self._news.wait()
        if self._first is not None:
            text, self._first = self._first, None
            return text
        if not self._waiting:
            return None
        text = self._waiting.popleft()
        self._bytes -= len(text)
        return text

    def is_stuck(self, now: float) -> bool:
        """Whether the client has not taken a message for too long."""
        return self.sending_since is not None and now - self.sending_since > STUCK_S

    def is_over(self, now: datetime) -> bool:
        """Whether the token has ended."""
        return now > self.expires_at + LEEWAY

    def is_to_be_warned(self, now: datetime) -> bool:
        """Whether the token ends soon, and the client was not told."""
        return not self.warned and now > self.expires_at - WARNED

    def renew(self, viewer: Viewer, token: str, expires_at: datetime) -> None:
        """Go on with a new token."""
        self.viewer, self.token, self.expires_at, self.warned = viewer, token, expires_at, False

    def _clear(self) -> None:
        self._waiting.clear()
        self._bytes = 0


def now_utc() -> datetime:
    """The real time, with its zone."""
    return datetime.now(UTC)
