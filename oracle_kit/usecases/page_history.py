"""A page's history under one viewer's rights: forks, rollbacks, differences."""

from __future__ import annotations

from oracle_kit.canvas.diff import BlockChange, diff
from oracle_kit.canvas.diff_text import diff_text
from oracle_kit.canvas.page_store import Also, AlsoPage
from oracle_kit.errors import Conflict, Refused, StaleRevision
from oracle_kit.model import Page, Revision, Viewer
from oracle_kit.pipeline.commit import MOST_TRIES
from oracle_kit.query import Value
from oracle_kit.usecases.audited import audited
from oracle_kit.usecases.changes import new_revision
from oracle_kit.usecases.page_access import may_read, new_page
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.reading import shown_blocks


class Differences(Value):
    """What differs between two revisions, by block and part; `before` None: before there was anything."""

    before: str | None
    after: str
    changes: tuple[BlockChange, ...]

    def __str__(self) -> str:
        """A line per block and part, for a person."""
        return diff_text(self.changes).plain


def forked(
    parts: Parts,
    page: Page,
    viewer: Viewer,
    *,
    revision_id: str | None,
    title: str | None,
    message: str,
    also: AlsoPage | None,
) -> Page:
    """A page of the viewer's own that shares the history up to the revision (None: the head)."""
    origin = parts.pages.revision(page.id, revision_id)
    fork = new_page(title or f"Fork of {page.title}", viewer)
    told = message or f"Fork of revision {origin.number}"
    write = audited(
        viewer, "fork", fork.id, lambda made: {"of": [page.id, origin.id], "revision": made.head}, also
    )
    return parts.pages.fork(fork, of=origin.id, author=viewer.id, at=wall_clock(), message=told, also=write)


def rolled_back(
    parts: Parts,
    page: Page,
    viewer: Viewer,
    revision_id: str,
    *,
    base: str | None,
    message: str,
    also: Also | None,
) -> Revision:
    """A new head with the blocks of an earlier revision, as they were read then.

    With a `base`, only where that is still the head: StaleRevision otherwise. Refused where it is the head already, or
    its rows were purged.
    """
    old = parts.pages.revision(page.id, revision_id)
    if old.id == page.head:
        raise Refused(f"Revision {old.number} is the newest already.", hint="Name an earlier one.")
    if any(block.withheld is not None for block in old.blocks):
        raise Refused(f"The rows of revision {old.number} were purged.", hint="Name a later one.")
    told = message or f"Back to revision {old.number}"
    new = new_revision(page.id, "rollback", viewer, told).model_copy(
        update={"blocks": old.blocks, "mode": old.mode}
    )
    write = audited(viewer, "rollback", page.id, lambda made: {"to": old.id, "revision": made.id}, also)
    for _ in range(MOST_TRIES):  # the head itself is not read: it may be what is damaged
        try:
            on_head = base or parts.pages.page(page.id).head
            return parts.pages.append(new, on_head=on_head, also=write)
        except StaleRevision:
            if base is not None:
                raise
    raise Conflict("The page changes faster than this rollback can be made.", hint="Try again.")


def differences(
    parts: Parts, page: Page, viewer: Viewer, before: str | None, after: str | None
) -> Differences:
    """What differs between two revisions by block and part, as far as the viewer may see both sides."""
    new = parts.pages.revision(page.id, after)
    first = before or next(iter(new.parents), None)
    old = parts.pages.revision(page.id, first).blocks if first is not None else ()
    changes = diff(shown_blocks(old, parts, viewer), shown_blocks(new.blocks, parts, viewer))
    return Differences(before=first, after=new.id, changes=changes)


def graph_of(parts: Parts, page: Page, viewer: Viewer, limit: int) -> tuple[Revision, ...]:
    """What the page's head comes from: its history, and of what was merged into it the pages that the viewer reads.

    Without blocks and plans, each before its parents, the newest first.
    """
    found = parts.pages.graph(page.id, limit=limit)
    own = {one.page_id for one in parts.pages.revisions(page.id, limit=limit)[0]}
    others = {one.page_id for one in found} - own
    read = own | {one for one in others if may_read(parts.pages.page(one), viewer)}
    return tuple(one for one in found if one.page_id in read)
