"""Edits applied to the blocks of a page: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from oracle_kit.canvas.edit_blocks import PageInWork
from oracle_kit.canvas.edit_values import (
    MOST_EDITS,
    AddNote,
    Duplicate,
    Edit,
    EditNote,
    Move,
    Pin,
    Remove,
    RemoveChip,
    Resize,
    Restore,
    Retitle,
    SetChip,
    SetFilter,
    SetGroup,
    SetKind,
    SetWindow,
    Unpin,
)
from oracle_kit.canvas.parts import fields_of, same
from oracle_kit.errors import EditRefused
from oracle_kit.model import Block

__all__ = [
    "AddNote",
    "Duplicate",
    "Edit",
    "EditNote",
    "Move",
    "Pin",
    "Remove",
    "RemoveChip",
    "Resize",
    "Restore",
    "Retitle",
    "SetChip",
    "SetFilter",
    "SetGroup",
    "SetKind",
    "SetWindow",
    "Unpin",
    "apply_edits",
    "revisions_needed",
    "unbuilt",
    "unread",
]
Earlier = Mapping[str, Sequence[Block]]  # revision id: its blocks


def apply_edits(
    blocks: Sequence[Block],
    edits: Sequence[Edit],
    new_id: Callable[[], str],
    *,
    earlier: Earlier | None = None,
    title_of: Callable[[Block], str] | None = None,
) -> tuple[Block, ...]:
    """The blocks with all edits done, in their order.

    `earlier` has the blocks of the revisions that `revisions_needed` names; `title_of` says the title that goes with a
    block's queries, for blocks that still had it. A block whose queries changed comes without their rows (`unread`)
    and, like one of another kind, must be built again (`unbuilt`). EditRefused names the operation by its place (from
    1) and the reason: one that cannot be done, or that contradicts an earlier one of the same request.
    """
    if not edits:
        raise EditRefused("There is no operation to apply.", hint="Send at least one.")
    if len(edits) > MOST_EDITS:
        raise EditRefused(
            f"{len(edits)} operations are more than the {MOST_EDITS} that one request may hold.",
            hint="Send them in several requests.",
        )
    page = PageInWork(blocks, new_id, earlier or {}, title_of)
    for place, edit in enumerate(edits, 1):
        try:
            page.apply(place, edit)
        except EditRefused as error:
            raise EditRefused(
                f"Operation {place} ({edit.op}): {error.message}",
                hint=error.hint,
                operation=place,
                op=edit.op,
            ) from None
    return page.blocks()


def revisions_needed(edits: Iterable[Edit]) -> tuple[str, ...]:
    """The ids of the earlier revisions that these edits restore blocks from."""
    return tuple(dict.fromkeys(edit.revision_id for edit in edits if isinstance(edit, Restore)))


def unread(block: Block) -> tuple[str, ...]:
    """The names of the block's queries whose rows are to be read before it is committed."""
    return tuple(name for name in block.queries if name not in block.results)


def unbuilt(blocks: Iterable[Block], *sides: Sequence[Block]) -> tuple[str, ...]:
    """The ids of the blocks that are to be built again, once their rows are read, before they are committed.

    `sides` are the states of the page that they came from: a block needs no building where one of them has it with the
    same kind, props, queries and rows.
    """
    built = [{block.id: block for block in side} for side in sides]
    fields = (*fields_of("props"), *fields_of("query"), "results")
    return tuple(
        block.id
        for block in blocks
        if unread(block)
        or (
            block.queries and not any(block.id in one and same(block, one[block.id], fields) for one in built)
        )
    )
