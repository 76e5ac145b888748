"""The cards of a page: each drawn anew only when its block, or how it is looked at, changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import panel as pn

from oracle_kit.model import Block, Revision
from oracle_kit.preview.cards import Look, Setting, card_html
from oracle_kit.preview.charts import drawing_in, figure_of
from oracle_kit.preview.session import Session

AT_ONCE = 5  # new cards that a browser is given in one message


class Card:
    """One block on the screen; `view` is what the grid holds."""

    def __init__(self, session: Session, block: Block, setting: Setting) -> None:
        self._session, self.block, self.setting = session, block, setting
        self.look = Look()
        self._pane = session.panes.html(css_classes=[f"o-w{block.width}"])
        self._figure: pn.Column | None = None
        self.draw()

    @property
    def view(self) -> Any:
        """The pane, or pane and chart while it is explored."""
        return self._figure or self._pane

    def update(self, block: Block, setting: Setting) -> None:
        """Show the block as it is now; nothing is drawn where nothing changed."""
        if (block, setting) == (self.block, self.setting):
            return
        if block != self.block:
            self.look = Look(table=self.look.table, explore=self.look.explore)
        self.block, self.setting = block, setting
        self.draw()

    def draw(self) -> None:
        """Draw the card anew."""
        drawing = drawing_in(self.block) if self.look.explore else None
        self.look.explore = drawing is not None
        self._pane.object = self._session.panes.themed(card_html(self.block, self.look, self.setting))
        self._pane.css_classes = [f"o-w{self.block.width}"]
        if drawing is None:
            self._figure = None
            return
        chart = pn.pane.Bokeh(  # type: ignore[no-untyped-call]  # Panel's panes have no types
            figure_of(drawing, dark=self._session.dark), sizing_mode="stretch_width", margin=(0, 20, 14, 16)
        )
        surface, line = ("#161b25", "#2b3240") if self._session.dark else ("#fff", "#e3e6ec")
        self._figure = self._session.panes.column(
            self._pane,
            chart,
            css_classes=[f"o-w{self.block.width}"],
            styles={"background": surface, "border": f"1px solid {line}", "border-radius": "14px"},
        )


class Board:
    """The blocks of the revision in view, in their order, in twelve columns."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cards: dict[str, Card] = {}
        self.view = session.panes.grid([])

    async def show(self, page_id: str, revision: Revision | None, *, may_edit: bool, is_old: bool) -> None:
        """Show these blocks; cards that stay as they are are not drawn anew.

        Many new ones come a few at a time, so that no browser is busy with all of them at once.
        """
        blocks = revision.blocks if revision is not None else ()
        session, name = self._session, self._session.prefix.rpartition("/")[2]
        old = revision.id if revision is not None and is_old else ""
        cards: dict[str, Card] = {}
        for place, block in enumerate(blocks):
            setting = Setting(
                first=not place,
                last=place == len(blocks) - 1,
                may_edit=may_edit,
                kinds=session.oracle.kinds,
                download=f"{name}/export/{page_id}?revision={old}" if old else f"{name}/export/{page_id}?",
            )
            card = self._cards.get(block.id)
            if card is None:
                card = Card(session, block, setting)
            else:
                card.update(block, setting)
            cards[block.id] = card
        new = len(cards.keys() - self._cards.keys())
        self._cards = cards
        for upto in range(AT_ONCE, new, AT_ONCE):
            self.arrange(len(cards) - new + upto)
            await asyncio.sleep(0)
        self.arrange()

    def arrange(self, count: int | None = None) -> None:
        """Put the cards, or only the first so many, in their order."""
        views = [card.view for card in self._cards.values()][:count]
        if views != list(self.view.objects):
            self.view.objects = views

    @property
    def cards(self) -> Mapping[str, Card]:
        """The cards by the id of their block."""
        return self._cards
