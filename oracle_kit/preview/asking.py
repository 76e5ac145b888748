"""The prompt box of a screen, and the stages of a prompt shown as they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.model import Answer
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import ask_html

STAGES = {
    "retrieve": "Read the words",
    "select": "Check what you may use",
    "plan": "Plan",
    "fetch": "Read the rows",
    "synthesize": "Draw",
    "commit": "Commit",
}


class Asker:
    """Asks under the signed-in viewer; its view has the box, the stages, and what was not understood."""

    def __init__(self, session: Session, placeholder: str) -> None:
        self._session, self._placeholder = session, placeholder
        self._box, self._stages = session.panes.html(), session.panes.html()
        self.view = session.panes.column(self._box, self._stages)

    async def open(self, earlier: Iterable[str]) -> None:
        """Show the box, with what was asked before."""
        session = self._session
        me = await session.run(lambda: session.oracle.me(viewer=session.viewer))
        made = ask_html(self._placeholder, earlier, me["modes"])
        self._box.object = session.panes.themed(made)

    async def ask(self, text: str, *, page: str | None, base: str | None = None) -> Answer:
        """The answer; each stage is shown as it ends."""
        done: list[str] = []
        self._show(_stages(text, done))

        def on_stage(stage: str, facts: dict[str, Any]) -> None:
            done.append(f"{STAGES.get(stage, stage)} · {facts['ms']:.0f} ms")
            self._session.later(partial(self._show, _stages(text, list(done))))

        session = self._session
        try:
            answer = await session.run(
                lambda: session.oracle.ask(
                    text, viewer=session.viewer, page=page, base_revision=base, on_stage=on_stage
                )
            )
        except BaseException:
            self._show("")
            raise
        self.tell(answer, text)
        return answer

    def tell(self, answer: Answer, text: str = "") -> None:
        """Show what was made of a prompt, gently: what was left out, and what it could mean instead."""
        self._session.later(partial(self._show, answer_html(answer, text)))

    def _show(self, html: str) -> None:
        self._stages.object = self._session.panes.themed(html)


def _stages(text: str, done: Sequence[str]) -> Html:
    left = [name for at, name in enumerate(STAGES.values()) if at >= len(done)]
    items = [element("li", name, class_="s-done") for name in done]
    items += [element("li", name, class_="s-now" if not at else None) for at, name in enumerate(left)]
    bar = element("ol", *items, class_="s-stages", aria_label="Stages")
    return element("div", element("span", "“", said(text), "”"), bar, class_="s-under", role="status")


def answer_html(answer: Answer, text: str = "") -> Html:
    """A line of how the answer came about; above it what was not understood, refused, or could be meant."""
    total = sum(timing.ms for timing in answer.timings)
    said_text = (element("span", "“", said(text), "”"),) if text else ()
    facts = element("span", f"{MODES[answer.mode]} · {total:.0f} ms · {_count(len(answer.blocks))}")
    line = element("div", *said_text, facts, class_="s-under", role="status")
    return joined((_note(answer), line))


def _count(blocks: int) -> str:
    return "1 block" if blocks == 1 else f"{blocks} blocks"


def _note(answer: Answer) -> Html | None:
    lines = []
    if answer.not_understood:
        words = ", ".join(f"“{word}”" for word in answer.not_understood)
        lines.append(element("p", element("strong", "Not understood: "), said(words)))
    texts = dict.fromkeys((*answer.reservations, *(one.message for one in answer.refusals)))
    lines += [element("p", said(text)) for text in texts]
    instead = [*answer.choices, *(text for one in answer.refusals for text in one.suggestions)]
    asks = [button(text, act("ask", text=text), "s-small") for text in dict.fromkeys(instead)]
    if asks:
        lines.append(element("p", "You could ask instead:", class_="s-quiet"))
        lines.append(element("div", *asks, class_="s-row"))
    if not lines:
        return None
    return element(
        "div",
        element("aside", *lines, class_="s-note", aria_label="Before you use these numbers"),
        class_="s-block",
    )
