"""The history of a page: its revisions page by page, and what two of them differ in."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.model import Page, Revision
from oracle_kit.preview.history import diff_html, history_html
from oracle_kit.preview.session import Session

SHOWN = 25


@dataclass(frozen=True)
class InView:
    """What the reader looks at: the page, one of its revisions, and whether they may change the page."""

    page: Page
    revision: Revision
    may_edit: bool


class HistoryPanel:
    """The revisions of one page, newest first, while its reader wants to see them."""

    def __init__(self, session: Session, page_id: str) -> None:
        self._session, self._page_id = session, page_id
        self._past: list[Revision] = []
        self._cursor: str | None = None
        self._is_open = False
        self.view = session.panes.html()

    async def toggle(self, seen: InView) -> None:
        """Show the revisions, or close the panel."""
        self._is_open = not self._is_open
        await self.anew(seen)

    async def anew(self, seen: InView) -> None:
        """Read the list again where it is shown."""
        self._past, self._cursor = [], None
        if self._is_open:
            return await self.older(seen)
        self.view.object = ""
        return None

    async def older(self, seen: InView) -> None:
        """Show further revisions, older ones."""
        session, cursor = self._session, self._cursor
        past, self._cursor = await session.run(
            lambda: session.oracle.pages.revisions(
                self._page_id, viewer=session.viewer, limit=SHOWN, cursor=cursor
            )
        )
        self._past += past
        self.draw(seen)

    def draw(self, seen: InView) -> None:
        """Show the list with the revision in view marked."""
        if self._is_open:
            more = self._cursor is not None
            made = history_html(
                self._past, seen.revision.id, seen.page.head or "", more=more, may_edit=seen.may_edit
            )
            self.view.object = self._session.panes.themed(made)

    async def compare(self, revision_id: str, *, with_newest: bool) -> None:
        """Show what a revision changed of the one before it, or what the newest has other than it."""
        self._is_open = True
        made = await self._session.run(self._compared, revision_id, with_newest)
        self.view.object = self._session.panes.themed(made)

    def _compared(self, revision_id: str, with_newest: bool) -> str:
        pages, viewer = self._session.oracle.pages, self._session.viewer
        number = pages.revision(self._page_id, revision_id, viewer=viewer).number
        if with_newest:
            found = pages.diff(self._page_id, revision_id, viewer=viewer)
            return diff_html(found.changes, f"What the newest has other than revision {number}")
        found = pages.diff(self._page_id, None, revision_id, viewer=viewer)
        return diff_html(found.changes, f"What revision {number} changed")
