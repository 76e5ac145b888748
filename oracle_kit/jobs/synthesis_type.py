"""The job type `template_synthesis`: each item is a subchapter, for which more asks and templates are proposed."""

from __future__ import annotations

import json
import threading
from typing import Any, Protocol

from pydantic import Field, ValidationError

from oracle_kit.jobs.job import ItemAsked, JobAsked, Outcome, Work
from oracle_kit.jobs.spool import BatchRefused
from oracle_kit.query import Value
from oracle_kit.state.audit import AuditEntry

NOT_TAKEN = ("page_id", "system_prompt", "temperature", "max_tokens", "response_format", "actions")


class Chosen(Value):
    """What an item asks for: a subchapter, how many asks a template may gain, how many templates may be new."""

    subchapter: str = Field(min_length=1, max_length=130)
    asks: int = Field(default=3, ge=0, le=20)
    templates: int = Field(default=2, ge=0, le=20)
    evaluate: bool = True


class Synthesizes(Protocol):
    """What works a subchapter, under the rights of the item's submitter."""

    def __call__(
        self, chosen: Chosen, work: Work, cancel: threading.Event
    ) -> tuple[dict[str, Any], str | None, str | None, tuple[AuditEntry, ...]]:
        """The report with its `proposed` templates; the provider and model that were asked; what left the process."""
        ...


class TemplateSynthesis:
    """Proposes more asks and templates for subchapters, in words that content declares, and a model's where there is
    one."""

    name = "template_synthesis"
    asks_models = True

    def __init__(self, synthesizes: Synthesizes) -> None:
        self._synthesizes = synthesizes

    def check_job(self, asked: JobAsked) -> None:
        """Refused for what only other types take."""
        _nothing_else(asked)
        if asked.reuse:
            raise BatchRefused("Templates are made from what there is now.", hint="Leave out reuse.")

    def check_item(self, asked: JobAsked, item: ItemAsked) -> None:
        """Refused where the last message is not the name of a subchapter, or its options."""
        _nothing_else(item)
        chosen_of(item)

    def run(self, work: Work, cancel: threading.Event) -> Outcome:
        """The report of the item's subchapter; what it proposes is kept with its result."""
        report, provider, model, audit = self._synthesizes(chosen_of(work.item), work, cancel)
        count, dropped = len(report["proposed"]), len(report["dropped"])
        return Outcome(
            reply=f"{count} proposed, {dropped} dropped",
            parsed=report,
            detail={"proposed": count, "dropped": dropped},
            provider=provider,
            model=model,
            content_digest=work.content_digest,
            audit=audit,
        )


def chosen_of(item: ItemAsked) -> Chosen:
    """What the item's last message asks for: a subchapter's id, or that with options as JSON; BatchRefused."""
    text = item.messages[-1].content.strip()
    try:
        told = json.loads(text) if text.startswith("{") else {"subchapter": text}
        return Chosen.model_validate(told)
    except (ValueError, ValidationError) as error:
        fault = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "this is no JSON"
        raise BatchRefused(
            f"The message names no subchapter: {fault}.", hint='Write {"subchapter": "leads.funnel"}.'
        ) from None


def _nothing_else(asked: JobAsked | ItemAsked) -> None:
    for name in NOT_TAKEN:
        if getattr(asked, name, None):
            raise BatchRefused(f"{name} is of other job types; templates are synthesized without it.")
