"""Follow-ups that set the newest answer beside another time or subject: "vs last year", "and the month before"."""

from __future__ import annotations

from collections.abc import Sequence

from oracle_kit.language.dates import find_windows
from oracle_kit.language.reading import Reading
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.titles import parts_of, title_of
from oracle_kit.language.tokens import Token
from oracle_kit.model import Block, Chip, Context, Plan, Refusal, Step
from oracle_kit.pipeline.plan import refused
from oracle_kit.pipeline.plan_steps import plain_step
from oracle_kit.query import Dimension, Predicate, Query, Window, conjunction
from oracle_kit.windows import same_last_year
from oracle_kit.words import DatasetWords

_OPENS = ("versus", "compare", "and")
_LINKS = ("with", "to", "against", "and", "it", "this", "that", "them")


def plan_against(sentence: Sentence, block: Block, words: DatasetWords, context: Context) -> Plan | None:
    """The block with both times or subjects side by side; None where the prompt opens otherwise, or "compare" and
    "and" begin a question of their own. What "vs" cannot be set against is refused."""
    opening = _opening(sentence)
    if opening is None:
        return None
    name, rest = opening
    query = block.queries["main"]
    if not rest or query.columns:
        return _not_beside(sentence, block) if name == "versus" else None
    if name == "and" and _says_time(sentence, rest, context):
        return None
    step = _times(sentence, rest, block, words, context)
    if step is None and name != "and":
        step = _subjects(sentence, rest, block, words, context)
    if step is not None:
        return step
    return _not_beside(sentence, block) if name == "versus" else None


def _opening(sentence: Sentence) -> tuple[str, tuple[Token, ...]] | None:
    """The operator that the prompt opens with, and the words behind it."""
    tokens = sentence.tokens
    start = tokens[0].start if tokens else -1
    said = [
        (span.end, entry.name)
        for span in sentence.candidates.spans
        for entry in span.entries
        if span.start == start and entry.kind == "operator" and entry.name in _OPENS
    ]
    if not said:
        return None
    end, name = max(said)
    rest = [token for token in tokens if token.start >= end]
    while rest and rest[0].text in _LINKS:
        rest = rest[1:]
    return name, tuple(rest)


def _says_time(sentence: Sentence, rest: Sequence[Token], context: Context) -> bool:
    text = sentence.prompt[rest[0].start :]
    return bool(find_windows(text, sentence.lexicon.tongue, context.clock))


def _times(
    sentence: Sentence, rest: Sequence[Token], block: Block, words: DatasetWords, context: Context
) -> Plan | None:
    """Both times, the block's first; the whole rest must be one time."""
    query = block.queries["main"]
    first = query.window or next(iter(query.periods), None)
    if first is None or any(d.grain for d in query.dimensions):
        return None
    text = f"{first.text} vs {sentence.prompt[rest[0].start : rest[-1].end]}"
    found = find_windows(text, sentence.lexicon.tongue, context.clock)
    if len(found) != 2 or text[found[0].end : found[1].start].split() not in (["vs"], ["vs", "the"]):
        return None
    if found[1].end < len(text.rstrip(" ?.!")):
        return None
    second, notes = found[1].window, [found[1].note] if found[1].note else []
    if _is_last_year(second) and not _is_year(first):
        notes.append(f"“{second.text}” is read as the same time a year earlier.")
        second = same_last_year(first, context.clock)
    periods = (first, second.model_copy(update={"field": first.field}))
    label = next(field.label for field in words.fields if field.name == first.field)
    chips = [_window_chip(period, label) for period in periods]
    kept = [chip for chip in block.chips if chip.op != "window"]
    changed = query.model_copy(update={"window": None, "periods": periods})
    return _planned(block, changed, [*kept, *chips], words, context, notes)


def _is_last_year(window: Window) -> bool:
    return (window.form, window.unit, window.offset, window.count) == ("calendar", "year", -1, 1)


def _is_year(window: Window) -> bool:
    return window.form in ("calendar", "to_date") and window.unit == "year"


def _window_chip(window: Window, label: str) -> Chip:
    named = {
        "id": "chip",
        "label": f"{label}: {window.text}",
        "field": window.field,
        "op": "window",
        "values": (window.text,),
    }
    return Chip.model_validate(named)


def _subjects(
    sentence: Sentence, rest: Sequence[Token], block: Block, words: DatasetWords, context: Context
) -> Plan | None:
    """Both subjects: the rest names values of a field that the block is narrowed to one value of."""
    query = block.queries["main"]
    reading = sentence.on(words, tuple(rest))
    asked = reading.query.where
    said = next((p for p in parts_of(query.where) if _same_field(p, asked)), None)
    if reading.left or not isinstance(asked, Predicate) or not isinstance(said, Predicate):
        return None
    dimensions = (Dimension(field=asked.field),)
    if query.dimensions not in ((), dimensions) or reading.query.window:
        return None
    values = tuple(dict.fromkeys((*said.values, *asked.values)))
    both = Predicate(field=asked.field, op="in", values=values)
    others = [part for part in parts_of(query.where) if part is not said]
    changed = query.model_copy(update={"where": conjunction(*others, both), "dimensions": dimensions})
    kept = [chip for chip in block.chips if chip.field != asked.field]
    names = {v.value: v.label or str(v.value) for f in words.fields if f.name == both.field for v in f.values}
    label = " or ".join(names.get(value, str(value)) for value in values)
    chip = {"id": "chip", "label": label, "field": both.field, "op": "in", "values": values}
    return _planned(block, changed, [*kept, Chip.model_validate(chip)], words, context, reading.reservations)


def _same_field(part: object, asked: object) -> bool:
    plain = isinstance(part, Predicate) and isinstance(asked, Predicate)
    return plain and part.field == asked.field and {part.op, asked.op} <= {"eq", "in"}  # type: ignore[attr-defined]


def _planned(
    block: Block,
    query: Query,
    chips: Sequence[Chip],
    words: DatasetWords,
    context: Context,
    reservations: Sequence[str],
) -> Plan:
    numbered = tuple(chip.model_copy(update={"id": f"chip_{at}"}) for at, chip in enumerate(chips, 1))
    reading = Reading(query=query, shape="comparison", title=title_of(query, words), chips=numbered)
    step = plain_step(reading, context.clock)
    changed: Step = step.model_copy(
        update={"op": "change", "block_id": block.id, "template_id": block.template_id, "width": block.width}
    )
    return Plan(steps=(changed,), reservations=tuple(reservations))


def _not_beside(sentence: Sentence, block: Block) -> Plan:
    message = f"“{block.title}” has nothing that can be set beside “{sentence.prompt.strip()}”."
    hint = "Ask for both in one prompt, such as “compare this month and last month”."
    return refused((Refusal(code="not_understood", message=message, suggestions=(hint,)),))
