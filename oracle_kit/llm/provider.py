"""What a model provider is asked and gives: the `Provider` protocol and its frozen values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import Field

from oracle_kit.llm.deadline import Deadline
from oracle_kit.query import Value

FailureReason = Literal[
    "unconfigured",  # no address or key
    "disabled",  # switched off by the operator
    "circuit_open",  # failed too often just now; asked again by itself later
    "crowded",  # too many calls already wait for it here
    "connect_timeout",
    "unreachable",  # refused, unknown name, network down
    "unauthorized",
    "model_missing",
    "bad_request",
    "rate_limited",
    "busy",
    "server_error",
    "first_token_timeout",
    "read_timeout",
    "cut",  # the connection broke before the answer ended
    "wrong_body",
    "too_long",
    "empty",
    "truncated",
    "invalid",  # the answer does not fit the schema that was asked for
    "deadline",
    "cancelled",
]
Level = Literal[
    "unconfigured",
    "unreachable",
    "unauthorized",
    "wrong_body",
    "model_missing",
    "model_cold",
    "degraded",
    "online",
    "disabled",
]
OnText = Callable[[str], None]


class Message(Value):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatRequest(Value):
    """What a model is asked; `response_format` is "json", a JSON schema, or nothing for free text."""

    messages: tuple[Message, ...] = Field(min_length=1)
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    seed: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    response_format: Literal["json"] | dict[str, Any] | None = None

    @property
    def tokens(self) -> int:
        """About how many tokens it is: a quarter of its characters."""
        return sum(len(message.content) for message in self.messages) // 4


class Usage(Value):
    """Tokens read and written, as the server counted them; None where it did not."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatAnswer(Value):
    """What a model answered; `parsed` where JSON was asked for, `model` the one that answered."""

    text: str
    parsed: Any = None
    thinking: str = ""
    provider: str
    model: str
    usage: Usage = Usage()
    latency_ms: float
    first_token_ms: float
    waited_ms: float = 0.0  # in this process, before it was sent
    attempts: int = 1


class ModelFacts(Value):
    """A model that a provider has: bytes, family and whether it is in memory, where the server says so."""

    name: str
    size_bytes: int | None = None
    family: str | None = None
    loaded: bool | None = None
    remote: bool = False  # listed here, but run by somebody else's machines


def is_remote(model: str) -> bool:
    """Whether the name is of a model that Ollama passes on to its maker's machines."""
    return model.endswith(("-cloud", ":cloud"))


class Probe(Value):
    """What one look at a provider found; it says nothing of the traffic before."""

    level: Literal[
        "unreachable", "unauthorized", "wrong_body", "model_missing", "model_cold", "degraded", "online"
    ]
    reason: str = ""
    models: tuple[ModelFacts, ...] = ()
    version: str | None = None
    latency_ms: float
    checked_at: datetime


class Provider(Protocol):
    """A place where models run. Implement these and pass `tests/contracts/test_provider.py`."""

    @property
    def id(self) -> str:
        """The name that routing, settings and answers use."""
        ...

    @property
    def local(self) -> bool:
        """Whether what is sent stays on the operator's own machines."""
        ...

    @property
    def model(self) -> str:
        """The model that answers when a request names none."""
        ...

    def models(self, *, deadline: Deadline) -> tuple[ModelFacts, ...]:
        """The models that are there; ProviderFailed when they cannot be listed."""
        ...

    def family(self, model: str, *, deadline: Deadline) -> str | None:
        """The model's architecture, where it decides how many requests run at a time; else None, unasked."""
        ...

    def status(self, model: str, *, deadline: Deadline, wake: bool = False) -> Probe:
        """One look at the provider and one of its models; never raises, and loads no model unless `wake`."""
        ...

    def chat(
        self,
        request: ChatRequest,
        *,
        deadline: Deadline,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
    ) -> ChatAnswer:
        """The whole answer; `on_text` gets its pieces as they come, and raises nothing.

        One attempt, without retries; ProviderFailed with a reason.
        """
        ...
