"""A request that is sent twice is done once: its receipt is kept in the very write that does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from oracle_kit.errors import Refused
from oracle_kit.model import Viewer
from oracle_kit.state.idempotency import once, settle
from oracle_kit.usecases.parts import Parts

T = TypeVar("T")
LONGEST = 200  # characters of a key


class Keeping(Protocol):
    """Gives what a store writes beside a revision or page so that its receipt is kept with it; None without a key."""

    def __call__(self, receipt: Callable[[Any], Any]) -> Callable[[Any, Any], None] | None:
        """The writer of the receipt, called with the connection and what was made."""


def done_once(
    parts: Parts,
    viewer: Viewer,
    key: str | None,
    payload: Any,
    do: Callable[[Keeping], tuple[T, Callable[[], Any]]],
    again: Callable[[Any], T],
) -> T:
    """What `do` gives, or what `again` finds by the receipt where this viewer sent the key before.

    `do` gives its value and its receipt, which holds ids and facts and never a row: rows are read again under the
    rights that the viewer has then. KeyReused for another payload, Conflict while the first call still runs.
    """
    if key is None:
        return do(_unkept)[0]
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise Refused(f"An idempotency key has 1 to {LONGEST} printable characters.")
    made: list[T] = []

    def keeping(receipt: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
        return lambda connection, one: settle(connection, owner=viewer.id, key=key, answer=receipt(one))

    def produce() -> Any:
        value, receipt = do(keeping)
        made.append(value)
        return receipt()

    try:
        text = json.dumps(payload, sort_keys=True)  # escaped, so that whatever was sent can be hashed
    except RecursionError:
        raise Refused("What was sent is nested too deeply.", hint="Send it flatter.") from None
    stored = once(parts.state, owner=viewer.id, key=key, payload=text, produce=produce)
    return made[0] if made else again(stored)


def _unkept(receipt: Callable[[Any], Any]) -> None:
    """Without a key there is no receipt."""
