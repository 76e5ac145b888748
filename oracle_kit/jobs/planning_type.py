"""The job type `oracle_canvas_planning`: each item is a prompt, planned or put on a page, with no model needed."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from oracle_kit.jobs.job import ItemAsked, JobAsked, Outcome, Work
from oracle_kit.jobs.spool import BatchRefused

NOT_TAKEN = ("system_prompt", "temperature", "max_tokens", "response_format", "actions")


class Asks(Protocol):
    """What plans a prompt, or answers it onto a page, under the rights of the item's submitter."""

    def __call__(self, prompt: str, work: Work, *, page_id: str | None, key: str) -> dict[str, Any]:
        """What came of it, as plain JSON without rows; the same key never commits twice."""
        ...


class CanvasPlanning:
    """Plans prompts as the canvas does; with a page, their blocks are committed to it."""

    name = "oracle_canvas_planning"
    asks_models = False

    def __init__(self, asks: Asks) -> None:
        self._asks = asks

    def check_job(self, asked: JobAsked) -> None:
        """Refused for what only a chat takes."""
        _no_chat(asked)
        if asked.reuse:
            raise BatchRefused(
                "A plan is made anew each time: it reads what there is now.", hint="Leave out reuse."
            )

    def check_item(self, asked: JobAsked, item: ItemAsked) -> None:
        """Refused where there is no user message to be the prompt."""
        _no_chat(item)
        if prompt_of(item) is None:
            raise BatchRefused("There is no message of the role user to be the prompt.")

    def run(self, work: Work, cancel: threading.Event) -> Outcome:
        """The plan of the item's last user message, or the page and blocks that it was answered with."""
        prompt, page = prompt_of(work.item) or "", work.item.page_id or work.asked.page_id
        told = self._asks(prompt, work, page_id=page, key=f"{work.job_id}/{work.request_id}")
        reply = "; ".join(told["titles"]) or "; ".join(told["said"])
        return Outcome(
            reply=reply,
            parsed=told["answer"],
            detail={"mode": told["mode"], "status": told["status"], "page_id": page},
            provider=told.get("provider"),
            model=told.get("model"),
            content_digest=told["content_digest"],
        )


def prompt_of(item: ItemAsked) -> str | None:
    """The item's last user message."""
    return next((one.content for one in reversed(item.messages) if one.role == "user"), None)


def _no_chat(asked: JobAsked | ItemAsked) -> None:
    for name in NOT_TAKEN:
        if getattr(asked, name, None):
            raise BatchRefused(f"{name} is of the job type chat; a prompt is planned without it.")
