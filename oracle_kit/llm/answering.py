"""From a collected reply to a ChatAnswer: the checks that every provider's answer must pass."""

from __future__ import annotations

import json
from typing import Any

from oracle_kit.llm.deadline import Call
from oracle_kit.llm.failures import failure
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, FailureReason, Usage
from oracle_kit.llm.reply import Reply, parsed_json
from oracle_kit.llm.schemas import schema_errors


def finished_answer(
    provider: str,
    request: ChatRequest,
    call: Call,
    reply: Reply,
    *,
    model: str,
    usage: Usage,
    cut_short: bool,
) -> ChatAnswer:
    """The answer; ProviderFailed when it is empty, cut short, not JSON, or does not fit its schema."""
    reply.end()
    text = reply.text
    if not text.strip():
        reason: FailureReason = "truncated" if cut_short else "empty"
        raise failure(provider, reason, "only thinking came" if reply.thinking else "")
    return ChatAnswer(
        text=text,
        parsed=_parsed(provider, request, text, cut_short),
        thinking=reply.thinking,
        provider=provider,
        model=model,
        usage=usage,
        latency_ms=call.elapsed_ms(),
        first_token_ms=call.first_token_ms(),
    )


def _parsed(provider: str, request: ChatRequest, text: str, cut_short: bool) -> Any:
    wanted = request.response_format
    if wanted is None:
        return None
    try:
        parsed = parsed_json(text)
    except ValueError as error:
        early = cut_short or _ends_early(error, text)
        raise failure(provider, "truncated" if early else "invalid", "not JSON") from None
    if wanted == "json":
        if not isinstance(parsed, dict):
            raise failure(provider, "invalid", "not a JSON object")
        return parsed
    errors = schema_errors(parsed, wanted)
    if errors:
        raise failure(provider, "invalid", "; ".join(errors))
    return parsed


def _ends_early(error: ValueError, text: str) -> bool:
    """Whether the JSON is right as far as it goes."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - 1
