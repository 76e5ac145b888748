"""Follow-ups applied: steps that change or remove the blocks that a page has."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.language.followups import FollowUp, follow_up
from oracle_kit.language.reading import Reading
from oracle_kit.language.sentence import Sentence
from oracle_kit.model import Block, Candidates, Context, Kind, Plan, Refusal, Step
from oracle_kit.pipeline.plan import refused
from oracle_kit.pipeline.plan_against import plan_against
from oracle_kit.pipeline.plan_changed import changed_step, counted_step, measured
from oracle_kit.pipeline.plan_removed import plan_removal
from oracle_kit.query import Query
from oracle_kit.words import DatasetWords

_NARROWING = ("with", "without", "not", "never", "except")
_NO_FACTS = ("text", "notice", "media")


@dataclass(frozen=True)
class _Page:
    """The blocks that a follow-up may mean."""

    facts: tuple[Block, ...]
    words: dict[str, DatasetWords]

    @property
    def run(self) -> tuple[Block, ...]:
        """The blocks of the newest answer: the last one, with those before it from the same template."""
        at = len(self.facts) - 1
        template = self.facts[at].template_id
        while at > 0 and template is not None and self.facts[at - 1].template_id == template:
            at -= 1
        return self.facts[at:]


def plan_followup(sentence: Sentence, candidates: Candidates, context: Context) -> Plan | None:
    """The plan of a follow-up; None when the prompt is a question of its own, or the page has
    nothing to change."""
    facts = tuple(
        b for b in context.blocks if b.kind not in _NO_FACTS and not b.suggestion and "main" in b.queries
    )
    if not context.blocks:
        return None
    asked = follow_up(sentence.tokens, candidates.spans, sentence.lexicon)
    if asked.verb == "remove":
        datasets = {words.id: words for words in candidates.datasets}
        return plan_removal(asked, context.blocks, facts, datasets, sentence)
    if not facts:
        return None
    page = _Page(facts, {words.id: words for words in candidates.datasets})
    newest = page.words.get(page.run[0].queries["main"].dataset)
    beside = plan_against(sentence, page.run[0], newest, context) if newest is not None else None
    if beside is not None:
        return beside
    if asked.verb == "add":
        return _add(asked, page, sentence)
    if asked.verb == "as" and asked.kinds:
        return _redraw(asked, page, sentence)
    return _change(asked, page, sentence)


def _redraw(asked: FollowUp, page: _Page, sentence: Sentence) -> Plan | None:
    """Show the newest answer as another kind, where its query can fill it; None where more is said than that."""
    if any(t.is_word and not sentence.lexicon.is_stop(t.text) for t in asked.tokens):
        return None
    block = page.run[0]
    kind: Kind = asked.kinds[0]  # type: ignore[assignment]  # the speech's names of kinds are the kinds
    query = block.queries["main"]
    reason = _unfit(kind, query)
    if reason:
        message = f"“{block.title}” cannot be shown that way: {reason}."
        return refused((Refusal(code="not_understood", message=message, suggestions=("as a table",)),))
    step = Step(
        op="change",
        block_id=block.id,
        kind=kind,
        title=block.title,
        template_id=block.template_id,
        queries={"main": query},
        width=block.width,
        chips=block.chips,
    )
    return Plan(steps=(step,))


def _unfit(kind: Kind, query: Query) -> str:
    if kind == "table":
        return ""
    if query.columns:
        return "it lists rows"
    if kind == "line_chart" and not any(d.grain for d in query.dimensions):
        return "it has no time to draw along"
    if kind == "kpi_tile" and query.dimensions:
        return "it has more than one number"
    if kind in ("bar_chart", "comparison") and not query.dimensions and not query.periods:
        return "it has no groups"
    return ""


def _change(asked: FollowUp, page: _Page, sentence: Sentence) -> Plan | None:
    """Read the remaining words on each block's dataset and put them into its queries."""
    if not asked.tokens:
        return None
    if not asked.told and not asked.back and _is_question(sentence) and not _narrows(asked, page, sentence):
        return None
    steps: list[Step] = []
    reservations: list[str] = []
    stays: list[str] = []
    for block in page.run:
        words = page.words.get(block.queries["main"].dataset)
        reading = _read_on(block, words, asked, sentence) if words is not None else None
        if words is None or reading is None:
            stays.append(block.title)
            continue
        if reading.refusals:
            return refused(reading.refusals)
        reservations.extend(reading.reservations)
        if measured(reading) and not asked.told:
            return Plan(steps=(counted_step(block, reading, words),), reservations=tuple(reservations))
        steps.append(changed_step(block, reading, asked, words))
        if reading.query.dimensions or reading.end or reading.by or measured(reading):
            stays.clear()
            break  # groups, an order, a cut or a figure are meant for the block that answers
    if steps and stays:
        reservations.append(f"Unchanged, for it knows nothing of that: {', '.join(stays)}.")
    return Plan(steps=tuple(steps), reservations=tuple(dict.fromkeys(reservations))) if steps else None


def _read_on(block: Block, words: DatasetWords, asked: FollowUp, sentence: Sentence) -> Reading | None:
    """The follow-up as the block's dataset reads it; None where it says nothing of the block."""
    query = block.queries["main"]
    reading = sentence.on(words, asked.tokens)
    if query.dimensions and (reading.left or reading.end or reading.by):  # the groups stand on the page
        again = sentence.on(words, asked.tokens, query.dimensions)
        said = tuple(d for d in again.query.dimensions if d not in query.dimensions)
        reading = again.model_copy(update={"query": again.query.model_copy(update={"dimensions": said})})
    if reading.left or not (_says(reading) or measured(reading)):
        return None
    return None if asked.told and _other_subject(reading, sentence, words.id) else reading


def _add(asked: FollowUp, page: _Page, sentence: Sentence) -> Plan | None:
    """ "also show by source": the newest answer once more with what is said; a question stays a question."""
    block = page.run[0]
    words = page.words.get(block.queries["main"].dataset)
    if words is None or not asked.tokens:
        return None
    reading = sentence.on(words, asked.tokens)
    if reading.left or reading.noun or reading.measured or reading.refusals or not _says(reading):
        return None
    step = changed_step(block, reading, asked, words)
    added = step.model_copy(update={"op": "add", "block_id": None, "template_id": None})
    return Plan(steps=(added,), reservations=reading.reservations)


def _is_question(sentence: Sentence) -> bool:
    """Whether the whole prompt stands on its own: it names rows or a measure."""
    best = sentence.best
    if best is None or best.reading.left:
        return False
    return best.reading.noun or best.reading.measured or bool(best.reading.by)


def _narrows(asked: FollowUp, page: _Page, sentence: Sentence) -> bool:
    """Whether the prompt opens with a word such as "with" or "without" and only says which of the rows shown."""
    start = asked.tokens[0].start
    opens = any(
        span.start == start and entry.kind == "operator" and entry.name in _NARROWING
        for span in sentence.candidates.spans
        for entry in span.entries
    )
    words = page.words.get(page.run[0].queries["main"].dataset)
    if not opens or words is None:
        return False
    reading = sentence.on(words, asked.tokens)
    return not reading.left and not reading.noun and reading.query.where is not None


def _other_subject(reading: Reading, sentence: Sentence, dataset: str) -> bool:
    best = sentence.best
    return (
        best is not None
        and best.reading.noun
        and best.reading.query.dataset != dataset
        and not best.reading.left
    )


def _says(reading: Reading) -> bool:
    query = reading.query
    return bool(query.where or query.window or query.periods or query.dimensions or reading.end or reading.by)
