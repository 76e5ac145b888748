"""Changes of a page's blocks by one viewer: edits, and its queries run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from oracle_kit.canvas.edits import Edit, apply_edits, revisions_needed, unbuilt
from oracle_kit.canvas.page_store import Also, NewRevision
from oracle_kit.errors import EditRefused
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Revision, RevisionKind, Viewer
from oracle_kit.pipeline.commit import Blocks, Complete, append_change
from oracle_kit.usecases.conflicts import conflicts_seen, hushed
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.reading import built_blocks, is_silent, run_again, titles_of
from oracle_kit.windows import Clock

_EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)


def edited(
    parts: Parts,
    page: Page,
    operations: Sequence[Edit | Mapping[str, Any]],
    viewer: Viewer,
    *,
    base: str | None,
    message: str,
    also: Also | None,
) -> Revision:
    """The revision that the operations make, all of them or none; merged per block where the base is stale."""
    edits = tuple(_edit(one, at) for at, one in enumerate(operations))
    clock, store = parts.clock(), parts.pages
    earlier = {one: store.revision(page.id, one).blocks for one in revisions_needed(edits)}
    titles = titles_of(parts.knowledge.current().words)

    def change(before: Blocks) -> Blocks:
        with hushed(edits, before, parts, viewer):
            after = apply_edits(before, edits, lambda: new_id("blk"), earlier=earlier, title_of=titles)
        return built_blocks(after, unbuilt(after, before, *earlier.values()), parts, viewer, clock)

    new = new_revision(page.id, "edit", viewer, message or _told(edits))
    complete = completing(parts, viewer, clock)
    with conflicts_seen(parts, page.id, viewer):
        return append_change(store, new, change, base=base, complete=complete, also=also)


def completing(parts: Parts, viewer: Viewer, clock: Clock) -> Complete:
    """What makes merged blocks whole under the viewer's rights."""
    return lambda blocks, ids: built_blocks(blocks, ids, parts, viewer, clock)


def refreshed(
    parts: Parts, page: Page, viewer: Viewer, *, keeping: Any
) -> tuple[Revision | None, dict[str, str]]:
    """The revision that running the queries again makes, None where nothing changed; and what changed per block.

    `keeping` is handed what changed, and gives what is written with the revision.
    """
    before = parts.pages.revision(page.id, page.head).blocks if page.head is not None else ()
    clock = parts.clock()
    fresh = {
        block.id: run_again(block, parts, viewer, clock, block.queries)
        for block in before
        if block.queries and not is_silent(block, parts, viewer)
    }
    changed = {
        block.id: reason
        for block in before
        if block.id in fresh and (reason := _what_changed(block, fresh[block.id]))
    }
    if not changed:
        return None, {}

    def change(blocks: Blocks) -> Blocks:
        return tuple(fresh[one.id] if one.id in changed else one for one in blocks)

    told = ", ".join(sorted(set(changed.values())))
    new = new_revision(page.id, "refresh", viewer, f"{len(changed)} blocks: {told} changed")
    complete = completing(parts, viewer, clock)
    made = append_change(parts.pages, new, change, base=page.head, complete=complete, also=keeping(changed))
    return made, changed


def new_revision(page_id: str, kind: RevisionKind, viewer: Viewer, message: str) -> NewRevision:
    """A revision of the viewer's, made now, its blocks still to be put in."""
    return NewRevision(
        page_id=page_id, kind=kind, blocks=(), author=viewer.id, message=message, at=wall_clock()
    )


def _edit(one: Edit | Mapping[str, Any], at: int) -> Edit:
    if not isinstance(one, Mapping):
        return one
    try:
        return _EDIT.validate_python(one)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise EditRefused(f"Operation {at + 1}: {place or 'op'}: {fault['msg']}.") from None


def _told(edits: Sequence[Edit]) -> str:
    names = dict.fromkeys(edit.op for edit in edits)
    return ", ".join(name.replace("_", " ") for name in names)


def _what_changed(before: Block, after: Block) -> str:
    """What a refresh changed of a block: permission, definition or rows; empty for nothing."""
    if before.results.keys() < after.results.keys():
        return "rows"  # they had been purged
    for name, old in before.source.queries.items():
        new = after.source.queries[name]
        if old.scopes != new.scopes:
            return "permission"
        if old.dataset_digest != new.dataset_digest:
            return "definition"
        if old.rows_digest != new.rows_digest:
            return "rows"
    return ""
