"""The merge requests of a page: their list, one of them opened, its conflicts settled, and what is decided of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle_kit.canvas.merge import Resolution
from oracle_kit.errors import StaleRevision
from oracle_kit.preview import messages as told
from oracle_kit.preview.requests_html import list_html, request_html, verdicts_html
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import told_html
from oracle_kit.usecases.opened_requests import OpenedRequest

DONE = {
    "comment": "It is said.",
    "request_changes": "Its author is asked for changes.",
    "reject": "The request is rejected; nothing of it was merged.",
    "close": "The request is closed; nothing of it was merged.",
}


class RequestsPanel:
    """Merge requests from and into one page; `merged` is called once one of them has been merged."""

    def __init__(self, session: Session, page_id: str, merged: Callable[[], Any]) -> None:
        self._session, self._page_id, self._merged = session, page_id, merged
        self._opened: OpenedRequest | None = None
        self._settled: dict[tuple[str, str], Resolution] = {}
        self._is_open = False
        self._shown, self._form = session.panes.html(), session.panes.html()
        self.view = session.panes.column(self._shown, self._form)
        self.answers: dict[type, Callable[[Any], Any]] = {
            told.Request: self._open,
            told.Settle: self._settle,
            told.Verdict: self._decide,
            told.Propose: self._propose,
        }

    async def toggle(self) -> None:
        """Show the list, or close the panel."""
        self._is_open = not self._is_open
        self._opened = None
        if not self._is_open:
            self._shown.object = self._form.object = ""
            return
        await self._list()

    async def show(self, request_id: str) -> None:
        """Show one of the requests as the pages stand."""
        session = self._session
        self._is_open, self._settled = True, {}
        self._opened = await session.run(
            lambda: session.oracle.reviews.read(request_id, viewer=session.viewer)
        )
        self._draw_whole()

    async def _open(self, message: told.Request) -> None:
        if message.request is not None:
            return await self.show(message.request)
        self._opened = None
        return await self._list()

    async def _list(self) -> None:
        made = await self._session.run(self._listed)
        self._shown.object, self._form.object = self._session.panes.themed(made), ""

    def _listed(self) -> str:
        oracle, viewer = self._session.oracle, self._session.viewer
        page = oracle.pages.read(self._page_id, viewer=viewer)
        found, _ = oracle.reviews.list(viewer=viewer, page=page.id)
        return list_html(found, page, viewer)

    def _draw(self) -> None:
        if self._opened is not None:
            name = self._session.prefix.rpartition("/")[2]
            made = request_html(self._opened, self._settled, self._page_id, name)
            self._shown.object = self._session.panes.themed(made)

    def _draw_whole(self) -> None:
        """Draw the request with its form; what was typed there is gone."""
        self._draw()
        if self._opened is not None:
            self._form.object = self._session.panes.themed(verdicts_html(self._opened))

    async def _settle(self, message: told.Settle) -> None:
        one = Resolution.model_validate(message.model_dump(exclude={"act"}))
        key = (one.block, one.part)
        if self._settled.get(key) == one:
            del self._settled[key]
        else:
            self._settled[key] = one
        self._draw()

    async def _propose(self, message: told.Propose) -> None:
        session = self._session
        self._opened = await session.run(
            lambda: session.oracle.reviews.create(
                self._page_id, viewer=session.viewer, title=message.text.strip(), message=message.message
            )
        )
        self._settled = {}
        self._draw_whole()
        session.say(told_html("The merge is asked for.", "Whoever edits the other page decides."))

    async def _decide(self, message: told.Verdict) -> None:
        opened = self._opened
        if opened is None:
            return
        try:
            after = await self._session.run(self._decided, opened, message)
        except StaleRevision:
            await self.show(opened.id)
            raise
        self._opened, self._settled = after, {}
        self._draw_whole()
        is_merged = after.state == "merged"
        self._session.say(told_html("It is merged." if is_merged else DONE.get(message.verdict, "Done.")))
        if is_merged:
            await self._merged()

    def _decided(self, opened: OpenedRequest, message: told.Verdict) -> OpenedRequest:
        reviews, viewer = self._session.oracle.reviews, self._session.viewer
        settled, text = tuple(self._settled.values()), message.text.strip()
        if message.verdict == "merge":
            return reviews.merge(opened.id, viewer=viewer)
        if message.verdict == "close":
            return reviews.close(opened.id, viewer=viewer, comment=text)
        if message.verdict == "comment":
            return reviews.comment(opened.id, text, viewer=viewer, resolutions=settled)
        seen = (opened.source_head, opened.target_head)
        return reviews.review(
            opened.id, message.verdict, viewer=viewer, comment=text, resolutions=settled, seen=seen
        )
