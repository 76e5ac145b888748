"""What differs between two states of a page, by block and part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from oracle_kit.canvas.merge_order import moved
from oracle_kit.canvas.parts import DATA, Part, called, changed_parts, same, shown
from oracle_kit.model import Block
from oracle_kit.query import Value


class PartChange(Value):
    """One part of a block, before and after, in plain JSON types; of rows their number and as_of only."""

    part: Part | Literal["rows"]
    before: Any = None
    after: Any = None


class BlockChange(Value):
    """What became of one block; `parts` for one that stayed and changed."""

    block: str
    title: str
    kind: str
    change: Literal["added", "removed", "changed"]
    parts: tuple[PartChange, ...] = ()


def diff(before: Sequence[Block], after: Sequence[Block]) -> tuple[BlockChange, ...]:
    """The blocks that differ, in the order of the page after, then those that were removed."""
    old = {block.id: block for block in before}
    new = {block.id: block for block in after}
    shifted = moved(tuple(old), tuple(new))
    places = {block: (at, tuple(old).index(block)) for at, block in enumerate(new) if block in shifted}
    changes = [_change(old.get(block.id), block, places.get(block.id)) for block in after]
    removed = [_whole(block, "removed") for block in before if block.id not in new]
    return tuple(change for change in (*changes, *removed) if change is not None)


def _change(old: Block | None, new: Block, places: tuple[int, int] | None) -> BlockChange | None:
    if old is None:
        return _whole(new, "added")
    parts = [
        PartChange(part=part, before=shown(old, part), after=shown(new, part))
        for part in changed_parts(old, new)
    ]
    if places is not None:
        parts.append(PartChange(part="order", before=places[1], after=places[0]))
    if not same(old, new, DATA):
        parts.append(PartChange(part="rows", before=_rows(old), after=_rows(new)))
    if not parts:
        return None
    return BlockChange(block=new.id, title=called(new), kind=new.kind, change="changed", parts=tuple(parts))


def _whole(block: Block, change: Literal["added", "removed"]) -> BlockChange:
    return BlockChange(block=block.id, title=called(block), kind=block.kind, change=change)


def _rows(block: Block) -> Any:
    """How many rows each query has and when they were read; None where they are withheld."""
    if block.withheld is not None:
        return None
    return {
        name: {"rows": len(rows.rows), "as_of": rows.as_of.isoformat()}
        for name, rows in block.results.items()
    }
