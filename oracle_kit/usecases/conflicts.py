"""Refusals that tell of blocks, as one viewer may hear them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from oracle_kit.canvas.edits import Edit
from oracle_kit.canvas.merge_request import MergeRequest
from oracle_kit.canvas.merge_seen import decisions_seen
from oracle_kit.errors import EditRefused, StaleRevision
from oracle_kit.model import Block, Viewer
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.reading import SILENT, is_silent, shown_blocks

MOVED_ON = "The page moved on in the same place."


@contextmanager
def conflicts_seen(parts: Parts, page_id: str, viewer: Viewer) -> Iterator[None]:
    """StaleRevision raised within comes out without what is kept from the viewer of the page's blocks.

    The side that the viewer sent is theirs to see; of a block that names rows which they may not see, nothing is said.
    """
    try:
        yield
    except StaleRevision as error:
        conflicts = error.details.get("conflicts")
        head = error.details.get("head")
        if not conflicts or head is None:
            raise
        hidden = _silent(parts.pages.revision(page_id, head).blocks, parts, viewer)
        if not any(one["block"] in hidden for one in conflicts):
            raise
        told = [_without(one) if one["block"] in hidden else one for one in conflicts]
        raise StaleRevision(MOVED_ON, hint=error.hint, conflicts=told, head=head) from None


@contextmanager
def hushed(edits: Sequence[Edit], blocks: Sequence[Block], parts: Parts, viewer: Viewer) -> Iterator[None]:
    """EditRefused raised within says nothing of a block that names rows which the viewer may not see."""
    try:
        yield
    except EditRefused as error:
        place = error.details.get("operation")
        edit = edits[place - 1] if place is not None else None
        hidden = _silent(blocks, parts, viewer)
        if edit is None or getattr(edit, "block_id", None) not in hidden:
            raise
        raise EditRefused(
            f"Operation {place} ({edit.op}): it cannot be done to a block that is withheld from you.",
            operation=place,
            op=edit.op,
        ) from None


def request_seen(request: MergeRequest, parts: Parts, viewer: Viewer) -> MergeRequest:
    """The merge request, its decisions with what the viewer may see of the three sides."""
    sides = (request.base, request.target_head, request.source_head)  # base, ours, theirs
    base, ours, theirs = (shown_blocks(parts.pages.any_revision(one).blocks, parts, viewer) for one in sides)
    return request.model_copy(update={"decisions": decisions_seen(request.decisions, (base, ours, theirs))})


def _silent(blocks: Sequence[Block], parts: Parts, viewer: Viewer) -> frozenset[str]:
    return frozenset(block.id for block in blocks if is_silent(block, parts, viewer))


def _without(conflict: dict[str, Any]) -> dict[str, Any]:
    return {**conflict, "title": SILENT, "base": None, "ours": None, "theirs": None}
