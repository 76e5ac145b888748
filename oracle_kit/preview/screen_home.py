"""The studio's first screen: ask something on a new page, or open one of the pages."""

from __future__ import annotations

from collections.abc import Iterable

from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.merge_request import ENDED
from oracle_kit.identity.roles import may
from oracle_kit.model import Page, Viewer
from oracle_kit.preview.asking import Asker
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.messages import Ask, Choose, Do, Message
from oracle_kit.preview.requests_html import waiting_html
from oracle_kit.preview.screen_page import PageScreen
from oracle_kit.preview.session import Session

LIMIT = 20


class HomeScreen:
    """The pages that the viewer owns or shares, newest change first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asker = Asker(session, "Ask anything: overdue follow-ups, pipeline by city, …")
        self._hero, self._pages, self._requests = (session.panes.html() for _ in range(3))
        self._found: list[Page] = []
        self._cursor: str | None = None
        self.view = session.panes.column(self._hero, self._asker.view, self._requests, self._pages)

    async def open(self) -> None:
        """Fill the view."""
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        self._hero.object = session.panes.themed(_hero(viewer))
        if may(viewer, "prompt"):
            await self._asker.open(())
        await self._more(viewer)
        made = await session.run(self._waiting, viewer)
        self._requests.object = session.panes.themed(made)

    def _waiting(self, viewer: Viewer) -> Html:
        """The merge requests that nobody has decided yet, between pages that the viewer reads."""
        found, _ = self._session.oracle.reviews.list(viewer=viewer)
        name = self._session.prefix.rpartition("/")[2]
        return waiting_html([one for one in found if one.state not in ENDED][:LIMIT], name)

    async def hear(self, message: Message) -> None:
        """A prompt makes a page; `more_pages` shows more of them."""
        session = self._session
        if isinstance(message, Ask):
            answer = await self._asker.ask(message.text, page=None)
            if answer.page_id is not None:
                session.go(f"?page={answer.page_id}")
                await session.show(PageScreen(session, answer.page_id, answer))
        elif isinstance(message, Choose):
            await self._asker.choose(message)
        elif isinstance(message, Do) and message.what == "more_pages":
            await self._more(await session.run(lambda: session.viewer))

    async def _more(self, viewer: Viewer) -> None:
        found, self._cursor = await self._session.run(
            self._session.oracle.pages.list, viewer=viewer, limit=LIMIT, cursor=self._cursor
        )
        self._found += found
        made = _pages(self._found, self._cursor is not None, self._session.prefix, viewer)
        self._pages.object = self._session.panes.themed(made)


def _hero(viewer: Viewer) -> Html:
    if may(viewer, "prompt"):
        text = "Type a question in your own words; every number is read live, and says where it came from."
        return element(
            "div", element("h1", "What would you like to see?"), element("p", text), class_="s-hero"
        )
    text = "You see the pages that are shared with you; asking takes another role."
    return element("div", element("h1", "Shared with you"), element("p", text), class_="s-hero")


def _pages(pages: Iterable[Page], more: bool, prefix: str, viewer: Viewer) -> Html:
    items = [_entry(page, prefix, viewer) for page in pages]
    if not items:
        none = (
            "No pages yet. The first question makes one."
            if may(viewer, "prompt")
            else "Nothing is shared yet."
        )
        return joined((element("h2", "Pages", class_="s-h2"), element("p", none, class_="s-quiet")))
    further = button("More pages", act("do", what="more_pages"), "s-small") if more else None
    made = element("ul", *(element("li", item) for item in items), class_="s-list", aria_label="Pages")
    return joined(
        (
            element("h2", "Pages", class_="s-h2"),
            made,
            element("p", further, class_="s-under") if further else None,
        )
    )


def _entry(page: Page, prefix: str, viewer: Viewer) -> Html:
    whose = "" if page.owner == viewer.id else f"{page.owner} · "
    shared = {"private": "", "team": "shared with the team · ", "everyone": "shared with everyone · "}[
        page.visibility
    ]
    at = moment_text(page.updated_at.replace(microsecond=0, second=0))
    facts = f"{whose}{shared}revision {page.head_number} · {at} UTC"
    name = prefix.rpartition("/")[2]
    return element(
        "a", element("strong", said(page.title)), element("span", facts, class_="s-quiet"),
        href=f"{name}?page={page.id}", class_="s-entry",
    )  # fmt: skip  # one entry
