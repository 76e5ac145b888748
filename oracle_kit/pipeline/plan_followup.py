"""Follow-ups applied: steps that change or remove the blocks that a page has."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.language.draft import RANKS
from oracle_kit.language.followups import FollowUp, follow_up
from oracle_kit.language.reading import Reading
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.titles import title_of
from oracle_kit.model import Block, Candidates, Chip, Context, Kind, Plan, Refusal, Step
from oracle_kit.pipeline.plan import refused
from oracle_kit.query import And, Order, Predicate, Query, Where, conjunction
from oracle_kit.words import DatasetWords

_NO_FACTS = ("text", "notice", "media")
_DRAWN = ("bar_chart", "line_chart", "comparison")


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
        return _remove(asked, context.blocks, sentence)
    if not facts:
        return None
    page = _Page(facts, {words.id: words for words in candidates.datasets})
    if asked.verb == "add":
        return _add(asked, page, sentence)
    if asked.verb == "as" and asked.kinds:
        return _redraw(asked, page)
    return _change(asked, page, sentence)


def _remove(asked: FollowUp, blocks: tuple[Block, ...], sentence: Sentence) -> Plan | None:
    """Remove the block of the kind, or with the title, that is named."""
    words = {
        token.text for token in asked.tokens if token.is_word and not sentence.lexicon.is_stop(token.text)
    }
    found = [b for b in blocks if b.kind in asked.kinds or (asked.kinds and _drawn(b, asked))]
    if words:
        found = [
            b
            for b in (found or blocks)
            if words <= set(b.title.lower().replace(":", " ").replace(",", " ").split())
        ]
    if not asked.kinds and not words:
        found = list(blocks)
    if not found:
        if words and not asked.kinds:
            return None
        titles = tuple(block.title for block in blocks)
        message = "No block on this page is the one to remove."
        return refused((Refusal(code="not_understood", message=message, suggestions=titles),))
    block = found[-1]
    kind: Kind = block.kind  # type: ignore[assignment]  # a block that was built has a known kind
    step = Step(op="remove", block_id=block.id, kind=kind, title=block.title)
    reservations = (f"Several blocks fit; “{block.title}” was removed.",) if len(found) > 1 else ()
    return Plan(steps=(step,), reservations=reservations)


def _drawn(block: Block, asked: FollowUp) -> bool:
    """A "chart" is any drawn block."""
    return "bar_chart" in asked.kinds and block.kind in _DRAWN


def _redraw(asked: FollowUp, page: _Page) -> Plan:
    """Show the newest answer as another kind, where its query can fill it."""
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
    if not asked.tokens or (not asked.told and _is_question(sentence)):
        return None
    steps: list[Step] = []
    reservations: list[str] = []
    for block in page.run:
        dataset = block.queries["main"].dataset
        if dataset not in page.words:
            continue
        reading = sentence.on(page.words[dataset], asked.tokens)
        if reading.left or not _says(reading) or (asked.told and _other_subject(reading, sentence, dataset)):
            continue
        if reading.refusals:
            return refused(reading.refusals)
        steps.append(_changed(block, reading, asked, page.words[dataset]))
        reservations.extend(reading.reservations)
        if reading.query.dimensions or reading.end:
            break  # a grouping or a cut is meant for the block that answers
    return Plan(steps=tuple(steps), reservations=tuple(dict.fromkeys(reservations))) if steps else None


def _add(asked: FollowUp, page: _Page, sentence: Sentence) -> Plan | None:
    """ "also show by source": the newest answer once more with what is said; a question stays a question."""
    block = page.run[0]
    words = page.words.get(block.queries["main"].dataset)
    if words is None or not asked.tokens:
        return None
    reading = sentence.on(words, asked.tokens)
    if reading.left or reading.noun or reading.measured or reading.refusals or not _says(reading):
        return None
    step = _changed(block, reading, asked, words)
    added = step.model_copy(update={"op": "add", "block_id": None, "template_id": None})
    return Plan(steps=(added,), reservations=reading.reservations)


def _is_question(sentence: Sentence) -> bool:
    """Whether the whole prompt stands on its own: it names rows or a measure."""
    best = sentence.best
    return best is not None and not best.reading.left and (best.reading.noun or bool(best.reading.by))


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


def _changed(block: Block, reading: Reading, asked: FollowUp, words: DatasetWords) -> Step:
    queries = {
        name: _merged(query, reading, asked) for name, query in block.queries.items() if _keeps(name, reading)
    }
    main = queries["main"]
    kind: Kind = block.kind  # type: ignore[assignment]  # a block that was built has a known kind
    if reading.query.dimensions:
        kind = "line_chart" if any(d.grain for d in main.dimensions) else "bar_chart"
    same = kind == block.kind and main.dimensions == block.queries["main"].dimensions
    fields = {chip.field for chip in reading.chips if chip.field}
    regrouped = bool(reading.query.dimensions)
    kept = tuple(c for c in block.chips if c.field not in fields and not (regrouped and c.op == "group"))
    return Step(
        op="change",
        block_id=block.id,
        kind=kind,
        title=title_of(main, words),
        template_id=block.template_id,
        queries=queries,
        props=block.props if same else {},
        width=block.width,
        chips=_numbered((*kept, *(c for c in reading.chips if c.origin == "word"))),
    )


def _keeps(name: str, reading: Reading) -> bool:
    """A regrouped block keeps its main query only: the others belonged to the old groups."""
    return name == "main" or not (reading.query.dimensions or reading.query.window)


def _merged(query: Query, reading: Reading, asked: FollowUp) -> Query:
    """The block's query with what the follow-up says: the same field's old filter gives way."""
    new = reading.query
    changes: dict[str, object] = {"where": _where(query.where, new.where)}
    if new.window is not None:
        changes["window"] = new.window
        changes["periods"] = ()
    if new.periods:
        changes["periods"], changes["window"] = new.periods, None
    if new.dimensions and not query.columns:
        changes["dimensions"], changes["order"] = new.dimensions, _group_order(query, new)
    elif new.dimensions:
        changes |= {
            "columns": (),
            "measures": new.measures,
            "dimensions": new.dimensions,
            "order": new.order,
            "limit": None,
        }
    if reading.end in RANKS or reading.count is not None:
        changes["limit"] = reading.count or new.limit or query.limit
    if reading.end or reading.by:
        changes["order"] = _order(query, reading)
    return query.model_copy(update=changes)


def _group_order(query: Query, new: Query) -> tuple[Order, ...]:
    if any(d.grain for d in new.dimensions):
        return (Order(by=next(d.alias for d in new.dimensions if d.grain)),)
    return (Order(by=query.measures[0].alias, descending=True),) if query.measures else ()


def _order(query: Query, reading: Reading) -> tuple[Order, ...]:
    """The order that is asked for, by a column that the block has."""
    descending = reading.end not in ("bottom", "fewest", "worst", "ascending", "oldest")
    if query.columns:
        by = reading.by or (query.order[0].by if query.order else query.columns[0])
        return (Order(by=by, descending=descending), *(o for o in query.order if o.by != by))
    aliases = {m.alias: m for m in query.measures}
    named = next((a for a, m in aliases.items() if reading.by in (a, m.field)), None)
    if named is None and reading.by in {d.alias for d in query.dimensions}:
        named = reading.by
    by = named or (query.measures[0].alias if query.measures else query.dimensions[0].alias)
    return (Order(by=by, descending=descending),)


def _where(old: Where | None, new: Where | None) -> Where | None:
    fields = {name for part in _parts(new) for name in _fields(part)}
    kept = [part for part in _parts(old) if not (set(_fields(part)) & fields)]
    return conjunction(*kept, new)


def _parts(where: Where | None) -> tuple[Where, ...]:
    if where is None:
        return ()
    return where.parts if isinstance(where, And) else (where,)


def _fields(part: Where) -> tuple[str, ...]:
    return (part.field,) if isinstance(part, Predicate) else ()


def _numbered(chips: tuple[Chip, ...]) -> tuple[Chip, ...]:
    return tuple(chip.model_copy(update={"id": f"chip_{at}"}) for at, chip in enumerate(chips, 1))
