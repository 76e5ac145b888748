"""A subchapter grown: more asks for its templates, and templates on other fields, as proposals with their reasons."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracle_kit.codebook.load import load_template
from oracle_kit.codebook.template import Template
from oracle_kit.content import Document, parse_document, yaml_text
from oracle_kit.errors import ContentError, NotFound, OracleError, Refused, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.jobs.job import Work
from oracle_kit.jobs.synthesis_type import Chosen
from oracle_kit.model import Viewer
from oracle_kit.query import Query
from oracle_kit.state.audit import AuditEntry
from oracle_kit.usecases.drafts import Drafts
from oracle_kit.usecases.paraphrasing import Paraphrases
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.people import Staff
from oracle_kit.usecases.rewriting import Dropped, Kept, evaluation_prompts, more_asks, same_query
from oracle_kit.usecases.synthesis import Wanted, synthesized
from oracle_kit.usecases.trial import Trial
from oracle_kit.usecases.understanding import Understanding, Understood, understanding
from oracle_kit.words import DatasetWords, FieldWords

FEWEST_ASKS = 3  # of a new template: one with fewer is not proposed
MOST_TRIED = 40  # new templates that are drafted for one subchapter


@dataclass
class Report:
    """What came of a subchapter: templates to propose, and what was dropped with the reason."""

    proposed: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def drop(self, template_id: str, dropped: Sequence[Dropped]) -> None:
        """Note asks that were not kept."""
        self.dropped += [
            {"template_id": template_id, "text": one.text, "reason": one.reason} for one in dropped
        ]


class Growing:
    """Works a subchapter for one batch item; nothing of it is published before a reviewer approves it."""

    def __init__(self, parts: Parts, trial: Trial) -> None:
        self._parts, self._trial, self._staff = parts, trial, Staff(parts)

    def __call__(
        self, chosen: Chosen, work: Work, cancel: threading.Event
    ) -> tuple[dict[str, Any], str | None, str | None, tuple[AuditEntry, ...]]:
        """The report, the provider and model that were asked, and what left the process.

        NotPermitted by role, NotFound for a subchapter that is not there.
        """
        self._staff.check(work.viewer)
        require(work.viewer, "author_templates")
        templates = self._templates(chosen.subchapter)
        paraphrases, report = Paraphrases(self._parts.router, work, cancel), Report()
        with understanding(self._parts, work.viewer) as read:
            readable = [one for one in templates if one.dataset in read.words]
            for template in readable:
                if not cancel.is_set() and chosen.asks:
                    self._grow(template, chosen, paraphrases, read, report)
            variants = list(self._variants(readable, read)) if chosen.templates else []
        self._draft(variants, chosen, work.viewer, report, cancel)
        self._note(paraphrases, report)
        told = {
            "subchapter": chosen.subchapter,
            "proposed": report.proposed,
            "dropped": report.dropped,
            "notes": report.notes,
            "evaluation": self._evaluated(chosen, report, work.viewer),
        }
        return told, paraphrases.provider, paraphrases.model, paraphrases.audit

    def _templates(self, subchapter: str) -> list[Template]:
        codebook = self._parts.knowledge.current().codebook
        if subchapter not in codebook.subchapters:
            hint = did_you_mean(subchapter, codebook.subchapters)
            raise NotFound(f"There is no subchapter {subchapter!r}.", hint=hint)
        return [one for one in codebook.templates.values() if one.id.startswith(f"{subchapter}.")]

    # more asks ---------------------------------------------------------------------------------

    def _grow(
        self,
        template: Template,
        chosen: Chosen,
        paraphrases: Paraphrases,
        read: Understanding,
        report: Report,
    ) -> None:
        given = [found for ask in template.asks if (found := read.of(ask)).whole]
        goals = [one.reading.query for one in given if one.reading is not None]
        if not goals:
            reason = "none of its asks is understood word by word, so other words cannot be checked"
            report.dropped.append({"template_id": template.id, "text": "", "reason": reason})
            return
        kept = Kept(
            template.id,
            read.known.ranker,
            evaluation_prompts(self._parts.evaluation_file),
            list(template.asks),
        )
        extra = paraphrases(template)
        wanted = len(template.asks) + chosen.asks
        report.drop(template.id, list(more_asks(given, extra, kept, wanted, read, goals)))
        new = kept.asks[len(template.asks) :]
        if new:
            reason = f"{len(new)} more asks for {template.id}"
            text = self._with_asks(template, tuple(kept.asks))
            report.proposed.append(
                {"template_id": template.id, "text": text, "reason": reason, "asks": new, "new": False}
            )

    def _with_asks(self, template: Template, asks: Sequence[str]) -> str:
        parts = self._parts
        if template.id in parts.knowledge.current().codebook.stored:
            versions = parts.stored.versions(template.id)
            text = next(one.text for one in versions if one.status == "published")
            data = parse_document(text, template.id).data
        else:
            data = parts.knowledge.current().codebook.documents[template.id].data
        return yaml_text(Document("", {**data, "asks": list(asks)}, {}))

    # new templates -----------------------------------------------------------------------------

    def _variants(
        self, templates: Sequence[Template], read: Understanding
    ) -> Iterator[tuple[Template, str, Query]]:
        """Asks for what templates with one group show, by other groups that no template shows."""
        shown = [
            one.blocks[0].queries["main"] for one in read.known.codebook.templates.values() if not one.general
        ]
        for template in templates:
            words = read.words[template.dataset]
            source = next((found for ask in template.asks if _by_one(found := read.of(ask))), None)
            if template.general or source is None or source.reading is None:
                continue
            for other in _other_groups(source.reading.query, words):
                text = _exchanged(source, other, words)
                query = _query(read.of(text)) if text else None
                if query is not None and not any(_shows(one, query) for one in shown):
                    shown.append(query)
                    yield template, text, query

    def _draft(
        self,
        variants: Sequence[tuple[Template, str, Query]],
        chosen: Chosen,
        viewer: Viewer,
        report: Report,
        cancel: threading.Event,
    ) -> None:
        made = 0
        for source, text, query in variants[:MOST_TRIED]:
            if made >= chosen.templates or cancel.is_set():
                return
            name = f"{chosen.subchapter}.by_{query.dimensions[0].field}_made"
            reason = self._drafted(source, text, name, viewer, report)
            if reason:
                report.dropped.append({"template_id": source.id, "text": text, "reason": reason})
            else:
                made += 1

    def _drafted(self, source: Template, text: str, name: str, viewer: Viewer, report: Report) -> str:
        """Why the draft is not proposed; empty where it is."""
        known = {
            *self._parts.knowledge.current().codebook.templates,
            *(one["template_id"] for one in report.proposed),
        }
        free = (f"{name}{end}" for end in ("", *(f"_{number}" for number in range(2, 1_000))))
        template_id = next(one for one in free if one not in known)
        try:
            made = synthesized(self._parts, Wanted(text, (text,), source.dataset, template_id), viewer)
        except (Refused, ContentError) as error:
            return str(error)
        if len(made.template.asks) < FEWEST_ASKS:
            return (
                f"it has {len(made.template.asks)} asks that stand for themselves; {FEWEST_ASKS} are wanted"
            )
        if made.taken:
            return f"it would take “{made.taken[0].ask}” from {made.taken[0].template_id}"
        reason = f"like {source.id}, by another field"
        asks = list(made.template.asks)
        report.proposed.append(
            {"template_id": template_id, "text": made.text, "reason": reason, "asks": asks, "new": True}
        )
        return ""

    # what it comes to --------------------------------------------------------------------------

    def _evaluated(self, chosen: Chosen, report: Report, viewer: Viewer) -> dict[str, Any] | None:
        if not chosen.evaluate or not report.proposed:
            return None
        ground, beside = Drafts(self._parts).ground(viewer=viewer), self._parts.knowledge.current().codebook
        templates = [
            load_template(one["text"], one["template_id"], ground, beside) for one in report.proposed
        ]
        try:
            return self._trial(templates)
        except OracleError as error:
            report.notes.append(f"The evaluation could not be run: {error}")
            return None

    def _note(self, paraphrases: Paraphrases, report: Report) -> None:
        if paraphrases.failed:
            report.notes.append(f"No model was of help: {paraphrases.failed}")
        if self._parts.evaluation is None:
            told = "No evaluation set is named (ORACLE_EVALUATION), so nothing was kept away from one, and none asked."
            report.notes.append(told)


def _by_one(found: Understood) -> bool:
    """Whether the text is understood as figures by one field."""
    query = found.reading.query if found.whole and found.reading is not None else None
    return (
        query is not None
        and bool(query.measures)
        and len(query.dimensions) == 1
        and not query.dimensions[0].grain
    )


def _query(found: Understood) -> Query | None:
    return found.reading.query if found.whole and found.reading is not None else None


def _other_groups(query: Query, words: DatasetWords) -> Iterator[FieldWords]:
    """The fields of few values that the query could be grouped by instead, its filters apart."""
    own = query.dimensions[0].field
    tested = str(query.where)
    for one in words.fields:
        few = one.role == "dimension" and bool(one.values and one.words) and not one.masked
        if few and one.name != own and f"'{one.name}'" not in tested:
            yield one


def _exchanged(source: Understood, other: FieldWords, words: DatasetWords) -> str:
    """The text with the other field's word in the place of its group's; empty where that stands nowhere by itself."""
    assert source.reading is not None  # noqa: S101  # narrows the type: only understood texts come here
    own = source.reading.query.dimensions[0].field
    spans = [
        span
        for span in source.spans
        if any(one.kind == "field" and one.dataset == words.id and one.name == own for one in span.entries)
    ]
    longest = max(spans, key=lambda one: one.end - one.start, default=None)
    if longest is None:
        return ""
    return f"{source.text[: longest.start]}{other.words[0]}{source.text[longest.end :]}"


def _shows(one: Query, other: Query) -> bool:
    """Whether one query shows what the other asks for, in whatever order."""
    return same_query(_bare(one), _bare(other))


def _bare(query: Query) -> Query:
    return query.model_copy(update={"order": (), "measures": query.measures[:1], "limit": None})
