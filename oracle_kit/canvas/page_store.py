"""Pages and their history in the state: nothing is overwritten, and no update is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from oracle_kit.canvas.ancestry import lineage, newest_first
from oracle_kit.canvas.page_listing import checked_limit, listed_pages, listed_revisions
from oracle_kit.canvas.page_rows import naive, page_row, pages_of, revision_of, storable
from oracle_kit.canvas.page_writes import (
    headless,
    insert_members,
    insert_page,
    normal,
    read_page,
    validated,
)
from oracle_kit.canvas.purge import Purged, purge_rows
from oracle_kit.canvas.revision_names import RevisionName, find_revision, give_name, names_of, take_name
from oracle_kit.canvas.revision_store import NewRevision, RevisionStore
from oracle_kit.errors import Refused, StaleRevision, did_you_mean
from oracle_kit.model import Page, Revision
from oracle_kit.state import State
from oracle_kit.state.columns import utc_now
from oracle_kit.state.page_tables import members, pages

__all__ = ["NewRevision", "PageStore", "RevisionName", "SqlPageStore"]
CHANGEABLE = ("title", "owner", "viewers", "editors", "visibility", "team", "archived")
Also = Callable[[sa.Connection, Revision], None]  # what is written in the same transaction as a revision
AlsoPage = Callable[[sa.Connection, Page], None]  # as above, as a new page
AlsoPurged = Callable[[sa.Connection, Purged], None]  # as above, as a purge
AlsoName = Callable[[sa.Connection, RevisionName], None]  # as above, as the name of a revision


class PageStore(Protocol):
    """Where pages and their history are kept. NotFound for a page or revision that is not there."""

    def create(self, page: Page, *, also: AlsoPage | None = None) -> Page:
        """The page, kept with what `also` writes; Refused where the id is taken."""

    def page(self, page_id: str) -> Page:
        """The page."""

    def pages(
        self,
        *,
        reader: str,
        team: str | None,
        everything: bool = False,
        archived: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Page, ...], str | None]:
        """The pages that a reader owns, is a member of, or that are visible to them; newest change first.

        With the cursor of what follows. `archived`: those instead; `everything`: all, whoever they belong to.
        """

    def change(
        self,
        page_id: str,
        *,
        unchanged_since: datetime | None = None,
        also: AlsoPage | None = None,
        **fields: Any,
    ) -> Page:
        """The page with other title, owner, viewers, editors, visibility, team or archived.

        StaleRevision when it was changed since.
        """

    def append(self, new: NewRevision, *, on_head: str | None, also: Also | None = None) -> Revision:
        """The new head of the page; StaleRevision, its `details["head"]` the right one, where `on_head` is not it.

        `also` writes what must be kept with the revision or not at all (an answer to an idempotency key).
        """

    def begin(self, page: Page, new: NewRevision, *, also: Also | None = None) -> Revision:
        """The first revision of a new page: the page, the revision and what `also` writes are kept, or nothing is."""

    def revision(self, page_id: str, revision_id: str | None = None) -> Revision:
        """A revision of the page (None: its head) or of the history that it shares, with its blocks and plan.

        RevisionDamaged where it is not what its hash says.
        """

    def any_revision(self, revision_id: str) -> Revision:
        """A revision whichever page it is of: what a merge starts from may be of neither. Not for readers."""

    def revisions(
        self, page_id: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Revision, ...], str | None]:
        """The page's history, newest first, without blocks and plans, and the cursor of what follows.

        The history that a fork shares with its origin comes last.
        """

    def graph(self, page_id: str, *, limit: int = 200) -> tuple[Revision, ...]:
        """What the page's head comes from, on any page, without blocks and plans: each before its parents.

        Not for readers: the other side of a merge may be of a page that they may not read.
        """

    def fork(
        self,
        page: Page,
        *,
        of: str,
        author: str,
        at: datetime,
        message: str = "",
        also: AlsoPage | None = None,
    ) -> Page:
        """A new page that shares the history up to the revision `of`, with a revision of its own on it."""

    def purge(self, page_id: str, *, also: AlsoPurged | None = None) -> Purged:
        """What was emptied of the rows of an archived page; Refused for one that is in use."""

    def name_revision(
        self,
        page_id: str,
        revision_id: str,
        name: str,
        *,
        author: str,
        at: datetime,
        also: AlsoName | None = None,
    ) -> RevisionName:
        """A name for a revision of the page's history; Refused where another revision has it."""

    def unname_revision(self, page_id: str, name: str, *, also: AlsoName | None = None) -> None:
        """The name is free again; NotFound where the page has none such."""

    def revision_names(self, page_id: str) -> tuple[RevisionName, ...]:
        """The page's named revisions, by name."""

    def find_revision(self, page_id: str, word: str) -> str:
        """The id of the revision that a person means: by id, number or name."""


class SqlPageStore:
    """Pages in SQLite or PostgreSQL."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._revisions = RevisionStore(state)

    def create(self, page: Page, *, also: AlsoPage | None = None) -> Page:
        """As `PageStore.create`."""
        kept = normal(headless(page))

        def work(connection: sa.Connection) -> Page:
            insert_page(connection, kept)
            if also is not None:
                also(connection, kept)
            return kept

        return self._state.write(work)

    def page(self, page_id: str) -> Page:
        """As `PageStore.page`."""
        with self._state.read() as connection:
            return read_page(connection, page_id)

    def pages(
        self,
        *,
        reader: str,
        team: str | None,
        everything: bool = False,
        archived: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Page, ...], str | None]:
        """As `PageStore.pages`."""
        with self._state.read() as connection:
            rows, following = listed_pages(
                connection,
                reader=reader,
                team=team,
                everything=everything,
                archived=archived,
                limit=limit,
                cursor=cursor,
            )
            return pages_of(connection, rows), following

    def change(
        self,
        page_id: str,
        *,
        unchanged_since: datetime | None = None,
        also: AlsoPage | None = None,
        **fields: Any,
    ) -> Page:
        """As `PageStore.change`."""
        unknown = [name for name in fields if name not in CHANGEABLE]
        if unknown:
            hint = did_you_mean(unknown[0], CHANGEABLE)
            raise Refused(f"A page's {unknown[0]!r} cannot be changed.", hint=hint)
        since = naive(unchanged_since) if unchanged_since is not None else None

        def work(connection: sa.Connection) -> Page:
            page = read_page(connection, page_id, lock=True)
            if since is not None and page.updated_at != since:
                raise StaleRevision(
                    "The page was changed since you read it.", hint="Read it again.", head=page.head
                )
            changed = normal(validated(page, {**fields, "updated_at": utc_now()}))
            connection.execute(sa.update(pages).where(pages.c.page_id == page_id).values(**page_row(changed)))
            connection.execute(sa.delete(members).where(members.c.page_id == page_id))
            insert_members(connection, changed)
            self._state.feed.publish(connection, page_id, {"page": page_id, "changed": sorted(fields)})
            if also is not None:
                also(connection, changed)
            return changed

        return self._state.write(work)

    def append(self, new: NewRevision, *, on_head: str | None, also: Also | None = None) -> Revision:
        """As `PageStore.append`."""
        return self._revisions.append(new, on_head=on_head, also=also)

    def begin(self, page: Page, new: NewRevision, *, also: Also | None = None) -> Revision:
        """As `PageStore.begin`."""
        kept = normal(headless(page))
        return self._revisions.append(
            new, on_head=None, also=also, begin=lambda connection: insert_page(connection, kept)
        )

    def revision(self, page_id: str, revision_id: str | None = None) -> Revision:
        """As `PageStore.revision`."""
        with self._state.read() as connection:
            return self._revisions.read(connection, page_id, revision_id)

    def any_revision(self, revision_id: str) -> Revision:
        """As `PageStore.any_revision`."""
        with self._state.read() as connection:
            return self._revisions.read(connection, None, revision_id)

    def revisions(
        self, page_id: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Revision, ...], str | None]:
        """As `PageStore.revisions`."""
        with self._state.read() as connection:
            read_page(connection, page_id)
            rows, following = listed_revisions(connection, page_id, limit=limit, cursor=cursor)
            return tuple(revision_of(row) for row in rows), following

    def graph(self, page_id: str, *, limit: int = 200) -> tuple[Revision, ...]:
        """As `PageStore.graph`."""
        with self._state.read() as connection:
            head = read_page(connection, page_id).head
            rows = newest_first(connection, head, checked_limit(limit)) if head is not None else []
            return tuple(revision_of(row) for row in rows)

    def fork(
        self,
        page: Page,
        *,
        of: str,
        author: str,
        at: datetime,
        message: str = "",
        also: AlsoPage | None = None,
    ) -> Page:
        """As `PageStore.fork`."""
        with self._state.read() as connection:
            origin = self._revisions.read(connection, None, of)  # every part of it, verified
        kept = normal(page).model_copy(update={"forked_from": (origin.page_id, origin.id)})
        storable("message", (message, author))

        def work(connection: sa.Connection) -> Page:
            insert_page(connection, kept)
            made = self._revisions.insert_fork(connection, kept, origin, author, naive(at), message)
            if also is not None:
                also(connection, made)
            return made

        return self._state.write(work)

    def purge(self, page_id: str, *, also: AlsoPurged | None = None) -> Purged:
        """As `PageStore.purge`."""

        def work(connection: sa.Connection) -> Purged:
            page = read_page(connection, page_id, lock=True)
            if not page.archived:
                raise Refused(f"The page “{page.title}” is in use.", hint="Its owner archives it first.")
            purged = purge_rows(connection, page_id)
            if also is not None:
                also(connection, purged)
            return purged

        return self._state.write(work)

    def name_revision(
        self,
        page_id: str,
        revision_id: str,
        name: str,
        *,
        author: str,
        at: datetime,
        also: AlsoName | None = None,
    ) -> RevisionName:
        """As `PageStore.name_revision`."""
        storable("name", (name, author))
        named = RevisionName(name=name.strip(), revision_id=revision_id, author=author, at=naive(at))

        def work(connection: sa.Connection) -> RevisionName:
            read_page(connection, page_id, lock=True)
            self._revisions.header(connection, page_id, revision_id)
            given = give_name(connection, page_id, named)
            if also is not None:
                also(connection, given)
            return given

        return self._state.write(work)

    def unname_revision(self, page_id: str, name: str, *, also: AlsoName | None = None) -> None:
        """As `PageStore.unname_revision`."""

        def work(connection: sa.Connection) -> None:
            taken = take_name(connection, page_id, name)
            if also is not None:
                also(connection, taken)

        self._state.write(work)

    def revision_names(self, page_id: str) -> tuple[RevisionName, ...]:
        """As `PageStore.revision_names`."""
        with self._state.read() as connection:
            read_page(connection, page_id)
            return names_of(connection, page_id)

    def find_revision(self, page_id: str, word: str) -> str:
        """As `PageStore.find_revision`."""
        with self._state.read() as connection:
            read_page(connection, page_id)
            return find_revision(connection, lineage(connection, page_id), word)
