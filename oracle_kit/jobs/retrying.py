"""Which failures of an item are worth another try, how often, and after how long."""

from __future__ import annotations

import random
from typing import Literal

from oracle_kit.errors import (
    Conflict,
    NoProvider,
    OracleError,
    ProviderFailed,
    Refused,
    Unavailable,
)
from oracle_kit.query import Value

Again = Literal["outage", "often", "once", "never"]
MOST_TRIES: dict[Again, int] = {"outage": 60, "often": 10, "once": 2, "never": 1}
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0

_REASONS: dict[str, Again] = {
    "unreachable": "outage",
    "connect_timeout": "outage",
    "circuit_open": "outage",
    "disabled": "outage",
    "busy": "outage",
    "rate_limited": "outage",
    "crowded": "outage",
    "server_error": "often",
    "cut": "often",
    "first_token_timeout": "once",
    "read_timeout": "once",
    "deadline": "once",
}
_NOT_ASKED = ("unconfigured", "pinned", "not_named", "private", "other_model", "not_shown")
_WORST_FIRST: tuple[Again, ...] = ("never", "once", "often", "outage")


class Failure(Value):
    """Why an item did not succeed: a class, the reason in words, and whether and when (seconds) it is tried again."""

    kind: str
    reason: str
    again: Again
    pause_s: float | None  # None: it has failed


def failure_of(error: Exception, attempts: int) -> Failure:
    """What follows from a failed attempt, the number of which is `attempts`."""
    kind, again = _class_of(error)
    reason = error.message if isinstance(error, OracleError) else type(error).__name__
    if attempts >= MOST_TRIES[again]:
        return Failure(kind=kind, reason=reason, again=again, pause_s=None)
    asked = error.details.get("retry_after") if isinstance(error, OracleError) else None
    return Failure(kind=kind, reason=reason, again=again, pause_s=_pause(attempts, asked))


def is_cancelled(error: Exception) -> bool:
    """Whether the attempt ended because it was told to."""
    return isinstance(error, ProviderFailed) and error.reason == "cancelled"


def _pause(attempts: int, asked: float | None) -> float:
    """A part of a doubling pause that chance decides, so that items do not come back together."""
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts - 1, 10))
    chosen = longest * random.uniform(0.5, 1.0)  # noqa: S311  # it only spreads the tries
    return min(LONGEST_PAUSE_S, max(chosen, asked or 0.0))


def _class_of(error: Exception) -> tuple[str, Again]:
    if isinstance(error, ProviderFailed):
        return error.reason, _REASONS.get(error.reason, "never")
    if isinstance(error, NoProvider):
        tried = [str(one.get("reason")) for one in error.details.get("tried", ())]
        reasons = [reason for reason in tried if reason not in _NOT_ASKED] or tried
        known = [(reason, _REASONS.get(reason, "never")) for reason in reasons]
        return max(known, key=lambda one: _WORST_FIRST.index(one[1]), default=(error.code, "never"))
    if isinstance(error, Refused):
        return error.code, "never"
    if isinstance(error, (Unavailable, Conflict)):
        return error.code, "often" if isinstance(error, Conflict) else "outage"
    return "unexpected", "never"
