"""Pages under a viewer's rights: list, create, read, change, edit, refresh, explain, replay, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from oracle_kit.canvas.edits import Edit, apply_edits, revisions_needed, unbuilt, unread
from oracle_kit.canvas.export import export_page
from oracle_kit.canvas.page_store import NewRevision
from oracle_kit.errors import EditRefused, NotFound, Refused, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Revision, Viewer, json_ready
from oracle_kit.pipeline.commit import append_change
from oracle_kit.pipeline.replay import Replay, explained, replay
from oracle_kit.query import Value
from oracle_kit.usecases.page_access import editable, owned, readable
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.reading import run_again, seen_blocks, titles_of, with_results
from oracle_kit.windows import Clock

_EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
OWNERS_ONLY = ("viewers", "editors", "visibility", "archived")


class Refreshed(Value):
    """What a refresh came to: the revision it made (None where nothing changed) and what changed per block."""

    revision: Revision | None
    changed: dict[str, str]  # block id: rows, definition or permission


class Pages:
    """The pages of one workbench."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def create(self, title: str, *, viewer: Viewer) -> Page:
        """A new, empty page that the viewer owns."""
        require(viewer, "edit_pages")
        team = viewer.attributes.get("team")
        now = wall_clock()
        page = Page(
            id=new_id("page"),
            title=title.strip() or "Untitled",
            owner=viewer.id,
            team=str(team) if team is not None else None,
            created_at=now,
            updated_at=now,
        )
        return self._parts.pages.create(page)

    def list(
        self, *, viewer: Viewer, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Page, ...], str | None]:
        """The pages that the viewer owns or shares, newest change first, and the cursor of what follows."""
        require(viewer, "read_pages")
        team = viewer.attributes.get("team")
        return self._parts.pages.pages(
            reader=viewer.id, team=str(team) if team is not None else None, limit=limit, cursor=cursor
        )

    def read(self, page_id: str, *, viewer: Viewer) -> Page:
        """The page; NotFound where it is not there for this viewer."""
        require(viewer, "read_pages")
        return readable(self._parts.pages, page_id, viewer)

    def revision(self, page_id: str, revision_id: str | None = None, *, viewer: Viewer) -> Revision:
        """One revision (None: the head) with its blocks as the viewer may see them."""
        self.read(page_id, viewer=viewer)
        stored = self._parts.pages.revision(page_id, revision_id)
        return stored.model_copy(update={"blocks": seen_blocks(stored.blocks, self._parts, viewer)})

    def revisions(
        self, page_id: str, *, viewer: Viewer, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Revision, ...], str | None]:
        """The page's history, newest first, without blocks, and the cursor of what follows."""
        self.read(page_id, viewer=viewer)
        return self._parts.pages.revisions(page_id, limit=limit, cursor=cursor)

    def change(
        self, page_id: str, *, viewer: Viewer, unchanged_since: datetime | None = None, **fields: Any
    ) -> Page:
        """The page with another title (its editors), members, visibility or archived mark (its owner)."""
        check = owned if any(name in OWNERS_ONLY for name in fields) else editable
        check(self._parts.pages, page_id, viewer)
        return self._parts.pages.change(page_id, unchanged_since=unchanged_since, **fields)

    def edit(
        self,
        page_id: str,
        operations: Sequence[Edit | Mapping[str, Any]],
        *,
        viewer: Viewer,
        base_revision: str | None = None,
        message: str = "",
    ) -> Revision:
        """The revision that the operations make, all of them or none; merged per block where the base is stale."""
        require(viewer, "edit_pages")
        editable(self._parts.pages, page_id, viewer)
        edits = tuple(_edit(one, at) for at, one in enumerate(operations))
        clock = self._parts.clock()
        store = self._parts.pages
        earlier = {one: store.revision(page_id, one).blocks for one in revisions_needed(edits)}
        titles = titles_of(self._parts.knowledge.current().words)

        def change(before: tuple[Block, ...]) -> tuple[Block, ...]:
            edited = apply_edits(before, edits, lambda: new_id("blk"), earlier=earlier, title_of=titles)
            anew = frozenset(unbuilt(edited, before, *earlier.values()))
            return tuple(self._built(one, viewer, clock) if one.id in anew else one for one in edited)

        new = self._new(page_id, "edit", viewer, message or _told(edits))
        revision = append_change(self._parts.pages, new, change, base=base_revision)
        return revision.model_copy(update={"blocks": seen_blocks(revision.blocks, self._parts, viewer)})

    def refresh(self, page_id: str, *, viewer: Viewer) -> Refreshed:
        """The page's queries run again under the viewer's rights; a revision only where something changed."""
        require(viewer, "edit_pages")
        page = editable(self._parts.pages, page_id, viewer)
        if page.head is None:
            return Refreshed(revision=None, changed={})
        before = self._parts.pages.revision(page_id, page.head)
        clock = self._parts.clock()
        fresh = {
            block.id: run_again(block, self._parts, viewer, clock, block.queries)
            for block in before.blocks
            if block.queries
        }
        changed = {
            block.id: reason
            for block in before.blocks
            if block.id in fresh and (reason := _what_changed(block, fresh[block.id]))
        }
        if not changed:
            return Refreshed(revision=None, changed={})

        def change(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
            return tuple(fresh[one.id] if one.id in changed else one for one in blocks)

        told = ", ".join(sorted(set(changed.values())))
        new = self._new(page_id, "refresh", viewer, f"{len(changed)} blocks: {told} changed")
        revision = append_change(self._parts.pages, new, change, base=page.head)
        shown = seen_blocks(revision.blocks, self._parts, viewer)
        return Refreshed(revision=revision.model_copy(update={"blocks": shown}), changed=changed)

    def provenance(
        self, page_id: str, block_id: str, *, viewer: Viewer, revision_id: str | None = None
    ) -> dict[str, Any]:
        """Where a block's numbers came from, with the SQL and parameters that run for this viewer."""
        block = self._block(page_id, block_id, viewer, revision_id)
        clock = self._then(block)
        sql = explained(block.queries, self._parts.catalog, viewer, clock, self._parts.warehouse.dialect)
        told: dict[str, Any] = {
            "block_id": block.id,
            "title": block.title,
            "source": json_ready(block.source),
            "chips": json_ready(block.chips),
            "withheld": block.withheld,
            "queries": {
                name: {"query": json_ready(query), **sql[name]} for name, query in block.queries.items()
            },
        }
        return told

    def replay(
        self, page_id: str, block_id: str, *, viewer: Viewer, revision_id: str | None = None
    ) -> tuple[Replay, ...]:
        """The block's queries run again at the stored as_of under the viewer's rights, and compared."""
        block = self._block(page_id, block_id, viewer, revision_id)
        return replay(block, self._parts.catalog, self._parts.warehouse, viewer, self._then(block))

    def export(self, page_id: str, form: str, *, viewer: Viewer, revision_id: str | None = None) -> str:
        """The page in one of the export forms, with what this viewer may see."""
        page = self.read(page_id, viewer=viewer)
        if page.head is None:
            raise Refused("The page has no revision to export yet.", hint="Ask something on it first.")
        return export_page(page, self.revision(page_id, revision_id, viewer=viewer), form, self._parts.kinds)

    def _block(self, page_id: str, block_id: str, viewer: Viewer, revision_id: str | None) -> Block:
        blocks = self.revision(page_id, revision_id, viewer=viewer).blocks
        for block in blocks:
            if block.id == block_id:
                return block
        hint = did_you_mean(block_id, [block.id for block in blocks])
        raise NotFound(f"There is no block {block_id} on this page.", hint=hint)

    def _then(self, block: Block) -> Clock:
        """The clock with the as_of that the block was read at."""
        clock = self._parts.clock()
        as_of = next((one.as_of for one in block.source.queries.values()), clock.now)
        return clock.model_copy(update={"now": as_of})

    def _built(self, block: Block, viewer: Viewer, clock: Clock) -> Block:
        names = unread(block)
        if names:
            return run_again(block, self._parts, viewer, clock, names)
        return with_results(block, {}, self._parts)

    def _new(self, page_id: str, kind: Any, viewer: Viewer, message: str) -> NewRevision:
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
    for name, old in before.source.queries.items():
        new = after.source.queries[name]
        if old.scopes != new.scopes:
            return "permission"
        if old.dataset_digest != new.dataset_digest:
            return "definition"
        if old.rows_digest != new.rows_digest:
            return "rows"
    return ""
