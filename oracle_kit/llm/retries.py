"""Which failures are worth another try, and after how long."""

from __future__ import annotations

from typing import Literal

from oracle_kit.errors import ProviderFailed

Again = Literal["often", "once", "never"]
MOST_TRIES = 3
FIRST_PAUSE_S = 0.1
PATIENCE = 0.25  # the part of the time left that may be spent on waiting for one provider

_AGAIN: dict[str, Again] = {
    "busy": "often",
    "rate_limited": "often",
    "server_error": "often",
    "unreachable": "often",
    "connect_timeout": "often",
    "cut": "often",
    "read_timeout": "once",
    "first_token_timeout": "once",
}


class Tries:
    """The tries of one request at one provider."""

    def __init__(self) -> None:
        self.count = 0
        self._late = 0  # timeouts in reading, of whatever kind

    def pause(self, error: ProviderFailed, remaining_s: float) -> float | None:
        """Seconds to wait before the next try; None when there is to be none."""
        again = _AGAIN.get(error.reason, "never")
        self._late += again == "once"
        if again == "never" or self.count >= MOST_TRIES or (again == "once" and self._late > 1):
            return None
        asked = error.details.get("retry_after")
        pause = float(asked) if asked is not None else FIRST_PAUSE_S * 2 ** (self.count - 1)
        return pause if pause <= remaining_s * PATIENCE else None
