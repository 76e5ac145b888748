"""What a follow-up takes away: whole blocks, or a filter, a time, a cut or an order of what they show."""

from __future__ import annotations

from oracle_kit.language.followups import FollowUp
from oracle_kit.language.reading import Reading
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.titles import parts_of, title_of
from oracle_kit.model import Block, Chip, Kind, Plan, Refusal, Step
from oracle_kit.pipeline.plan import refused
from oracle_kit.query import Not, Predicate, Query, Term, Where, conjunction
from oracle_kit.words import DatasetWords

_DRAWN = ("bar_chart", "line_chart", "comparison")


def plan_removal(
    asked: FollowUp,
    blocks: tuple[Block, ...],
    facts: tuple[Block, ...],
    datasets: dict[str, DatasetWords],
    sentence: Sentence,
) -> Plan | None:
    """The plan of "remove ...": parts of the answers that have them, else the blocks that are named; None when it
    names neither."""
    if not asked.kinds:
        lessened = _lessened(asked, facts, datasets, sentence)
        if lessened:
            return Plan(steps=lessened)
        if asked.parts:
            return _nothing_to_remove(facts)
    return _blocks(asked, blocks, sentence) or _known(asked, facts, datasets, sentence)


def _known(
    asked: FollowUp, facts: tuple[Block, ...], datasets: dict[str, DatasetWords], sentence: Sentence
) -> Plan | None:
    """That nothing is removed, where the words are known and only stand in no block."""
    names = dict.fromkeys(block.queries["main"].dataset for block in facts)
    known = any(not sentence.on(datasets[name], asked.tokens).left for name in names if name in datasets)
    return _nothing_to_remove(facts) if known else None


def _lessened(
    asked: FollowUp, facts: tuple[Block, ...], datasets: dict[str, DatasetWords], sentence: Sentence
) -> tuple[Step, ...]:
    """The answers without what is named, where they have it."""
    steps: list[Step] = []
    for block in facts:
        words = datasets.get(block.queries["main"].dataset)
        if words is None:
            continue
        reading = sentence.on(words, asked.tokens)
        if reading.noun or reading.left:
            continue
        fields = _fields(asked, sentence, words)
        queries = {name: _without(query, reading, asked, fields) for name, query in block.queries.items()}
        if queries["main"] != block.queries["main"]:
            steps.append(_changed(block, queries, words))
    return tuple(steps)


def _fields(asked: FollowUp, sentence: Sentence, words: DatasetWords) -> frozenset[str]:
    """The fields that are named beside "filter": "remove the city filter"."""
    if not asked.parts:
        return frozenset()
    places = {token.start for token in asked.tokens}
    return frozenset(
        entry.name
        for span in sentence.candidates.spans
        for entry in span.entries
        if entry.kind == "field" and entry.dataset == words.id and span.start in places
    )


def _without(query: Query, reading: Reading, asked: FollowUp, fields: frozenset[str]) -> Query:
    """The query without the named parts."""
    named = parts_of(reading.query.where)
    every = not named and not fields and reading.query.window is None
    changes: dict[str, object] = {}
    if named or fields or (every and "filter" in asked.parts):
        kept = (_kept(part, named, fields) for part in parts_of(query.where))
        changes["where"] = None if every else conjunction(*kept)
    timed = query.window is not None and query.window.field in fields
    if timed or "window" in asked.parts or _same_time(query, reading):
        changes["window"], changes["periods"] = None, ()
    if "limit" in asked.parts:
        changes |= {"limit": None, "where": _with_the_empty(query)}
    if "sort" in asked.parts:
        changes["order"] = ()
    if "group" in asked.parts and query.dimensions and query.measures:
        changes |= {"dimensions": (), "order": (), "limit": None}
    return query.model_copy(update=changes)


def _with_the_empty(query: Query) -> Where | None:
    """The filter without that of a ranking, which leaves out the group of rows that have no value."""
    groups = {dimension.field for dimension in query.dimensions}
    left_out = (
        isinstance(p, Predicate) and p.op == "not_null" and p.field in groups for p in parts_of(query.where)
    )
    return conjunction(*(p for p, out in zip(parts_of(query.where), left_out, strict=True) if not out))


def _same_time(query: Query, reading: Reading) -> bool:
    said = reading.query.window
    return said is not None and query.window is not None and said.text.lower() == query.window.text.lower()


def _kept(part: Where, named: tuple[Where, ...], fields: frozenset[str]) -> Where | None:
    """What stays of a condition: none where it is named, the other values of a list that holds a named one."""
    if part in named:
        return None
    if isinstance(part, Not):
        return part if _kept(part.part, named, fields) == part.part else None
    if not isinstance(part, Predicate):
        return part
    said = {v for p in named if isinstance(p, Predicate) and p.field == part.field for v in p.values}
    rest = tuple(value for value in part.values if value not in said)
    if part.field in fields or not rest:
        return None if part.field in fields or part.values else part
    if rest == part.values:
        return part
    op = {"in": "eq", "not_in": "ne"}.get(part.op, part.op) if len(rest) == 1 else part.op
    return Predicate.model_validate({"field": part.field, "op": op, "values": rest})


def _changed(block: Block, queries: dict[str, Query], words: DatasetWords) -> Step:
    main = queries["main"]
    kind: Kind = block.kind  # type: ignore[assignment]  # a block that was built has a known kind
    if main.dimensions != block.queries["main"].dimensions:
        kind = "kpi_tile" if len(main.measures) == 1 else "table"
    return Step(
        op="change",
        block_id=block.id,
        kind=kind,
        title=title_of(main, words),
        template_id=block.template_id,
        queries=queries,
        props=block.props if kind == block.kind else {},
        width=block.width,
        chips=tuple(chip for chip in block.chips if _holds(chip, main)),
    )


def _holds(chip: Chip, query: Query) -> bool:
    """Whether a chip still says something that the query does."""
    tested = {name for part in parts_of(query.where) for name in _names(part)}
    if chip.op == "window":
        return query.window is not None and query.window.field == chip.field
    if chip.op in ("group", "limit", "sort"):
        return bool({"group": query.dimensions, "limit": query.limit, "sort": query.order}[chip.op])
    return chip.op in ("measure", "row_filter", "spelling", "") or chip.field in tested


def _names(where: Where) -> set[str]:
    if isinstance(where, Predicate):
        return {where.field}
    if isinstance(where, Term):
        return {where.name}
    if where.kind == "related":
        return {where.relation}
    if isinstance(where, Not):
        return _names(where.part)
    return {name for part in where.parts for name in _names(part)}


def _blocks(asked: FollowUp, blocks: tuple[Block, ...], sentence: Sentence) -> Plan | None:
    """The blocks of the kind, or with the title, that is named: one, or all where the plural is said."""
    words = {t.text for t in asked.tokens if t.is_word and not sentence.lexicon.is_stop(t.text)}
    of_kind = [b for b in blocks if b.kind in asked.kinds or (asked.kinds and _drawn(b, asked))]
    found = [b for b in of_kind or blocks if _titled(b, words)] if words else of_kind
    if not asked.kinds and not words:
        found = list(blocks)
    if not found:
        return _nothing_to_remove(blocks) if asked.kinds or not words else None
    gone = found if asked.many else [_answering(found)]
    others = [f"“{block.title}”" for block in found if block not in gone]
    told = f"“{gone[0].title}” was removed; {', '.join(others)} would fit as well."
    return Plan(steps=tuple(map(_removed, gone)), reservations=(told,) if others else ())


def _answering(found: list[Block]) -> Block:
    """Of blocks that fit, the first of the newest answer: the one that answers, not its company."""
    newest = found[-1].template_id
    at = len(found) - 1
    while at > 0 and newest is not None and found[at - 1].template_id == newest:
        at -= 1
    return found[at]


def _titled(block: Block, words: set[str]) -> bool:
    return words <= set(block.title.lower().replace(":", " ").replace(",", " ").split())


def _drawn(block: Block, asked: FollowUp) -> bool:
    """A "chart" is any drawn block."""
    return "bar_chart" in asked.kinds and block.kind in _DRAWN


def _removed(block: Block) -> Step:
    kind: Kind = block.kind  # type: ignore[assignment]  # a block that was built has a known kind
    return Step(op="remove", block_id=block.id, kind=kind, title=block.title)


def _nothing_to_remove(blocks: tuple[Block, ...]) -> Plan:
    titles = tuple(block.title for block in blocks)
    message = "Nothing on this page is what is to be removed."
    return refused((Refusal(code="not_understood", message=message, suggestions=titles),))
