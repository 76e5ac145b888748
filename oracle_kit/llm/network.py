"""What HTTP clients raise, or leak, as ProviderFailed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from oracle_kit.llm.deadline import Call, Cancelled, FirstTokenLate, OverDeadline
from oracle_kit.llm.failures import TooLong, failure, status_failure
from oracle_kit.llm.provider import FailureReason
from oracle_kit.llm.transport import Encoded

_BODY = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    RecursionError,
)  # what reading a strange body raises

_REASONS: tuple[tuple[type[Exception], FailureReason], ...] = (
    (Cancelled, "cancelled"),
    (OverDeadline, "deadline"),
    (FirstTokenLate, "first_token_timeout"),
    (TooLong, "too_long"),
    (Encoded, "wrong_body"),
    (httpx.ConnectTimeout, "connect_timeout"),
    (httpx.PoolTimeout, "connect_timeout"),
    (httpx.TimeoutException, "read_timeout"),
    (httpx.ConnectError, "unreachable"),
    (ConnectionError, "unreachable"),  # what Ollama's client makes of httpx.ConnectError
    (httpx.ProxyError, "unreachable"),
    (httpx.UnsupportedProtocol, "unreachable"),
    (httpx.InvalidURL, "unreachable"),
    (httpx.TransportError, "cut"),
    (httpx.HTTPError, "wrong_body"),
)


@contextmanager
def named_failures(provider: str, call: Call) -> Iterator[None]:
    """Turns what a client raises, or leaks, into ProviderFailed; of a strange body nothing is quoted."""
    try:
        yield
    except tuple(kind for kind, _ in _REASONS) as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        raise failure(provider, reason, str(error)) from error
    except _BODY as error:
        if call.status != 200:
            raise status_failure(provider, call.status, "", call.retry_after) from error
        raise failure(provider, "wrong_body", type(error).__name__) from error
