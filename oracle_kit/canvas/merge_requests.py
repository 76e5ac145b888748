"""Merge requests: one page asks another to take over what was done on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from oracle_kit.canvas.ancestry import common_ancestor
from oracle_kit.canvas.edits import unbuilt, unread
from oracle_kit.canvas.merge import Decision, Resolution, apply, decide
from oracle_kit.canvas.merge_request import (
    ENDED,
    MergeRequest,
    Review,
    Reviewer,
    Verdict,
    moved_on,
    require_open,
    require_resolver,
    require_seen,
    require_verdict,
    review_of,
    reviewed,
    still_fitting,
)
from oracle_kit.canvas.merge_request_rows import (
    insert_request,
    insert_review,
    list_requests,
    list_reviews,
    read_request,
    update_request,
)
from oracle_kit.canvas.page_listing import readable_ids
from oracle_kit.canvas.page_rows import naive, storable
from oracle_kit.canvas.page_store import NewRevision, PageStore
from oracle_kit.errors import Conflict, Refused, StaleRevision
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Revision
from oracle_kit.state import State

Blocks = tuple[Block, ...]
_TRIES = 5
AlsoRequest = Callable[[sa.Connection, MergeRequest], None]  # what is written in the same transaction
Completed = Callable[[Blocks, tuple[str, ...]], Blocks]
"""Reads what is unread and builds the blocks of these ids again, under the merger's rights; keeps ids and order."""


class MergeRequests:
    """The merge requests of one state. A target that moves meanwhile never loses an edit."""

    def __init__(self, state: State, pages: PageStore) -> None:
        self._state, self._pages = state, pages

    def create(
        self,
        *,
        source: str,
        target: str,
        author: str,
        title: str,
        message: str = "",
        at: datetime,
        also: AlsoRequest | None = None,
    ) -> MergeRequest:
        """A new request with its decisions; Refused for a page into itself, and for pages without a common history."""
        if source == target:
            raise Refused("A page cannot be merged into itself.", hint="Fork it, and merge the fork.")
        storable("title", (title, message, author))
        if not title.strip():
            raise Refused("A merge request needs a title.", hint="Say what it changes.")
        into = self._pages.page(target)
        if into.archived:
            raise Refused(f"The page “{into.title}” is archived.", hint="Its owner can bring it back.")
        heads = self._head(self._pages.page(source)), self._head(into)
        base = self._base(*heads)
        request = MergeRequest(
            id=new_id("mr"),
            source_page=source,
            target_page=target,
            author=author,
            title=title.strip(),
            message=message,
            base=base,
            source_head=heads[0],
            target_head=heads[1],
            decisions=self._decisions(base, *heads),
            created_at=naive(at),
            updated_at=naive(at),
        )

        def work(connection: sa.Connection) -> MergeRequest:
            insert_request(connection, request)
            if also is not None:
                also(connection, request)
            return request

        return self._state.write(work)

    def request(self, request_id: str) -> MergeRequest:
        """The request, its decisions made again where a page moved on since."""
        for _ in range(_TRIES):
            with self._state.read() as connection:
                kept = read_request(connection, request_id)
            live = self._live(kept)
            if live is kept:
                return kept
            with suppress(Conflict):  # another reader was faster: read what they made of it
                return self._state.write(partial(update_request, before=kept, after=live))
        raise Conflict(
            "The pages of this merge request change faster than it can be read.", hint="Try again."
        )

    def kept(self, request_id: str) -> MergeRequest:
        """The request as it was last looked at."""
        with self._state.read() as connection:
            return read_request(connection, request_id)

    def requests(
        self,
        *,
        reader: str,
        team: str | None = None,
        everything: bool = False,
        page: str | None = None,
        author: str | None = None,
        state: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[MergeRequest, ...], str | None]:
        """Requests between pages that the reader may read, as they were kept; newest first, and the cursor.

        Those from or into a page, by an author, in a state; `everything`: whoever the pages belong to.
        """
        wanted = {"author": author, "state": state}
        with self._state.read() as connection:
            read = None if everything else readable_ids(reader, team)
            return list_requests(connection, read=read, page=page, wanted=wanted, limit=limit, cursor=cursor)

    def reviews(self, request_id: str) -> tuple[Review, ...]:
        """What was said and decided of a request, oldest first."""
        with self._state.read() as connection:
            read_request(connection, request_id)
            return list_reviews(connection, request_id)

    def review(
        self,
        request_id: str,
        *,
        reviewer: Reviewer,
        verdict: Verdict,
        comment: str = "",
        resolutions: Sequence[Resolution] = (),
        at: datetime,
        seen: tuple[str, str] | None = None,
        complete: Completed | None = None,
        also: AlsoRequest | None = None,
    ) -> MergeRequest:
        """The request after a comment, a verdict or its closing; one that is approved is merged at once.

        `resolutions` settle conflicts, beside those settled before. `seen` names the heads of source and target that
        the reviewer looked at: StaleRevision where they are others now. Conflict where conflicts are left open, where
        the request has ended, or where somebody else was faster. `complete`, see `merge`; `also` writes what is kept
        with the last of the writes.
        """
        before = self.request(request_id)
        require_verdict(before, reviewer, verdict)
        if resolutions:
            require_resolver(before, reviewer)
        require_open(before)
        require_seen(before, seen)
        storable("comment", (comment,))
        after = reviewed(before, verdict, resolutions, naive(at))
        review = review_of(before, reviewer.id, verdict, comment, resolutions, naive(at))

        approves = verdict == "approve"

        def work(connection: sa.Connection) -> MergeRequest:
            insert_review(connection, review)
            kept = update_request(connection, before, after)
            if also is not None and not approves:
                also(connection, kept)
            return kept

        kept = self._state.write(work)
        if not approves:
            return kept
        return self.merge(request_id, reviewer=reviewer, at=at, complete=complete, also=also)

    def merge(
        self,
        request_id: str,
        *,
        reviewer: Reviewer,
        at: datetime,
        complete: Completed | None = None,
        also: AlsoRequest | None = None,
    ) -> MergeRequest:
        """An approved request merged: one revision with two parents on the target, in one transaction.

        StaleRevision where the target moved since the approval: the request is stale, the approval void. `complete`
        reads and builds, under the merger's rights, what no side did; Refused where it is needed and not given.
        """
        request = self.request(request_id)
        require_verdict(request, reviewer, "merge")
        require_open(request)
        if request.state == "stale":
            raise moved_on(request)
        if request.state != "approved":
            raise Conflict(f"The merge request is {request.state}.", hint="It is merged once it is approved.")
        new = self._merged(request, reviewer.id, naive(at), complete)

        def close(connection: sa.Connection, revision: Revision) -> None:
            done = {"state": "merged", "merged_revision": revision.id, "updated_at": naive(at)}
            insert_review(connection, review_of(request, reviewer.id, "merge", "", (), naive(at)))
            kept = update_request(connection, request, request.model_copy(update=done))
            if also is not None:
                also(connection, kept)

        try:
            self._pages.append(new, on_head=request.target_head, also=close)
        except StaleRevision:
            raise moved_on(self.request(request_id)) from None
        with self._state.read() as connection:
            return read_request(connection, request_id)

    def _merged(
        self, request: MergeRequest, who: str, at: datetime, complete: Completed | None
    ) -> NewRevision:
        """The revision that merges the request, its blocks complete."""
        base, ours, theirs = self._sides(request.base, request.source_head, request.target_head)
        blocks = apply(base, ours, theirs, request.decisions, request.resolutions)
        wanting = unbuilt(blocks, ours, theirs, base)
        if wanting and complete is not None:
            blocks = complete(blocks, wanting)
        left = [block.title for block in blocks if unread(block)]
        if left or (wanting and complete is None):
            raise Refused(
                f"{len(left or wanting)} merged blocks must be read again first.",
                hint="Merge with `complete`.",
            )
        return NewRevision(
            page_id=request.target_page,
            kind="merge",
            blocks=blocks,
            author=who,
            message=f"Merge: {request.title}",
            at=at,
            more_parents=(request.source_head,),
        )

    def _live(self, kept: MergeRequest) -> MergeRequest:
        """The request as the pages stand; itself where nothing moved, or it has ended."""
        if kept.state in ENDED:
            return kept
        source = self._head(self._pages.page(kept.source_page))
        target = self._head(self._pages.page(kept.target_page))
        if (source, target) == (kept.source_head, kept.target_head):
            return kept
        base = self._base(source, target)
        decisions = self._decisions(base, source, target)
        state = "stale" if target != kept.target_head else "open" if kept.state == "approved" else kept.state
        return kept.model_copy(
            update={
                "base": base,
                "source_head": source,
                "target_head": target,
                "decisions": decisions,
                "resolutions": still_fitting(kept, decisions),
                "state": state,
            }
        )

    def _head(self, page: Page) -> str:
        if page.head is None:
            raise Refused(f"The page “{page.title}” has no revision to merge.")
        return page.head

    def _base(self, source: str, target: str) -> str:
        with self._state.read() as connection:
            base = common_ancestor(connection, source, target)
        if base is None:
            raise Refused(
                "The two pages have no history in common.", hint="Merge a fork into what it was forked from."
            )
        return base

    def _decisions(self, base: str, source: str, target: str) -> tuple[Decision, ...]:
        return decide(*self._sides(base, source, target))

    def _sides(self, base: str, source: str, target: str) -> tuple[Blocks, Blocks, Blocks]:
        """The blocks of base, target (ours) and source (theirs)."""
        was, ours, theirs = (self._pages.any_revision(one).blocks for one in (base, target, source))
        return was, ours, theirs
