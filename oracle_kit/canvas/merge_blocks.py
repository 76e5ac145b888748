"""Merging one block that both sides have: part by part, and rows never mixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from oracle_kit.canvas.parts import CONTENT, DATA, Part, changed_parts, fields_of, same
from oracle_kit.model import Block
from oracle_kit.query import digest

Taken = Literal["keep", "ours", "theirs", "either", "conflict"]


def touched(before: Block, after: Block) -> bool:
    """Whether any part of the content differs."""
    return bool(changed_parts(before, after))


def part_actions(was: Block | None, our: Block, their: Block) -> Iterator[tuple[Part, Taken]]:
    """Who decides on each part that somebody changed; without a `was`, both sides added the block."""
    for part in CONTENT:
        fields = fields_of(part)
        if was is not None and our is was and their is was:
            return
        by_us = was is None or not same(was, our, fields)
        by_them = was is None or not same(was, their, fields)
        if by_us and by_them:
            alike = same(our, their, fields)
            if was is not None or not alike:
                yield part, "either" if alike else _both(part, was, our, their)
        elif by_us or by_them:
            yield part, "ours" if by_us else "theirs"


def merged_block(was: Block | None, our: Block, their: Block, actions: Mapping[Part, Taken]) -> Block:
    """The block with each part from the side that decides on it, and the rows of the side whose queries it takes."""
    sources = {"ours": our, "theirs": their, "either": our, "keep": was or our}
    changes: dict[str, Any] = {}
    for part, action in actions.items():
        if part in CONTENT and sources[action] is not our:
            changes |= {name: getattr(sources[action], name) for name in fields_of(part)}
    rows = (
        sources[actions["query"]] if actions.get("query", "either") != "either" else _rows_of(was, our, their)
    )
    if rows is not our:
        changes |= {name: getattr(rows, name) for name in DATA}
    return our.model_copy(update=changes) if changes else our


def _both(part: Part, was: Block | None, our: Block, their: Block) -> Taken:
    """Both changed the part differently: a conflict, but for props that only followed a new query.

    Props name columns of the rows, so that a block whose query changes is built again with other props. Where one
    side did so and the other chose how to show it, the choice stands, and the block is built again.
    """
    if part != "props" or was is None:
        return "conflict"
    our_followed = our.kind == was.kind and not same(was, our, fields_of("query"))
    their_followed = their.kind == was.kind and not same(was, their, fields_of("query"))
    if our_followed == their_followed:
        return "conflict"
    return "theirs" if our_followed else "ours"


def _rows_of(was: Block | None, our: Block, their: Block) -> Block:
    """The side whose rows a block takes where both have the same queries: who read them again, the newer of two."""
    if was is not None and same(was, their, DATA):
        return our
    if was is not None and same(was, our, DATA):
        return their
    return max(our, their, key=_freshness)


def _freshness(block: Block) -> tuple[bool, datetime, str]:
    """Complete rows first, then by the time they were read at; the digest makes the choice the same from both sides."""
    newest = max((rows.as_of for rows in block.results.values()), default=datetime.min)
    complete = block.queries.keys() <= block.results.keys()
    return complete, newest, digest([block.model_dump(mode="json", include=set(DATA))])
