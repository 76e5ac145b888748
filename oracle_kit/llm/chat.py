"""A chat: routed, its run and what left the process recorded, streamed to whoever wants the pieces."""

from __future__ import annotations

import threading
from typing import Any, Literal

from pydantic import Field

from oracle_kit.errors import OracleError, ProviderFailed
from oracle_kit.identity.roles import require
from oracle_kit.ids import new_id
from oracle_kit.llm.departures import Departures
from oracle_kit.llm.policy import Skipped, Wanted
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, Message, OnText, Usage
from oracle_kit.llm.router import ModelRouter, Routed, Told
from oracle_kit.model import Viewer
from oracle_kit.query import Value, digest
from oracle_kit.state.columns import utc_now
from oracle_kit.state.runs import EndedRun


class ChatAsked(Value):
    """The body of a chat, as the served contract and a batch item have it."""

    messages: tuple[Message, ...] = Field(min_length=1)
    provider: str | None = None
    model: str | None = None
    system_prompt: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    response_format: Literal["json"] | dict[str, Any] | None = None
    private: bool = False

    def request(self) -> ChatRequest:
        """What a provider is asked; QueryRefused for a schema that answers cannot be checked against."""
        system = (Message(role="system", content=self.system_prompt),) if self.system_prompt else ()
        if isinstance(self.response_format, dict):
            from oracle_kit.llm.schemas import checked_schema  # the extra is there wherever a model is

            checked_schema(self.response_format)
        return ChatRequest(
            messages=(*system, *self.messages),
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            response_format=self.response_format,
        )


class ChatReply(Value):
    """What came of a chat; `skipped` says why earlier providers did not answer."""

    message: Message
    parsed: Any = None
    provider: str
    model: str
    usage: Usage
    latency_ms: float
    first_token_ms: float
    waited_ms: float
    attempts: int
    run_id: str
    skipped: tuple[Skipped, ...] = ()


def chat(
    router: ModelRouter,
    viewer: Viewer,
    asked: ChatAsked,
    *,
    cancel: threading.Event | None = None,
    on_text: OnText | None = None,
    tell: Told = lambda _: None,
) -> ChatReply:
    """The reply; NotPermitted, NotFound for an unknown provider, NoProvider when none answered, ProviderFailed when
    it was cancelled or broke after pieces had gone out. Each call leaves one run."""
    require(viewer, "prompt")
    request = asked.request()
    wanted = Wanted(workload="chat", private=asked.private, provider=asked.provider, model=asked.model)
    keep = router.policy.keep_texts
    departures = Departures(viewer.id, "chat", sees=lambda _: "typed", keep_texts=keep)
    run = _Run(router, viewer, asked, departures)
    try:
        routed = router.chat(
            request, wanted, lambda answer: answer, cancel=cancel, on_text=on_text, tell=tell, sent=departures
        )
    except OracleError as error:
        run.failed(error)
        raise
    return run.answered(routed)


_KEPT = {"parsed", "provider", "model", "usage", "latency_ms", "first_token_ms", "waited_ms", "attempts"}


class _Run:
    def __init__(self, router: ModelRouter, viewer: Viewer, asked: ChatAsked, departures: Departures) -> None:
        self._router, self._viewer, self._asked, self._departures = router, viewer, asked, departures
        self._id, self._started = new_id("run"), utc_now()

    def answered(self, routed: Routed[ChatAnswer]) -> ChatReply:
        answer = routed.answer
        self._record("succeeded", provider=answer.provider, model=answer.model)
        return ChatReply(
            message=Message(role="assistant", content=answer.text),
            run_id=self._id,
            skipped=routed.skipped,
            **answer.model_dump(include=_KEPT),
        )

    def failed(self, error: OracleError) -> None:
        cancelled = isinstance(error, ProviderFailed) and error.reason == "cancelled"
        self._record("cancelled" if cancelled else "failed", reason=error.message)

    def _record(
        self, status: str, *, provider: str | None = None, model: str | None = None, reason: str | None = None
    ) -> None:
        run = EndedRun(
            run_id=self._id,
            kind="chat",
            requested_by=self._viewer.id,
            payload_hash=digest(self._asked),
            status=status,
            started_at=self._started,
            failure_reason=reason,
            provider=provider or self._asked.provider,
            model=model or self._asked.model,
            audit=tuple(self._departures.entries),
        )
        self._router.runs.do(run)
