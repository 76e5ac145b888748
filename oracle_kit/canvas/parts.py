"""The parts of a block that change on their own: what edits set, what a diff names, what a merge decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from oracle_kit.model import Block, json_ready

Part = Literal["presence", "order", "title", "width", "pin", "query", "props"]
CONTENT: tuple[Part, ...] = ("title", "width", "pin", "query", "props")
_FIELDS: dict[Part, tuple[str, ...]] = {
    "title": ("title",),
    "width": ("width",),
    "pin": ("pinned",),
    "query": ("queries", "chips", "template_id", "suggestion"),
    "props": ("kind", "props"),
}
MOST_CALLED = 60  # characters of a note
DATA = ("results", "source", "withheld")  # the rows and where they came from: they follow the query


def fields_of(part: Part) -> tuple[str, ...]:
    """The fields of a block that make up a part of its content."""
    return _FIELDS[part]


def same(one: Block, other: Block, fields: Sequence[str]) -> bool:
    """Whether two blocks have equal values in these fields."""
    return one is other or all(_equal(getattr(one, name), getattr(other, name)) for name in fields)


def changed_parts(before: Block, after: Block) -> tuple[Part, ...]:
    """The parts of the content that differ."""
    if before is after:
        return ()
    return tuple(part for part in CONTENT if not same(before, after, _FIELDS[part]))


def shown(block: Block, part: Part) -> Any:
    """A part as a reader may see it, in plain JSON types: never a value of the rows."""
    if part == "query":
        queries = {name: json_ready(query) for name, query in block.queries.items()}
        return {"chips": [chip.label for chip in block.chips], "queries": queries}
    if part == "props":
        return {"kind": block.kind, **({"text": block.props.get("text")} if is_note(block) else {})}
    return json_ready(getattr(block, _FIELDS[part][0]))


def called(block: Block) -> str:
    """What a person calls the block: its title or, of a note without one, how it begins."""
    if block.title or not is_note(block):
        return block.title
    line = " ".join(str(block.props.get("text", "")).split())
    return line if len(line) <= MOST_CALLED else f"{line[: MOST_CALLED - 1]}…"


def is_note(block: Block) -> bool:
    """Whether a person wrote the block's text, from no rows."""
    return block.kind == "text" and block.source.written_by == "person" and not block.source.queries


def _equal(one: Any, other: Any) -> bool:
    return one is other or bool(one == other)
