"""Pages followed as they are committed to: what each commit changed, as each reader may see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from oracle_kit.identity.roles import require
from oracle_kit.model import Block, Page, Revision, Viewer
from oracle_kit.query import Value
from oracle_kit.state.feed import Subscription
from oracle_kit.usecases.page_access import checked, readable
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.reading import seen_blocks

TOPIC = "presence"  # on the feed; page ids are the topics of pages
REPLAYED = 50  # commits at most that a reader is told one by one; behind more they read the page again


class Change(Value):
    """What one commit changed, as one reader may see it.

    `blocks` are those that are new (`added`) or other than before; `order` has the id of every block of the page.
    """

    revision: Revision  # without blocks and plan
    blocks: tuple[Block, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True)
class Commit:
    """A commit as it is stored; `FollowedPage.seen` gives it to a reader."""

    number: int
    _whole: Change


class Live:
    """Pages to be followed, and the presence that the server processes of one state tell each other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def follow(self, page_id: str, *, viewer: Viewer, wake: Callable[[], None]) -> FollowedPage:
        """The page, followed from now on; NotFound where it is not there for this viewer.

        `wake` is called, from another thread, when there may be something to `look` at.
        """
        require(viewer, "read_pages")
        news = self._parts.state.feed.subscribe(page_id, 16, wake=wake)
        try:
            return FollowedPage(self._parts, readable(self._parts.pages, page_id, viewer), news)
        except BaseException:
            news.close()
            raise

    @property
    def is_shared(self) -> bool:
        """Whether other server processes may stand on the same state and hear what is told."""
        return self._parts.state.dialect == "postgresql"

    def hear(self, wake: Callable[[], None]) -> Subscription:
        """What this process and the others tell of who is present, from now on."""
        return self._parts.state.feed.subscribe(TOPIC, 10_000, wake=wake)

    def tell(self, messages: Sequence[dict[str, Any]]) -> None:
        """Tell all processes who is present."""
        feed = self._parts.state.feed

        def work(connection: Connection) -> None:
            for message in messages:
                feed.publish(connection, TOPIC, message)

        self._parts.state.write(work)


class FollowedPage:
    """One page, followed for all who read it in this process; one caller at a time.

    `page` is its state when it was last looked at, `number` that of its newest revision then.
    """

    def __init__(self, parts: Parts, page: Page, news: Subscription) -> None:
        self.page, self.number = page, page.head_number
        self._parts, self._news = parts, news
        self._newest: Revision | None = None  # with its blocks, to compare the next one with

    def look(self) -> tuple[Commit, ...] | None:
        """What was committed since the last look, oldest first; None where that is too much to be told one by one."""
        while self._news.get(timeout=0) is not None or self._news.overflowed:
            self._news.resume()
        self.page = self._parts.pages.page(self.page.id)
        before, self.number = self.number, self.page.head_number
        return self._between(before) if before < self.number else ()

    def since(self, number: int) -> tuple[Commit, ...] | None:
        """The commits after the revision of this number, as of the last look.

        None for a number that the page has not reached, and where there are too many.
        """
        return self._between(number) if 0 <= number <= self.number else None

    def check(self, viewer: Viewer) -> None:
        """Returns where the viewer may read the page as it was last looked at, else NotFound."""
        require(viewer, "read_pages")
        checked(self.page, viewer)

    def seen(self, commit: Commit, viewer: Viewer) -> Change:
        """The commit as the viewer may see it; NotFound where they may not read the page."""
        self.check(viewer)
        whole = commit._whole
        return whole.model_copy(update={"blocks": seen_blocks(whole.blocks, self._parts, viewer)})

    def forget(self) -> None:
        """Let go of what is only kept to make the next look faster."""
        self._newest = None

    def close(self) -> None:
        """Follow no more."""
        self._news.close()

    def _between(self, after: int) -> tuple[Commit, ...] | None:
        count = self.number - after
        if not 0 < count <= REPLAYED:
            return None if count else ()
        ids = self._ids(after, count)
        before = self._blocks(ids[0]) if len(ids) > count else ()
        made = []
        for revision_id in ids[-count:]:
            revision = self._revision(revision_id)
            made.append(_commit(before, revision))
            before = revision.blocks
        return tuple(made)

    def _ids(self, after: int, count: int) -> tuple[str, ...]:
        """The revision of the number, where there is one, and so many after it."""
        known = self._newest
        if count == 1 and known is not None and known.number == after and self.page.head is not None:
            return known.id, self.page.head
        cursor = str(self.number + 1)
        listed, _ = self._parts.pages.revisions(self.page.id, limit=count + 1, cursor=cursor)
        return tuple(one.id for one in reversed(listed) if one.number >= after)

    def _blocks(self, revision_id: str) -> tuple[Block, ...]:
        if self._newest is not None and self._newest.id == revision_id:
            return self._newest.blocks
        return self._parts.pages.revision(self.page.id, revision_id).blocks

    def _revision(self, revision_id: str) -> Revision:
        revision = self._parts.pages.revision(self.page.id, revision_id)
        if revision_id == self.page.head:
            self._newest = revision
        return revision


def _commit(before: Sequence[Block], revision: Revision) -> Commit:
    """The commit that made the revision out of these blocks."""
    old = {block.id: block for block in before}
    order = tuple(block.id for block in revision.blocks)
    whole = Change(
        revision=revision.model_copy(update={"blocks": (), "plan": None}),
        blocks=tuple(block for block in revision.blocks if old.get(block.id) != block),
        added=tuple(one for one in order if one not in old),
        removed=tuple(one for one in old if one not in order),
        order=order,
    )
    return Commit(revision.number, whole)
