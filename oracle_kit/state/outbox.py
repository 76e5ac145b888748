"""What a write publishes, kept on its connection until the commit; also the mark that a write is under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

OWN_COMMIT = "a work does not commit or roll back; State.write does, when the work returns or raises"
_KEY = "oracle_outbox"


@contextmanager
def outbox_of(connection: Connection) -> Iterator[list[str]]:
    """A fresh outbox for one work; gives the list of what the work publishes."""
    messages: list[str] = []
    kept = (
        connection.info
    )  # its own dictionary: a connection that dies in the work can no longer be asked for it
    kept[_KEY] = messages
    try:
        yield messages
    finally:
        kept.pop(_KEY, None)


def open_outbox(connection: Connection) -> list[str]:
    """The outbox of the work under way; RuntimeError outside of `State.write`."""
    messages: list[str] | None = connection.info.get(_KEY)
    if messages is None:
        raise RuntimeError("publish inside State.write, on the connection that it hands to the work")
    return messages


def refuse_own_commits(engine: Engine) -> None:
    """Make a work that commits by itself fail: what it shares the transaction with would be torn."""

    @sa.event.listens_for(engine, "commit")
    def refuse(connection: Connection) -> None:
        if _KEY in connection.info:
            raise RuntimeError(OWN_COMMIT)
