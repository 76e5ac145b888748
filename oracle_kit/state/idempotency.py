"""Keys already seen, with their answers: a request that is sent twice is done once."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.errors import Conflict, KeyReused, OracleError, StateUnavailable
from oracle_kit.query import digest
from oracle_kit.state.columns import utc_now
from oracle_kit.state.opened import State
from oracle_kit.state.tables import idempotency

HELD_S = 60.0  # a key is free again so long after its holder died; a living one keeps renewing it
PATIENCE_S = 10.0  # how long a second caller waits for the first one's answer
_POLL_S = (0.02, 0.25)


def once(
    state: State,
    *,
    owner: str,
    key: str,
    payload: Any,
    produce: Callable[[], Any],
    patience: float = PATIENCE_S,
    held: float = HELD_S,
) -> Any:
    """The JSON answer of `produce`, or the one that this owner's key already has.

    KeyReused when the key came with another payload; Conflict when its first caller has not answered within
    `patience` seconds. A `produce` that fails frees the key. Where `produce` writes to state, it calls `settle` in
    that write: then no crash, and no lost connection, can part what was done from its answer.
    """
    claim = Claim(owner, key, digest(payload), secrets.token_hex(8), timedelta(seconds=held))
    stored = _claim_or_wait(state, claim, time.monotonic() + patience)
    if stored is not None:
        return stored["answer"]
    try:
        with _renewed(state, claim):
            answer = produce()
    except BaseException:
        _free(state, claim)
        raise
    kept = sa.update(idempotency).where(claim.mine).values(answer=answer, answered_at=utc_now())
    state.write(lambda connection: connection.execute(kept))
    return answer


def settle(connection: Connection, *, owner: str, key: str, answer: Any) -> None:
    """Keep the JSON answer to a key that is being worked on, within the write that does what it tells of."""
    row = sa.and_(idempotency.c.owner == owner, idempotency.c.key == key)
    connection.execute(sa.update(idempotency).where(row).values(answer=answer, answered_at=utc_now()))


def forget_answers(state: State, before: datetime) -> int:
    """How many keys were forgotten: those answered before a time (UTC)."""
    old = sa.delete(idempotency).where(idempotency.c.answered_at < before)
    return state.write(lambda connection: connection.execute(old).rowcount)


@dataclass(frozen=True)
class Claim:
    """One call's hold on a key."""

    owner: str
    key: str
    payload_hash: str
    holder: str
    held: timedelta

    @property
    def row(self) -> sa.ColumnElement[bool]:
        """The key's row, whoever holds it."""
        return sa.and_(idempotency.c.owner == self.owner, idempotency.c.key == self.key)

    @property
    def mine(self) -> sa.ColumnElement[bool]:
        """The key's row while this call holds it."""
        return sa.and_(self.row, idempotency.c.holder == self.holder)


def _claim_or_wait(state: State, claim: Claim, end: float) -> RowMapping | None:
    """None when the key is ours to work on, else its answered row; KeyReused, Conflict."""
    while True:
        found = state.write(lambda connection: _take(connection, claim))
        if found is None or found["answered_at"] is not None:
            return found
        if not _let_go(state, claim, end):
            raise Conflict(
                f"the request with the idempotency key {claim.key!r} is still being worked on.",
                hint="Send it again, with the same key, in a moment.",
            )


def _take(connection: Connection, claim: Claim) -> RowMapping | None:
    """None when the key is now held by this call, else the row of who has it; KeyReused."""
    holding = {"holder": claim.holder, "held_until": utc_now() + claim.held}
    found = _found(connection, claim)
    if found is None:
        named = {"owner": claim.owner, "key": claim.key, "payload_hash": claim.payload_hash}
        connection.execute(sa.insert(idempotency).values(**named, **holding))
        return None
    if found["payload_hash"] != claim.payload_hash:
        raise KeyReused(
            f"the idempotency key {claim.key!r} was sent before with another payload.",
            hint="Use a new key for a new request.",
        )
    if _is_held(found):
        return found
    connection.execute(sa.update(idempotency).where(claim.row).values(holding))
    return None


def _found(connection: Connection, claim: Claim) -> RowMapping | None:
    return connection.execute(sa.select(idempotency).where(claim.row)).mappings().one_or_none()


def _is_held(row: RowMapping) -> bool:
    return row["answered_at"] is not None or row["held_until"] > utc_now()


def _let_go(state: State, claim: Claim, end: float) -> bool:
    """Whether, before the end, the other call answered, failed, or died."""
    pause, longest = _POLL_S
    while time.monotonic() + pause < end:
        time.sleep(pause)
        pause = min(2 * pause, longest)
        with state.read() as connection:
            found = _found(connection, claim)
        if found is None or found["answered_at"] is not None or not _is_held(found):
            return True
    return False


def _free(state: State, claim: Claim) -> None:
    unanswered = sa.delete(idempotency).where(claim.mine, idempotency.c.answered_at.is_(None))
    with suppress(
        StateUnavailable
    ):  # then the hold runs out by itself, and the caller's own error tells more
        state.write(lambda connection: connection.execute(unanswered))


@contextmanager
def _renewed(state: State, claim: Claim) -> Iterator[None]:
    """Keeps the hold while the work lasts, however long."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(claim.held.total_seconds() / 3):
            with suppress(OracleError):  # the next turn tries again, and the hold outlasts two that fail
                state.write(lambda connection: _extend(connection, claim))

    threading.Thread(target=renew, name="oracle-key-renewal", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _extend(connection: Connection, claim: Claim) -> None:
    longer = utc_now() + claim.held
    connection.execute(sa.update(idempotency).where(claim.mine).values(held_until=longer))
