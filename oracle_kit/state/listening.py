"""The change feed between processes: PostgreSQL's NOTIFY right behind the COMMIT, LISTEN on one line per process.

A NOTIFY within the transaction would hold a lock of the whole server until its COMMIT is on the disk, so that writes
of different pages wait for each other. Sent in one packet with the COMMIT, and carried out only where that succeeded,
it is as good: a client that dies has sent both, and a server that dies takes the listeners' lines with it, who then
look at the present state.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection, Engine

from oracle_kit.errors import StateUnavailable
from oracle_kit.state.failures import unavailable
from oracle_kit.state.feed import Subscription, Topics, packed
from oracle_kit.state.outbox import open_outbox

CHANNEL = "oracle_feed"
TELL = "SELECT pg_notify(%s, %s)"
RECONNECT_S = (0.1, 5.0)  # the first pause after the line was lost, and the longest
CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "oracle-state",
}


class NotifyFeed:
    """The feed of all processes on one PostgreSQL database; its listener starts with the first subscription.

    When the line is lost, the listener connects again by itself and tells every subscription that it overflowed.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine, self._url = engine, url
        self._topics = Topics()
        self._starting = threading.Lock()
        self._listener: Listener | None = None

    def publish(self, connection: Connection, topic: str, message: dict[str, Any]) -> None:
        """As `Feed.publish`; `PostgresDatabase` sends what the outbox holds together with the COMMIT."""
        open_outbox(connection).append(packed(topic, message))

    def subscribe(
        self, topic: str, size: int = 100, *, wake: Callable[[], None] | None = None
    ) -> Subscription:
        """As `Feed.subscribe`; StateUnavailable when the listener cannot start."""
        with self._starting:
            if self._listener is None:
                self._listener = Listener(self._engine, self._url, self._topics)
        return self._topics.subscribe(topic, size, wake)

    def close(self) -> None:
        """Stop listening, and end all subscriptions."""
        with self._starting:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        self._topics.close()


class Listener:
    """One thread with one connection of its own, which hears the channel and delivers to this process's topics."""

    def __init__(self, engine: Engine, url: str, topics: Topics) -> None:
        self._engine, self._url, self._topics = engine, url, topics
        self._stop, self._wake = os.pipe()
        self._line = self._connect()
        self._thread = threading.Thread(target=self._serve, name="oracle-state-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and its connection."""
        os.close(self._wake)
        self._thread.join()
        os.close(self._stop)

    def _connect(self) -> Any:
        """A raw psycopg connection that listens; StateUnavailable."""
        import psycopg

        options = self._engine.dialect.create_connect_args(self._engine.url)[1]
        try:
            line = psycopg.connect(**{**CONNECT, **options}, autocommit=True)
            line.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            raise unavailable(error, self._url) from error
        return line

    def _serve(self) -> None:
        while self._hear():
            self._line.close()
            if not self._reconnect():
                return
            self._topics.overflow()
        self._line.close()

    def _hear(self) -> bool:
        """Deliver until the line is lost (True) or the listener is to stop (False)."""
        import psycopg

        try:
            while self._stop not in select.select([self._line, self._stop], [], [])[0]:
                for notice in self._line.notifies(timeout=0):
                    self._topics.deliver(notice.payload)
        except psycopg.Error:
            return True
        return False

    def _reconnect(self) -> bool:
        """Whether the line is back; False when the listener is to stop."""
        pause, longest = RECONNECT_S
        while not select.select([self._stop], [], [], pause)[0]:
            pause = min(2 * pause, longest)
            try:
                self._line = self._connect()
            except StateUnavailable:
                continue
            return True
        return False
