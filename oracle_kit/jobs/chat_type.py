"""The job type `chat`: each item is a conversation that a model continues."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from oracle_kit.errors import NoProvider
from oracle_kit.jobs.job import ItemAsked, JobAsked, Outcome, Work
from oracle_kit.jobs.spool import BatchRefused
from oracle_kit.llm.chat import ChatAsked
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.departures import Departures
from oracle_kit.llm.policy import Wanted
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.query import digest

Stored = Callable[[str], Outcome | None]  # the stored reply of an earlier item with the same key
Schema = Callable[[Sequence[str]], dict[str, Any]]  # of replies that may propose these actions
_OWN = ("system_prompt", "temperature", "max_tokens", "response_format")


class Chat:
    """Asks a model, by the routing of batches; `schema` is of the actions that replies may propose."""

    name = "chat"
    asks_models = True

    def __init__(self, router: ModelRouter | None, stored: Stored, schema: Schema) -> None:
        self._router, self._stored, self._schema = router, stored, schema

    def check_job(self, asked: JobAsked) -> None:
        """Refused for a page, and for an answer's form beside actions, which have their own."""
        if asked.page_id is not None:
            raise BatchRefused("page_id is of the job type oracle_canvas_planning; a chat has no page.")
        if asked.actions and asked.response_format is not None:
            raise BatchRefused("Replies that may propose actions have a form of their own.")
        if asked.actions:
            self._schema(asked.actions)  # names an action that is not declared

    def check_item(self, asked: JobAsked, item: ItemAsked) -> None:
        """Refused as `check_job`, and for a schema that answers cannot be checked against."""
        if item.page_id is not None:
            raise BatchRefused("page_id is of the job type oracle_canvas_planning; a chat has no page.")
        if asked.actions and item.response_format is not None:
            raise BatchRefused("Replies that may propose actions have a form of their own.")
        if item.response_format is not None or (asked.response_format is not None):
            _chat(asked, item).request()

    def run(self, work: Work, cancel: threading.Event) -> Outcome:
        """The model's reply, or an earlier one to the same where the job may reuse it."""
        key = reuse_key(work)
        if work.asked.reuse and (before := self._stored(key)) is not None:
            return before.model_copy(update={"detail": {**before.detail, "reused": True}, "reuse_key": None})
        if self._router is None:
            raise NoProvider("No model provider is configured.", hint="Set OLLAMA_HOST or NEMOCLAW_API_URL.")
        return self._asked(self._router, work, cancel, key)

    def _asked(self, router: ModelRouter, work: Work, cancel: threading.Event, key: str) -> Outcome:
        asked = work.asked
        wanted = Wanted(workload="batch", private=asked.private, provider=asked.provider, model=asked.model)
        departures = Departures(
            work.viewer.id, "batch", sees=lambda _: "typed", keep_texts=router.policy.keep_texts
        )
        deadline = Deadline.within(
            asked.item_seconds, connect_s=router.policy.deadlines.connect, first_token_s=asked.item_seconds
        )
        routed = router.chat(
            self._request(work),
            wanted,
            lambda answer: answer,
            deadline=deadline,
            cancel=cancel,
            sent=departures,
        )
        answer = routed.answer
        detail: dict[str, Any] = {"attempts": answer.attempts, "waited_ms": answer.waited_ms}
        if routed.skipped:
            detail["skipped"] = [one.model_dump() for one in routed.skipped]
        return Outcome(
            reply=answer.text,
            parsed=answer.parsed,
            usage=answer.usage.model_dump(),
            detail=detail,
            provider=answer.provider,
            model=answer.model,
            content_digest=work.content_digest,
            reuse_key=key,
            audit=tuple(departures.entries),
        )

    def _request(self, work: Work) -> ChatRequest:
        request = _chat(work.asked, work.item).request()
        if not work.asked.actions:
            return request
        return request.model_copy(update={"response_format": self._schema(work.asked.actions)})


def reuse_key(work: Work) -> str:
    """What makes two replies interchangeable: submitter, provider, model, content, and the whole payload."""
    asked = work.asked.model_dump(mode="json", include={*_OWN, "actions"})
    return digest([work.viewer.id, work.provider, work.model, work.content_digest, work.payload_hash, asked])


def _chat(asked: JobAsked, item: ItemAsked) -> ChatAsked:
    own = {
        name: getattr(item, name) if getattr(item, name) is not None else getattr(asked, name)
        for name in _OWN
    }
    return ChatAsked(messages=tuple(Message(role=m.role, content=m.content) for m in item.messages), **own)
