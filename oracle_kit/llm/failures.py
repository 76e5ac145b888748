"""Every way that a provider can fail, as one ProviderFailed with a reason."""

from __future__ import annotations

import json
from typing import Any

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.policy import Skipped
from oracle_kit.llm.provider import FailureReason

LONGEST_SAID = 200  # characters of a server's own words that are kept


class TooLong(Exception):
    """The answer is larger than any answer may be."""


_SAYS: dict[str, str] = {
    "cancelled": "the call was cancelled",
    "deadline": "the deadline passed",
    "first_token_timeout": "it gave no token in the time for the first one",
    "too_long": "its answer is longer than any may be",
    "connect_timeout": "it did not take the connection in time",
    "read_timeout": "it stopped in mid-answer",
    "unreachable": "it cannot be reached",
    "cut": "it broke the connection before the answer ended",
    "unauthorized": "it does not accept the key",
    "model_missing": "it does not have the model",
    "bad_request": "it does not take the request",
    "rate_limited": "it has had too many requests",
    "busy": "it is busy",
    "server_error": "it failed inside",
    "wrong_body": "what answers there does not speak the protocol",
    "empty": "its answer is empty",
    "truncated": "its answer ends too early",
    "invalid": "its answer does not fit the schema",
}
_HINTS: dict[FailureReason, str] = {
    "unreachable": "Check its address and that it runs: oracle providers.",
    "connect_timeout": "Check its address and that it runs: oracle providers.",
    "unauthorized": "Check its key.",
    "model_missing": "Pull the model there, or choose another: oracle route.",
    "wrong_body": "Check that its address is the model server's and not another program's.",
}


def plain_reason(skipped: Skipped) -> str:
    """Why a provider was passed over, in our own words alone: servers and models put theirs into no note."""
    said = _SAYS.get(skipped.reason)
    return f"{skipped.provider}: {said}" if said else skipped.message


def status_failure(provider: str, status: int, body: str, retry_after: float | None) -> ProviderFailed:
    """An HTTP status that is not success, as a ProviderFailed; the server's message is read in both its forms."""
    said = said_error(body)
    return failure(provider, _of_status(status, said), f"HTTP {status}: {said}", retry_after)


def failure(
    provider: str, reason: FailureReason, said: str = "", retry_after: float | None = None
) -> ProviderFailed:
    """A ProviderFailed in plain words, with what to do next where somebody can do something."""
    said = _brief(said)
    message = f"{provider}: {_SAYS.get(reason, reason)}" + (f" ({said})" if said else "")
    details: dict[str, Any] = {"provider": provider, "said": said, "retry_after": retry_after}
    return ProviderFailed(message, reason=reason, hint=_HINTS.get(reason, ""), **details)


def said_error(body: str) -> str:
    """The message of an error body: {"error": {"message": …}}, {"error": "…"}, {"detail": …}, or a flat string."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(parsed, dict):
        parsed = next((parsed[key] for key in ("error", "detail", "message") if key in parsed), body)
    if isinstance(parsed, dict):
        parsed = parsed.get("message", parsed)
    return parsed if isinstance(parsed, str) else json.dumps(parsed)


def _of_status(status: int, said: str) -> FailureReason:
    if status in (401, 403):
        return "unauthorized"
    if status == 404:
        return "model_missing" if "model" in said.lower() else "wrong_body"
    exact: dict[int, FailureReason] = {408: "read_timeout", 429: "rate_limited", 503: "busy"}
    if status in exact:
        return exact[status]
    if status >= 500 or status == -1:
        return "server_error"
    return "bad_request" if status >= 400 else "wrong_body"


def _brief(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST_SAID else plain[: LONGEST_SAID - 1] + "…"
