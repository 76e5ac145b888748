"""A model's other words for a template's asks: read like anybody's, and kept only where they are understood alike."""

from __future__ import annotations

import threading
from typing import Any

from oracle_kit.codebook.template import Template
from oracle_kit.errors import OracleError
from oracle_kit.jobs.job import Work
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.departures import Departures
from oracle_kit.llm.policy import Wanted
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.state.audit import AuditEntry

MOST_MADE = 12
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"asks": {"type": "array", "maxItems": MOST_MADE, "items": {"type": "string"}}},
    "required": ["asks"],
    "additionalProperties": False,
}
_TOLD = (
    "You are given questions that people type into an analytics workbench, all of one meaning. Write others of exactly "
    'that meaning in other words, short, as people type. Answer with JSON: {"asks": ["..."]}.'
)


class Paraphrases:
    """Asks a model for one batch item; it is sent asks of content, and no row."""

    def __init__(self, router: ModelRouter | None, work: Work, cancel: threading.Event) -> None:
        self._router, self._work, self._cancel = router, work, cancel
        self.provider: str | None = None
        self.model: str | None = None
        self.failed = ""
        self.audit: tuple[AuditEntry, ...] = ()

    def __call__(self, template: Template) -> tuple[str, ...]:
        """Other words for the template's asks; none where no model answers, and `failed` says why."""
        if self._router is None or self.failed:
            return ()
        try:
            return self._asked(self._router, template)
        except OracleError as error:
            self.failed = str(error)
            return ()

    def _asked(self, router: ModelRouter, template: Template) -> tuple[str, ...]:
        asked = self._work.asked
        wanted = Wanted(workload="batch", private=asked.private, provider=asked.provider, model=asked.model)
        sent = Departures(
            self._work.viewer.id, "batch", sees=lambda _: "content", keep_texts=router.policy.keep_texts
        )
        deadline = Deadline.within(
            asked.item_seconds, connect_s=router.policy.deadlines.connect, first_token_s=asked.item_seconds
        )
        said = "\n".join(template.asks)
        request = ChatRequest(
            messages=(Message(role="system", content=_TOLD), Message(role="user", content=said)),
            response_format=_SCHEMA,
        )
        routed = router.chat(
            request, wanted, lambda answer: answer, deadline=deadline, cancel=self._cancel, sent=sent
        )
        self.audit = (*self.audit, *sent.entries)
        self.provider, self.model = routed.answer.provider, routed.answer.model
        parsed = routed.answer.parsed
        made = parsed.get("asks") if isinstance(parsed, dict) else None
        return (
            tuple(one for one in made if isinstance(one, str))[:MOST_MADE] if isinstance(made, list) else ()
        )
