"""One page: its blocks, the prompt box beneath its title, and what can be done with all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oracle_kit.canvas.edits import AddNote, Move, SetChip
from oracle_kit.canvas.edits import Retitle as RetitleBlock
from oracle_kit.errors import EditRefused, NotFound
from oracle_kit.identity.roles import may
from oracle_kit.model import Answer, Block, Page, Revision, Viewer
from oracle_kit.preview import messages as told
from oracle_kit.preview.asking import Asker
from oracle_kit.preview.board import Board, Card
from oracle_kit.preview.history_panel import HistoryPanel, InView
from oracle_kit.preview.page_head import foot_html, head_html
from oracle_kit.preview.requests import RequestsPanel
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import told_html
from oracle_kit.preview.tables import Reading
from oracle_kit.query import Scalar
from oracle_kit.usecases.page_access import may_edit

EARLIER = 25  # prompts that can be put into the box again


class PageScreen:
    """A page as its reader may see it; it moves on when somebody else commits."""

    def __init__(
        self, session: Session, page_id: str, answer: Answer | None = None, request: str = ""
    ) -> None:
        self._session, self._page_id, self._answer, self._request = session, page_id, answer, request
        self._page: Page | None = None
        self._revision: Revision | None = None
        self._is_old = self._may_edit = False
        self._asker = Asker(session, "Ask for more on this page, or change what is there")
        self._board = Board(session)
        self._history = HistoryPanel(session, page_id)
        self._requests = RequestsPanel(session, page_id, self._load)
        self._head, self._foot = session.panes.html(), session.panes.html()
        panels = self._history.view, self._requests.view
        self.view = session.panes.column(self._head, self._asker.view, *panels, self._board.view, self._foot)
        self._answers: dict[type, Callable[[Any], Any]] = {
            told.Ask: self._ask,
            told.Choose: self._asker.choose,
            told.Change: lambda message: self._edit(message.edits),
            told.SetValue: self._set_value,
            told.Retitle: self._retitle,
            told.Move: self._move,
            told.Note: lambda message: self._edit([AddNote(text=message.text)]),
            told.Look: self._look,
            told.Sort: self._sort,
            told.Turn: self._turn,
            told.Do: self._do,
            told.See: self._see,
            told.Share: self._share,
            **self._requests.answers,
        }

    async def open(self) -> None:
        """Fill the view, and listen to what is committed to the page from now on."""
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        subscription = await session.run(
            session.oracle.pages.watch,
            self._page_id,
            viewer=viewer,
            wake=lambda: session.later(lambda: session.guarded(self._moved_on)),
        )
        session.at_close(subscription.close)
        self._subscription = subscription
        if may(viewer, "prompt"):
            await self._asker.open(await self._prompts(viewer))
            if self._answer is not None:
                self._asker.tell(self._answer)
        await self._load()
        if self._request:
            await self._requests.show(self._request)

    async def hear(self, message: told.Message) -> None:
        """Do what the browser told."""
        answer = self._answers.get(type(message))
        if answer is not None:
            await answer(message)

    async def _prompts(self, viewer: Viewer) -> list[str]:
        past, _ = await self._session.run(
            self._session.oracle.pages.revisions, self._page_id, viewer=viewer, limit=EARLIER
        )
        return list(dict.fromkeys(one.prompt for one in past if one.prompt))

    async def _load(self, revision_id: str | None = None) -> None:
        """Read the page and one of its revisions (None: the newest), and show them."""
        session = self._session
        viewer, self._page, self._revision = await session.run(self._read, revision_id)
        page, revision = self._page, self._revision
        self._is_old = page is not None and revision is not None and revision.id != page.head
        await self._draw(viewer)
        if revision_id is None and (seen := self._in_view) is not None:
            await self._history.anew(seen)

    def _read(self, revision_id: str | None) -> tuple[Viewer, Page, Revision | None]:
        oracle, viewer = self._session.oracle, self._session.viewer
        page = oracle.pages.read(self._page_id, viewer=viewer)
        if page.head is None:
            return viewer, page, None
        return viewer, page, oracle.pages.revision(self._page_id, revision_id, viewer=viewer)

    async def _draw(self, viewer: Viewer) -> None:
        page, themed = self._page, self._session.panes.themed
        if page is None:
            return
        self._may_edit = may_edit(page, viewer)
        editing = self._may_edit and not page.archived and not self._is_old
        self._head.object = themed(
            head_html(page, self._revision, viewer, self._session.prefix, old=self._is_old, editing=editing)
        )
        await self._board.show(page.id, self._revision, may_edit=editing, is_old=self._is_old)
        self._foot.object = themed(foot_html(editing))

    async def _moved_on(self) -> None:
        """Somebody committed: read the newest, unless an older revision is being looked at."""
        lost = self._subscription.overflowed
        if lost:
            self._subscription.resume()
        numbers = []
        while (message := self._subscription.get(timeout=0)) is not None:
            numbers.append(message.get("number", 0))
        behind = self._revision is None or lost or max(numbers, default=0) > self._revision.number
        if behind and not self._is_old:
            await self._load()

    async def _ask(self, message: told.Ask) -> None:
        base = self._revision.id if self._revision is not None else None
        await self._asker.ask(message.text, page=self._page_id, base=base)
        await self._load()

    async def _edit(self, edits: Any) -> None:
        base = self._revision.id if self._revision is not None else None
        session = self._session
        await session.run(
            lambda: session.oracle.pages.edit(
                self._page_id, list(edits), viewer=session.viewer, base_revision=base
            )
        )
        await self._load()

    async def _move(self, message: told.Move) -> None:
        at = list(self._board.cards).index(self._block(message.block).id) + message.by
        await self._edit([Move(block_id=message.block, to=max(0, at))])

    async def _set_value(self, message: told.SetValue) -> None:
        chip = next((one for one in self._block(message.block).chips if one.id == message.chip), None)
        like = chip.values[0] if chip is not None and chip.values else ""
        values = tuple(_typed(part.strip(), like) for part in message.text.split(",") if part.strip())
        await self._edit([SetChip(block_id=message.block, chip_id=message.chip, values=values)])

    async def _retitle(self, message: told.Retitle) -> None:
        if message.block is not None:
            return await self._edit([RetitleBlock(block_id=message.block, title=message.text.strip())])
        await self._change(title=message.text.strip())
        return None

    async def _share(self, message: told.Share) -> None:
        await self._change(visibility=message.visibility)

    async def _change(self, **fields: Any) -> None:
        session = self._session
        await session.run(lambda: session.oracle.pages.change(self._page_id, viewer=session.viewer, **fields))
        await self._load()

    async def _look(self, message: told.Look) -> None:
        card, session = self._card(message.block), self._session
        pages, at = session.oracle.pages, self._revision.id if self._revision is not None else None
        if message.at == "explore":
            card.look.explore = not card.look.explore
        elif message.at == "why":
            card.look.why = (
                await session.run(
                    lambda: pages.provenance(
                        self._page_id, message.block, viewer=session.viewer, revision_id=at
                    )
                )
                if card.look.why is None
                else None
            )
        else:
            card.look.replay = await session.run(
                lambda: pages.replay(self._page_id, message.block, viewer=session.viewer, revision_id=at)
            )
        card.draw()
        self._board.arrange()

    async def _sort(self, message: told.Sort) -> None:
        card = self._card(message.block)
        card.look.table = card.look.table.sorted_by(message.column)
        card.draw()

    async def _turn(self, message: told.Turn) -> None:
        card = self._card(message.block)
        look = card.look.table
        card.look.table = Reading(look.column, look.descending, message.page)
        card.draw()

    async def _do(self, message: told.Do) -> None:
        steps: dict[str, Callable[[], Any]] = {
            "refresh": self._refresh,
            "fork": self._fork,
            "history": lambda: self._past(self._history.toggle),
            "older": lambda: self._past(self._history.older),
            "requests": self._requests.toggle,
            "archive": lambda: self._change(archived=True),
            "restore_page": lambda: self._change(archived=False),
        }
        step = steps.get(message.what)
        if step is not None:
            await step()

    async def _past(self, show: Callable[[InView], Any]) -> None:
        if (seen := self._in_view) is not None:
            await show(seen)

    async def _refresh(self) -> None:
        session = self._session
        made = await session.run(lambda: session.oracle.pages.refresh(self._page_id, viewer=session.viewer))
        count = len(made.changed)
        text = f"{count} {'block' if count == 1 else 'blocks'} changed." if count else "Nothing changed."
        session.say(told_html(f"Run again with today's data. {text}"))
        await self._load()

    async def _fork(self) -> None:
        session = self._session
        seen = self._revision.id if self._revision is not None and self._is_old else None
        made = await session.run(
            lambda: session.oracle.pages.fork(self._page_id, viewer=session.viewer, revision_id=seen)
        )
        session.go(f"?page={made.id}")
        await session.show(PageScreen(session, made.id))
        session.say(told_html("This is your own copy; the page it came from stays as it is."))

    async def _see(self, message: told.See) -> None:
        if message.revision is not None and message.how in ("compare", "to_newest"):
            return await self._history.compare(message.revision, with_newest=message.how == "to_newest")
        if message.revision is not None and message.how == "rollback":
            return await self._roll_back(message.revision)
        await self._load(message.revision)
        if (seen := self._in_view) is not None:
            self._history.draw(seen)
        return None

    async def _roll_back(self, revision_id: str) -> None:
        """The blocks of an earlier revision, as the newest; refused where somebody committed unseen."""
        session, head = self._session, self._page.head if self._page is not None else None
        await session.run(
            lambda: session.oracle.pages.rollback(
                self._page_id, revision_id, viewer=session.viewer, base_revision=head
            )
        )
        session.say(told_html("That revision's blocks are the newest again; nothing was lost."))
        await self._load()

    @property
    def _in_view(self) -> InView | None:
        """What the reader looks at, once there is something."""
        page, revision = self._page, self._revision
        if page is None or revision is None:
            return None
        return InView(page, revision, self._may_edit and not page.archived)

    def _card(self, block_id: str) -> Card:
        card = self._board.cards.get(block_id)
        if card is None:
            raise NotFound("That block is no longer on this page.")
        return card

    def _block(self, block_id: str) -> Block:
        return self._card(block_id).block


def _typed(text: str, like: Scalar) -> Scalar:
    """What was typed, as the kind of value that the chip has."""
    if isinstance(like, bool):
        return text.lower() in ("yes", "true", "1")
    if isinstance(like, (int, float)):
        try:
            number = json.loads(text.replace("_", ""))
        except ValueError:
            number = None
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            raise EditRefused(f"“{text}” is not a number.", hint="Type digits, such as 70.")
        return number
    return text
