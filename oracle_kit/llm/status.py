"""One look at a provider, taken step by step: whatever fails first gives its level."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, Message, ModelFacts, Probe

_LEVELS: dict[str, Any] = {
    "unreachable": "unreachable",
    "connect_timeout": "unreachable",
    "unauthorized": "unauthorized",
    "wrong_body": "wrong_body",
    "too_long": "wrong_body",
    "model_missing": "model_missing",
    "empty": "online",  # one token need not be a text
    "truncated": "online",
}


class Look:
    """What has been found so far."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.models: tuple[ModelFacts, ...] = ()
        self._started = monotonic()
        self._level, self._reason = "online", ""

    def token(self, answer: ChatAnswer) -> None:
        """A token came by the way that real requests take."""
        self._reason = f"one token in {answer.latency_ms:.0f} ms"

    def cold(self, model: str) -> None:
        """The model is there and not in memory."""
        self._level, self._reason = "model_cold", f"{model} is not in memory"

    def failed(self, error: ProviderFailed) -> None:
        """A step failed."""
        self._level, self._reason = level_of(error.reason), error.message

    def probe(self, at: datetime) -> Probe:
        """All of it as a value."""
        return Probe.model_validate(
            {
                "level": self._level,
                "reason": self._reason,
                "models": self.models,
                "version": self.version,
                "latency_ms": round((monotonic() - self._started) * 1000, 3),
                "checked_at": at,
            }
        )


def level_of(reason: str) -> str:
    """The level that a failure's reason means for its provider."""
    return str(_LEVELS.get(reason, "degraded"))


@contextmanager
def looked() -> Iterator[Look]:
    """A look that the first failed step ends."""
    look = Look()
    try:
        yield look
    except ProviderFailed as error:
        look.failed(error)


def one_token(model: str) -> ChatRequest:
    """The smallest request that takes the way of real ones."""
    return ChatRequest(messages=(Message(role="user", content="Say: ok"),), model=model, max_tokens=1)
