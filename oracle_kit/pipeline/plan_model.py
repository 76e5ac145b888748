"""The rung between codebook and suggestions: a model's proposal over the candidates, checked and made into steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.errors import OracleError, Unavailable
from oracle_kit.language.items import Item, cover
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.quantities import fits, scaled
from oracle_kit.language.reading import Reading
from oracle_kit.language.titles import describe, measure_label, parts_of, title_of
from oracle_kit.language.tokens import MOST_WORDS, Token, tokenise
from oracle_kit.llm.departures import Departures
from oracle_kit.llm.failures import plain_reason
from oracle_kit.llm.planner import Proposal, ProposedStep, propose
from oracle_kit.llm.planner_asked import Asked, AskedWord, ReadValue, TemplateBrief
from oracle_kit.llm.policy import Skipped, Wanted, Workload
from oracle_kit.llm.router import ModelRouter, Told
from oracle_kit.model import Candidates, Chip, Context, Entry, Mode, Plan, Refusal, Span, Step
from oracle_kit.pipeline.plan import Handover, notice
from oracle_kit.pipeline.plan_steps import plain_step
from oracle_kit.query import Query
from oracle_kit.state.audit import AuditEntry
from oracle_kit.words import DatasetWords

MOST_DATASETS = 3
_NUMBERS = ("integer", "decimal", "float")
_LAYOUTS = {"kpi_tile": "number", "bar_chart": "breakdown", "line_chart": "trend", "comparison": "comparison"}


@dataclass(frozen=True)
class ModelAsk:
    """What one prompt's caller wants of models, and where what left the process is noted.

    `let_go` gives back what must not be held while a model is waited for.
    """

    who: str
    workload: Workload = "planning"
    private: bool = False
    provider: str | None = None
    model: str | None = None
    cancel: threading.Event | None = None
    tell: Told = lambda _: None
    let_go: Callable[[], None] = lambda: None
    sent: list[AuditEntry] = field(default_factory=list)


class ModelPlanner:
    """Asks the providers in routing's order; its steps say which model planned them."""

    mode: ClassVar[Mode] = "nemoclaw_hosted"  # the first of its two: a step carries the one that it came by

    def __init__(self, router: ModelRouter, lexicon: Lexicon, catalog: Catalog, ask: ModelAsk) -> None:
        self._router, self._lexicon, self._catalog, self._ask = router, lexicon, catalog, ask

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan | Handover:
        """A checked plan, marked as a suggestion when it leaves words out; else why no model gave one."""
        if not self._router.lanes:
            return Handover(reason="no model is configured", notes=("no model is configured",))
        if context.blocks and any(e.kind == "followup" for span in candidates.spans for e in span.entries):
            return Handover(reason="a change to what is on the page is not given to a model")
        asked = asked_of(prompt, candidates, self._lexicon)
        if not asked.datasets or len(tokenise(prompt)) > MOST_WORDS:
            return Handover(reason="nothing is shown to a model for this prompt")
        ask = self._ask
        wanted = Wanted(
            workload=ask.workload,
            steps=asked.steps,
            private=ask.private,
            provider=ask.provider,
            model=ask.model,
        )
        departures = Departures(
            ask.who, ask.workload, sees=lambda lane: lane.own.sees, keep_texts=self._router.policy.keep_texts
        )
        ask.let_go()
        try:
            proposal = propose(
                self._router,
                asked,
                wanted,
                departures,
                lambda query: self._fault(query, context),
                cancel=ask.cancel,
                tell=ask.tell,
            )
        except Unavailable as error:
            tried = [Skipped.model_validate(one) for one in error.details.get("tried", ())]
            return Handover(reason=error.message, notes=self._notes(tried))
        finally:
            ask.sent.extend(departures.entries)
        made = planned(proposal, asked, context)
        return made.model_copy(update={"notes": self._notes(proposal.skipped)})

    def _notes(self, skipped: Iterable[Skipped]) -> tuple[str, ...]:
        """Why each provider was passed over, by the mode that it would have been."""
        providers = self._router.policy.providers
        return tuple(f"{mode_of(providers[one.provider].local)}: {plain_reason(one)}" for one in skipped)

    def _fault(self, query: Query, context: Context) -> str | None:
        """What keeps a query from being compiled for this viewer."""
        try:
            compile_query(query, self._catalog, context.viewer, context.clock)
        except OracleError as error:
            return error.message
        return None


def mode_of(local: bool) -> Mode:
    """The mode of what a model planned."""
    return "ollama_local" if local else "nemoclaw_hosted"


def asked_of(prompt: str, candidates: Candidates, lexicon: Lexicon) -> Asked:
    """The prompt as the planner rung sees it: the nearest datasets, their words, and the values that were read."""
    tokens = tokenise(prompt)
    datasets = _nearest(candidates)
    entries = [entry for span in candidates.spans for entry in span.entries]
    nouns = {entry.dataset for entry in entries if entry.kind == "dataset" and entry.dataset}
    names = {words.id for words in datasets}
    return Asked(
        prompt=prompt,
        datasets=datasets,
        templates=tuple(
            TemplateBrief(id=match.template_id, title=match.template_id, dataset=match.dataset)
            for match in candidates.matches
            if match.dataset in names
        ),
        words={words.id: _words(prompt, tokens, words, candidates, lexicon) for words in datasets},
        values={words.id: tuple(_values(words, candidates.spans)) for words in datasets},
        windows=tuple({e.window.text: e.window for e in entries if e.window is not None}.values()),
        numbers=tuple(sorted({n for e in entries if (n := _whole(e)) is not None})),
        steps=max(1, len(nouns)),
    )


def _nearest(candidates: Candidates) -> tuple[DatasetWords, ...]:
    """The datasets that the prompt's words and templates point at, most first."""
    votes = dict.fromkeys((words.id for words in candidates.datasets), 0.0)
    for span in candidates.spans:
        for entry in span.entries:
            if entry.dataset in votes:
                votes[entry.dataset] += 3.0 if entry.kind == "dataset" else 0.5
    for match in candidates.matches:
        votes[match.dataset] = votes.get(match.dataset, 0.0) + match.score
    ranked = sorted(candidates.datasets, key=lambda words: -votes[words.id])
    return tuple(ranked[:MOST_DATASETS])


def _words(
    prompt: str, tokens: tuple[Token, ...], words: DatasetWords, candidates: Candidates, lexicon: Lexicon
) -> tuple[AskedWord, ...]:
    """The words of the prompt that carry something, as one dataset understands them."""
    known = {one.id for one in candidates.datasets}
    near = frozenset({words.id, *(r.dataset for r in words.relations if r.dataset in known)})
    items = cover(tokens, candidates.spans, lexicon, near, words.id)
    return tuple(_word(prompt, item, lexicon) for item in items)


def _word(prompt: str, item: Item, lexicon: Lexicon) -> AskedWord:
    typed = prompt[item.start : item.end]
    capital = item.first > 0 and typed[:1].isupper()
    digits = any(letter.isdigit() for letter in typed)
    placed = item.before in lexicon.speech.places
    return AskedWord(
        text=typed,
        start=item.start,
        end=item.end,
        entries=item.entries,
        proper=capital or digits or placed,
    )


def _values(words: DatasetWords, spans: tuple[Span, ...]) -> Iterator[ReadValue]:
    """What was read in the prompt, as each field that it suits keeps it."""
    for span in spans:
        for entry in span.entries:
            place = {"text": span.text, "start": span.start, "end": span.end}
            if entry.kind == "value" and entry.dataset == words.id:
                values = entry.values or (entry.value,)
                hidden = span.how == "lookup"
                yield ReadValue.model_validate(
                    {**place, "field": entry.name, "values": values, "hidden": hidden}
                )
            elif entry.kind in ("comparison", "number"):
                for one in words.fields:
                    if (
                        one.type in _NUMBERS
                        and one.role == "number"
                        and not one.masked
                        and fits(entry, one.unit)
                    ):
                        values, op = scaled(entry, one.unit), entry.op
                        yield ReadValue.model_validate(
                            {**place, "field": one.name, "values": values, "op": op}
                        )


def _whole(entry: Entry) -> int | None:
    """A whole number that may be a limit."""
    value = entry.value
    number = entry.kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool)
    return int(value) if number and isinstance(value, (int, float)) and value == int(value) else None


def planned(proposal: Proposal, asked: Asked, context: Context) -> Plan:
    """The proposal as a plan: steps that say who planned them, and what was left out before anything else."""
    datasets = {words.id: words for words in asked.datasets}
    mode = mode_of(proposal.local)
    left = proposal.unexplained
    steps = [
        _step(one, datasets[one.query.dataset], context).model_copy(
            update={
                "mode": mode,
                "provider": proposal.provider,
                "model": proposal.model,
                "suggestion": bool(left),
            }
        )
        for one in proposal.steps
    ]
    if not left:
        return Plan(steps=tuple(steps), reservations=proposal.readings)
    named = ", ".join(f"“{word}”" for word in left)
    message = f"Not understood: {named}. What follows leaves it out, and is a suggestion."
    refusal = Refusal(code="not_understood", message=message)
    told = notice(refusal, mode).model_copy(update={"provider": proposal.provider, "model": proposal.model})
    return Plan(steps=(told, *steps), not_understood=left, refusals=(refusal,))


def _step(proposed: ProposedStep, words: DatasetWords, context: Context) -> Step:
    query = proposed.query
    shape = "list" if query.columns else _LAYOUTS.get(proposed.layout, "breakdown")
    if shape == "number" and query.dimensions:
        shape = "breakdown"
    kind = "table" if proposed.layout == "table" else ""
    reading = Reading(
        query=query, shape=shape, title=title_of(query, words), kind=kind, chips=chips_of(query, words)
    )
    return plain_step(reading, context.clock).model_copy(update={"template_id": proposed.template})


def chips_of(query: Query, words: DatasetWords) -> tuple[Chip, ...]:
    """What the query says, each thing readable."""
    labels = [label for part in parts_of(query.where) for label in describe(part, words)]
    told: list[tuple[str, str, str]] = [(label, "", "") for label in labels]
    told += [(f"by {one.grain or one.field}", one.field, "group") for one in query.dimensions]
    told += [(measure_label(one, words), one.alias, "measure") for one in query.measures]
    if query.window is not None:
        told.append((query.window.text, query.window.field, "window"))
    if query.limit is not None:
        told.append((f"the first {query.limit}", "", "limit"))
    told += [
        (f"sorted by {one.by}{' downwards' if one.descending else ''}", one.by, "sort") for one in query.order
    ]
    return tuple(
        Chip.model_validate({"id": f"chip_{number}", "label": label, "field": name, "op": op, "from": "word"})
        for number, (label, name, op) in enumerate(told, 1)
    )
