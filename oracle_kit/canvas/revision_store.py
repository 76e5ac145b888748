"""Revisions in the state: appended on the head that was seen, read back verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from oracle_kit.canvas.ancestry import common_ancestor, lineage
from oracle_kit.canvas.digests import record_hash
from oracle_kit.canvas.page_rows import is_text, naive, revision_of, revision_row, storable
from oracle_kit.canvas.piece_store import PackedRevision, PieceStore, damaged, split
from oracle_kit.canvas.revision_writes import ADD_REVISION, write_head
from oracle_kit.errors import NotFound, Refused, StaleRevision
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Mode, Page, Plan, Revision, RevisionKind
from oracle_kit.query import Value
from oracle_kit.state import State
from oracle_kit.state.page_tables import pages, revisions

MOST_NUMBERS = 10_000  # of heads remembered


class NewRevision(Value):
    """A revision to be appended; its first parent is the head that it is appended on."""

    page_id: str
    kind: RevisionKind
    blocks: tuple[Block, ...]
    author: str
    message: str = ""
    prompt: str | None = None
    plan: Plan | None = None
    mode: Mode | None = None
    at: datetime
    more_parents: tuple[str, ...] = ()


class RevisionStore:
    """Appends and reads the revisions of pages."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pieces = PieceStore()
        self._numbers: dict[str, int] = {}  # of revisions seen lately: what the next one's will be

    def append(
        self,
        new: NewRevision,
        *,
        on_head: str | None,
        also: Callable[[sa.Connection, Revision], None] | None = None,
        begin: Callable[[sa.Connection], None] | None = None,
    ) -> Revision:
        """The revision, the new head of its page; see `PageStore.append`. `begin` runs first, in the same write."""
        checked(new)
        if new.more_parents:
            with self._state.read() as connection:
                _check_parents(connection, new, on_head)
        packed = self._pieces.packed(new.blocks, new.plan)
        revision = self._numbered(_draft(new, on_head, packed), packed, on_head)

        def work(connection: sa.Connection) -> Revision:
            if begin is not None:
                begin(connection)
            if not write_head(connection, revision_row(revision, packed.blocks, packed.plan), packed.pieces):
                raise _not_on_head(connection, new.page_id)
            self._publish(connection, revision)
            if also is not None:
                also(connection, revision)
            return revision

        self._state.write(work)
        self._remember(revision)
        self._pieces.remember(new.blocks, packed)
        return revision

    def insert_fork(
        self, connection: sa.Connection, page: Page, origin: Revision, author: str, at: datetime, message: str
    ) -> Page:
        """The page with its first revision, which has the blocks and the next number of the origin."""
        there = self._row(connection, origin.id)
        fork = Revision(
            id=new_id("rev"),
            page_id=page.id,
            number=origin.number + 1,
            parents=(origin.id,),
            kind="fork",
            author=author,
            message=message,
            mode=origin.mode,
            at=at,
            blocks_digest=origin.blocks_digest,
        )
        names = split(there["blocks"]) if there is not None else ()
        hashed = fork.model_copy(update={"hash": record_hash(fork, names, None)})
        connection.execute(ADD_REVISION, revision_row(hashed, names, None))
        head = {"head": fork.id, "head_number": fork.number, "updated_at": at}
        connection.execute(sa.update(pages).where(pages.c.page_id == page.id).values(**head))
        self._publish(connection, hashed)
        return page.model_copy(update=head)

    def read(self, connection: sa.Connection, page_id: str | None, revision_id: str | None) -> Revision:
        """A revision with its blocks and plan, of this page's history or, without a page, of any."""
        row = self.header(connection, page_id, revision_id)
        where = f"revision {row['number']} ({row['revision_id']}) of page {row['page_id']}"
        names, plan = split(row["blocks"]), row["plan"]
        bare = revision_of(row)
        if record_hash(bare, names, plan) != bare.hash:
            raise damaged(where, "its record was changed after it was written")
        blocks = self._pieces.blocks(connection, names, where)
        planned = self._pieces.plan(connection, plan, where) if plan is not None else None
        self._remember(bare)
        return bare.model_copy(update={"blocks": blocks, "plan": planned})

    def header(self, connection: sa.Connection, page_id: str | None, revision_id: str | None) -> RowMapping:
        """The row of a revision (None: the page's head); NotFound where the page's history has none such."""
        if revision_id is None:
            found = connection.execute(
                sa.select(pages.c.head).where(pages.c.page_id == page_id)
            ).one_or_none()
            if found is None:
                raise NotFound(f"There is no page {page_id}.")
            if found.head is None:
                raise NotFound("The page has no revision yet.", hint="Ask something on it first.")
            revision_id = found.head
        row = self._row(connection, str(revision_id))
        if row is None or not _belongs(connection, row, page_id):
            raise NotFound(
                f"The page's history has no revision {revision_id}.", hint="`oracle log` lists its history."
            )
        return row

    def _row(self, connection: sa.Connection, revision_id: str) -> RowMapping | None:
        if not is_text(revision_id):
            return None
        this = sa.select(revisions).where(revisions.c.revision_id == revision_id)
        return connection.execute(this).mappings().one_or_none()

    def _numbered(self, draft: Revision, packed: PackedRevision, on_head: str | None) -> Revision:
        """The revision with the number that follows its head's, and its hash; StaleRevision for no head at all."""
        number = 0 if on_head is None else self._numbers.get(on_head)
        if number is None:
            with self._state.read() as connection:
                row = self._row(connection, str(on_head))
                if row is None:
                    raise _not_on_head(connection, draft.page_id)
                number = int(row["number"])
        numbered = draft.model_copy(update={"number": number + 1})
        return numbered.model_copy(update={"hash": record_hash(numbered, packed.blocks, packed.plan)})

    def _remember(self, revision: Revision) -> None:
        if len(self._numbers) >= MOST_NUMBERS:
            self._numbers.clear()
        self._numbers[revision.id] = revision.number

    def _publish(self, connection: sa.Connection, revision: Revision) -> None:
        told = {
            "revision": revision.id,
            "number": revision.number,
            "kind": revision.kind,
            "author": revision.author,
        }
        self._state.feed.publish(connection, revision.page_id, told)


def checked(new: NewRevision) -> None:
    """Refused for a revision that cannot be kept: a block id twice, a text that no database takes."""
    storable("message", (new.message, new.author))
    storable("prompt", (new.prompt,))
    ids = Counter(block.id for block in new.blocks)
    twice = [block for block, count in ids.items() if count > 1]
    if twice:
        raise Refused(f"The block {twice[0]} stands twice on the page.", hint="Give each block its own id.")
    if any(block.withheld is not None for block in new.blocks):
        raise Refused(
            "A block without its rows cannot be stored.",
            hint="Where they were purged, refresh the page first.",
        )


def _draft(new: NewRevision, on_head: str | None, packed: PackedRevision) -> Revision:
    """The revision, but for its number and hash."""
    first = () if on_head is None else (on_head,)
    same = ("page_id", "kind", "blocks", "author", "message", "prompt", "plan", "mode")
    told = {name: getattr(new, name) for name in same}
    return Revision(
        id=new_id("rev"),
        number=0,
        parents=(*first, *new.more_parents),
        at=naive(new.at),
        blocks_digest=packed.blocks_digest,
        **told,
    )


def _check_parents(connection: sa.Connection, new: NewRevision, on_head: str | None) -> None:
    """Refused for further parents that are not there, come twice, or have nothing to do with the page."""
    parents: Sequence[str] = (*((on_head,) if on_head else ()), *new.more_parents)
    if on_head is None or len(parents) > 2 or len(set(parents)) < len(parents):
        raise Refused("A merge has two parents, and they differ.")
    other = new.more_parents[0]
    if (
        connection.execute(sa.select(revisions.c.number).where(revisions.c.revision_id == other)).scalar()
        is None
    ):
        raise NotFound(f"There is no revision {other}.")
    if common_ancestor(connection, on_head, other) is None:
        raise Refused(
            f"The revision {other} has no history in common with the page.", hint="Merge from a fork of it."
        )


def _belongs(connection: sa.Connection, row: RowMapping, page_id: str | None) -> bool:
    """Whether the revision is of this page, or of the history that the page shares with what it was forked from."""
    if page_id is None or row["page_id"] == page_id:
        return True
    there = connection.execute(sa.select(pages.c.page_id).where(pages.c.page_id == page_id)).scalar()
    return there is not None and any(
        row["page_id"] == page and row["number"] <= newest for page, newest in lineage(connection, page_id)
    )


def _not_on_head(connection: sa.Connection, page_id: str) -> Exception:
    """Why the head did not move: no such page, an archived one, or another head."""
    this = sa.select(pages.c.head, pages.c.head_number, pages.c.archived).where(pages.c.page_id == page_id)
    page = connection.execute(this).one_or_none()
    if page is None:
        return NotFound(f"There is no page {page_id}.")
    if page.archived:
        return Refused("The page is archived.", hint="Its owner can bring it back.")
    return StaleRevision(
        f"The page moved on: its head is revision {page.head_number}.",
        hint="Read it again, and make the change on that.",
        head=page.head,
        conflicts=[],
    )
