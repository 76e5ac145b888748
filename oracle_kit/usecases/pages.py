"""Pages under a viewer's rights: list, create, read, change, edit, refresh, history, explain, replay, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from oracle_kit.canvas.edits import Edit
from oracle_kit.canvas.export import export_page
from oracle_kit.canvas.purge import Purged
from oracle_kit.canvas.revision_names import RevisionName
from oracle_kit.errors import NotFound, Refused, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.model import Block, Page, Revision, Viewer, json_ready
from oracle_kit.pipeline.replay import Replay, replay
from oracle_kit.query import Value
from oracle_kit.state.feed import Subscription
from oracle_kit.usecases.audited import audited
from oracle_kit.usecases.changes import edited, refreshed
from oracle_kit.usecases.importing import imported
from oracle_kit.usecases.page_access import editable, new_page, owned, readable
from oracle_kit.usecases.page_history import Differences, differences, forked, graph_of, rolled_back
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.provenance import clock_of, provenance_of
from oracle_kit.usecases.reading import seen_revision
from oracle_kit.usecases.repeats import Keeping, done_once

OWNERS_ONLY = ("viewers", "editors", "visibility", "archived")


class Refreshed(Value):
    """What a refresh came to: the revision it made (None where nothing changed) and what changed per block."""

    revision: Revision | None
    changed: dict[str, str]  # block id: rows, definition or permission


class Pages:
    """The pages of one workbench.

    Where a method takes an idempotency `key`, the same key from the same viewer does the thing once and gives what
    came of it again; KeyReused where it came with another payload.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def create(self, title: str, *, viewer: Viewer, key: str | None = None) -> Page:
        """A new, empty page that the viewer owns."""
        require(viewer, "edit_pages")

        def do(keeping: Keeping) -> tuple[Page, Callable[[], Any]]:
            page = self._parts.pages.create(new_page(title, viewer), also=keeping(lambda one: one.id))
            return page, lambda: page.id

        def again(receipt: Any) -> Page:
            return self.read(receipt, viewer=viewer)

        return done_once(self._parts, viewer, key, ["create_page", title], do, again)

    def import_page(
        self,
        definition: Mapping[str, Any] | str,
        *,
        viewer: Viewer,
        title: str | None = None,
        key: str | None = None,
    ) -> Page:
        """A new page of the viewer's from an export as JSON (text or parsed), each block marked as imported.

        Nothing of the file is trusted: its queries run now under the viewer's rights. Refused, by the block's place,
        for what is not valid; then nothing is kept.
        """
        require(viewer, "edit_pages")

        def do(keeping: Keeping) -> tuple[Page, Callable[[], Any]]:
            made = imported(
                self._parts,
                definition,
                viewer,
                title=title,
                keeping=lambda page: keeping(lambda _: page.id),
            )
            return made, lambda: made.id

        def again(receipt: Any) -> Page:
            return self.read(receipt, viewer=viewer)

        return done_once(self._parts, viewer, key, ["import_page", definition, title], do, again)

    def list(
        self, *, viewer: Viewer, archived: bool = False, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Page, ...], str | None]:
        """The pages that the viewer owns or shares, newest change first, and the cursor of what follows.

        `archived`: those that were put away instead.
        """
        require(viewer, "read_pages")
        team = viewer.attributes.get("team")
        return self._parts.pages.pages(
            reader=viewer.id,
            team=str(team) if team is not None else None,
            archived=archived,
            limit=limit,
            cursor=cursor,
        )

    def read(self, page_id: str, *, viewer: Viewer) -> Page:
        """The page; NotFound where it is not there for this viewer."""
        require(viewer, "read_pages")
        return readable(self._parts.pages, page_id, viewer)

    def revision(self, page_id: str, revision_id: str | None = None, *, viewer: Viewer) -> Revision:
        """One revision (None: the head) with its blocks and plan as the viewer may see them."""
        self.read(page_id, viewer=viewer)
        return seen_revision(self._parts.pages.revision(page_id, revision_id), self._parts, viewer)

    def revisions(
        self, page_id: str, *, viewer: Viewer, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Revision, ...], str | None]:
        """The page's history, newest first, without blocks, and the cursor of what follows."""
        self.read(page_id, viewer=viewer)
        return self._parts.pages.revisions(page_id, limit=limit, cursor=cursor)

    def graph(self, page_id: str, *, viewer: Viewer, limit: int = 200) -> tuple[Revision, ...]:
        """The page's history with what was merged into it, each before its parents, without blocks.

        Of another page's revisions those of pages that the viewer may read.
        """
        return graph_of(self._parts, self.read(page_id, viewer=viewer), viewer, limit)

    def change(
        self, page_id: str, *, viewer: Viewer, unchanged_since: datetime | None = None, **fields: Any
    ) -> Page:
        """The page with another title (its editors), members, visibility or archived mark (its owner)."""
        check = owned if any(name in OWNERS_ONLY for name in fields) else editable
        check(self._parts.pages, page_id, viewer)
        write = audited(viewer, "change_page", page_id, lambda _: json_ready(fields))
        return self._parts.pages.change(page_id, unchanged_since=unchanged_since, also=write, **fields)

    def edit(
        self,
        page_id: str,
        operations: Sequence[Edit | Mapping[str, Any]],
        *,
        viewer: Viewer,
        base_revision: str | None = None,
        message: str = "",
        key: str | None = None,
    ) -> Revision:
        """The revision that the operations make, all of them or none; merged per block where the base is stale."""
        require(viewer, "edit_pages")
        page = editable(self._parts.pages, page_id, viewer)
        payload = ["edit", page_id, json_ready(list(operations)), base_revision, message]

        def do(keeping: Keeping) -> tuple[Revision, Callable[[], Any]]:
            also = keeping(lambda one: one.id)
            made = edited(
                self._parts, page, operations, viewer, base=base_revision, message=message, also=also
            )
            return seen_revision(made, self._parts, viewer), lambda: made.id

        def again(receipt: Any) -> Revision:
            return self.revision(page_id, receipt, viewer=viewer)

        return done_once(self._parts, viewer, key, payload, do, again)

    def refresh(self, page_id: str, *, viewer: Viewer, key: str | None = None) -> Refreshed:
        """The page's queries run again under the viewer's rights; a revision only where something changed."""
        require(viewer, "edit_pages")
        page = editable(self._parts.pages, page_id, viewer)

        def do(keeping: Keeping) -> tuple[Refreshed, Callable[[], Any]]:
            made, changed = refreshed(
                self._parts, page, viewer, keeping=lambda what: keeping(lambda one: [one.id, what])
            )
            seen = seen_revision(made, self._parts, viewer) if made is not None else None
            return Refreshed(revision=seen, changed=changed), lambda: [made.id if made else None, changed]

        def again(receipt: Any) -> Refreshed:
            made, changed = receipt
            seen = self.revision(page_id, made, viewer=viewer) if made is not None else None
            return Refreshed(revision=seen, changed=changed)

        return done_once(self._parts, viewer, key, ["refresh", page_id], do, again)

    def fork(
        self,
        page_id: str,
        *,
        viewer: Viewer,
        revision_id: str | None = None,
        title: str | None = None,
        message: str = "",
        key: str | None = None,
    ) -> Page:
        """A page of the viewer's own that shares this one's history up to a revision (None: the head)."""
        require(viewer, "fork")
        page = self.read(page_id, viewer=viewer)

        def do(keeping: Keeping) -> tuple[Page, Callable[[], Any]]:
            made = forked(
                self._parts,
                page,
                viewer,
                revision_id=revision_id,
                title=title,
                message=message,
                also=keeping(lambda one: one.id),
            )
            return made, lambda: made.id

        def again(receipt: Any) -> Page:
            return self.read(receipt, viewer=viewer)

        payload = ["fork", page_id, revision_id, title, message]
        return done_once(self._parts, viewer, key, payload, do, again)

    def rollback(
        self,
        page_id: str,
        revision_id: str,
        *,
        viewer: Viewer,
        base_revision: str | None = None,
        message: str = "",
        key: str | None = None,
    ) -> Revision:
        """A new revision with the blocks of an earlier one; nothing is lost.

        With a `base_revision`, only where that is still the head: StaleRevision otherwise.
        """
        require(viewer, "edit_pages")
        page = editable(self._parts.pages, page_id, viewer)

        def do(keeping: Keeping) -> tuple[Revision, Callable[[], Any]]:
            also = keeping(lambda one: one.id)
            made = rolled_back(
                self._parts, page, viewer, revision_id, base=base_revision, message=message, also=also
            )
            return seen_revision(made, self._parts, viewer), lambda: made.id

        def again(receipt: Any) -> Revision:
            return self.revision(page_id, receipt, viewer=viewer)

        payload = ["rollback", page_id, revision_id, base_revision, message]
        return done_once(self._parts, viewer, key, payload, do, again)

    def diff(
        self, page_id: str, a: str | None = None, b: str | None = None, *, viewer: Viewer
    ) -> Differences:
        """What differs between two revisions, by block and part, as far as the viewer may see them.

        `b` None: the head; `a` None: what `b` was made on.
        """
        return differences(self._parts, self.read(page_id, viewer=viewer), viewer, a, b)

    def name_revision(self, page_id: str, revision_id: str, name: str, *, viewer: Viewer) -> RevisionName:
        """A name for a revision, such as "March review"; Refused where another revision has it."""
        page = editable(self._parts.pages, page_id, viewer)
        write = audited(viewer, "name_revision", page.id, lambda one: {"revision": one.revision_id})
        return self._parts.pages.name_revision(
            page.id, revision_id, name, author=viewer.id, at=wall_clock(), also=write
        )

    def unname_revision(self, page_id: str, name: str, *, viewer: Viewer) -> None:
        """The name is free again; NotFound where the page has none such."""
        page = editable(self._parts.pages, page_id, viewer)
        write = audited(viewer, "unname_revision", page.id, lambda one: {"revision": one.revision_id})
        self._parts.pages.unname_revision(page.id, name, also=write)

    def revision_names(self, page_id: str, *, viewer: Viewer) -> tuple[RevisionName, ...]:
        """The page's named revisions, by name."""
        return self._parts.pages.revision_names(self.read(page_id, viewer=viewer).id)

    def find_revision(self, page_id: str, word: str, *, viewer: Viewer) -> str:
        """The id of the revision that a person means by its id, number or name; NotFound with the nearest name."""
        return self._parts.pages.find_revision(self.read(page_id, viewer=viewer).id, word)

    def purge(self, page_id: str, *, viewer: Viewer) -> Purged:
        """What an admin emptied of the rows of an archived page, for good; the history and its hashes stay.

        Rows that another page holds too stay with that page.
        """
        require(viewer, "administer")
        page = self.read(page_id, viewer=viewer)
        write = audited(viewer, "purge_page", page.id, lambda purged: purged.model_dump())
        return self._parts.pages.purge(page.id, also=write)

    def provenance(
        self, page_id: str, block_id: str, *, viewer: Viewer, revision_id: str | None = None
    ) -> dict[str, Any]:
        """Where a block's numbers came from, with the SQL and parameters that run for this viewer."""
        return provenance_of(self._block(page_id, block_id, viewer, revision_id), self._parts, viewer)

    def replay(
        self, page_id: str, block_id: str, *, viewer: Viewer, revision_id: str | None = None
    ) -> tuple[Replay, ...]:
        """The block's queries run again at the stored as_of under the viewer's rights, and compared."""
        require(viewer, "prompt")
        block = self._block(page_id, block_id, viewer, revision_id)
        return replay(block, self._parts.catalog, self._parts.warehouse, viewer, clock_of(block, self._parts))

    def export(self, page_id: str, form: str, *, viewer: Viewer, revision_id: str | None = None) -> str:
        """The page in one of the export forms, with what this viewer may see."""
        page = self.read(page_id, viewer=viewer)
        if page.head is None:
            raise Refused("The page has no revision to export yet.", hint="Ask something on it first.")
        return export_page(page, self.revision(page_id, revision_id, viewer=viewer), form, self._parts.kinds)

    def watch(
        self, page_id: str, *, viewer: Viewer, size: int = 100, wake: Callable[[], None] | None = None
    ) -> Subscription:
        """What is committed to the page from now on; `wake` is called, from another thread, when there is something."""
        self.read(page_id, viewer=viewer)
        return self._parts.state.feed.subscribe(page_id, size, wake=wake)

    def _block(self, page_id: str, block_id: str, viewer: Viewer, revision_id: str | None) -> Block:
        blocks = self.revision(page_id, revision_id, viewer=viewer).blocks
        for block in blocks:
            if block.id == block_id:
                return block
        hint = did_you_mean(block_id, [block.id for block in blocks])
        raise NotFound(f"There is no block {block_id} on this page.", hint=hint)
