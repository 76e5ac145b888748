"""The change feed: who listens to a topic hears what is committed, each in a bounded queue of their own."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, Protocol, Self

import sqlalchemy as sa

from oracle_kit.state.outbox import open_outbox

MESSAGE_LIMIT = 7_500  # bytes of topic and message as JSON; PostgreSQL carries 8,000


class Subscription:
    """What one listener has not read yet, oldest first.

    `overflowed` is true after messages were lost (the queue was full, or the line to the database was down):
    nothing more is queued until `resume`, after which the listener reads the present state from the database.
    """

    def __init__(
        self, size: int, wake: Callable[[], None] | None, end: Callable[[Subscription], None]
    ) -> None:
        self._messages: deque[dict[str, Any]] = deque()
        self._size, self._wake, self._end = size, wake, end
        self._changed = threading.Condition()
        self._overflowed = self._closed = False

    @property
    def overflowed(self) -> bool:
        """Whether messages were lost since the start or the last `resume`."""
        return self._overflowed

    def get(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The next message, waited for so many seconds (None: for ever).

        None when the time is up, after an overflow, and when the subscription is closed.
        """
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not (self._messages or self._overflowed or self._closed):
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            return self._messages.popleft() if self._messages else None

    def resume(self) -> None:
        """Listen again after an overflow; call it before reading the present state, so that nothing falls between."""
        with self._changed:
            self._messages.clear()
            self._overflowed = False

    def put(self, message: dict[str, Any]) -> None:
        """Queue a message; a full queue is emptied and says `overflowed`."""
        with self._changed:
            if self._overflowed or self._closed:
                return
            if len(self._messages) < self._size:
                self._messages.append(message)
            else:
                self._lose()
            self._changed.notify()
        self._call()

    def overflow(self) -> None:
        """Say that messages were lost."""
        with self._changed:
            self._lose()
        self._call()

    def close(self) -> None:
        """Hear no more; whoever waits in `get` returns."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._end(self)

    def _lose(self) -> None:
        self._messages.clear()
        self._overflowed = True
        self._changed.notify_all()

    def _call(self) -> None:
        if self._wake is None or self._closed:
            return
        try:
            self._wake()
        except Exception:  # noqa: BLE001  # one listener whose loop has ended must not stop those who write
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


class Topics:
    """The subscriptions of this process, by topic."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, tuple[Subscription, ...]] = defaultdict(tuple)

    def subscribe(self, topic: str, size: int, wake: Callable[[], None] | None) -> Subscription:
        """A new subscription to the topic."""
        subscription = Subscription(size, wake, lambda ended: self._remove(topic, ended))
        with self._lock:
            self._listeners[topic] += (subscription,)
        return subscription

    def deliver(self, line: str) -> None:
        """Give a message, as `packed`, to all who listen to its topic."""
        topic, message = json.loads(line)
        for subscription in self._listeners.get(topic, ()):
            subscription.put(message)

    def overflow(self) -> None:
        """Tell everyone that messages were lost."""
        for subscription in self._all():
            subscription.overflow()

    def close(self) -> None:
        """End all subscriptions."""
        for subscription in self._all():
            subscription.close()

    def _all(self) -> tuple[Subscription, ...]:
        with self._lock:
            return tuple(subscription for listeners in self._listeners.values() for subscription in listeners)

    def _remove(self, topic: str, ended: Subscription) -> None:
        with self._lock:
            left = tuple(subscription for subscription in self._listeners[topic] if subscription is not ended)
            if left:
                self._listeners[topic] = left
            else:
                del self._listeners[topic]


class Feed(Protocol):
    """Messages between whoever writes and whoever listens, delivered after the commit, each writer's in their order.

    Writers in different processes may be heard the other way round: read the present state, and count on no order.
    """

    def publish(self, connection: sa.Connection, topic: str, message: dict[str, Any]) -> None:
        """Send a small message (ids, numbers) when the write on this connection is committed, else never.

        ValueError when topic and message together are longer than MESSAGE_LIMIT bytes of JSON.
        """

    def subscribe(
        self, topic: str, size: int = 100, *, wake: Callable[[], None] | None = None
    ) -> Subscription:
        """Hear what is committed to the topic from now on; at most `size` messages wait.

        `wake` is called, from another thread, whenever there is something to get (for an event loop).
        """

    def close(self) -> None:
        """End all subscriptions."""


class MemoryFeed:
    """The feed of one process; its writer delivers what the connection's outbox holds after the commit."""

    def __init__(self) -> None:
        self._topics = Topics()

    def publish(self, connection: sa.Connection, topic: str, message: dict[str, Any]) -> None:
        """As `Feed.publish`."""
        open_outbox(connection).append(packed(topic, message))

    def subscribe(
        self, topic: str, size: int = 100, *, wake: Callable[[], None] | None = None
    ) -> Subscription:
        """As `Feed.subscribe`."""
        return self._topics.subscribe(topic, size, wake)

    def deliver(self, line: str) -> None:
        """Give a committed message, as `packed`, to all who listen."""
        self._topics.deliver(line)

    def close(self) -> None:
        """End all subscriptions."""
        self._topics.close()


def packed(topic: str, message: dict[str, Any]) -> str:
    """Topic and message as one line of JSON; ValueError when it is too long or no JSON."""
    line = json.dumps([topic, message], separators=(",", ":"), allow_nan=False)
    if len(line) > MESSAGE_LIMIT:
        raise ValueError(
            f"a message of {len(line)} bytes to {topic!r} is too long for the feed; publish ids, not content."
        )
    return line
