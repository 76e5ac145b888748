"""The prompt box of a screen, and the stages of a prompt shown as they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.model import Answer, Source
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.choosing import Chooser
from oracle_kit.preview.messages import Choose
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


MODELS = ("nemoclaw_hosted", "ollama_local")


class Asker:
    """Asks under the signed-in viewer; its view has the box, the choice of a model, the stages, and what to mind."""

    def __init__(self, session: Session, placeholder: str) -> None:
        self._session, self._placeholder = session, placeholder
        self._box, self._stages = session.panes.html(), session.panes.html()
        self._chooser = Chooser(session)
        self.view = session.panes.column(self._box, self._chooser.view, self._stages)

    async def open(self, earlier: Iterable[str]) -> None:
        """Show the box, with what was asked before."""
        self._box.object = self._session.panes.themed(ask_html(self._placeholder))
        await self._chooser.open(earlier)

    async def choose(self, message: Choose) -> None:
        """Take a choice of provider and model for the prompts to come."""
        self._chooser.choose(message)

    async def ask(self, text: str, *, page: str | None, base: str | None = None) -> Answer:
        """The answer; each stage is shown as it ends, and which model is waited for."""
        done: list[str] = []
        self._show(_stages(text, done))

        def on_stage(stage: str, facts: dict[str, Any]) -> None:
            done.append(f"{STAGES.get(stage, stage)} · {facts['ms']:.0f} ms")
            self._session.later(partial(self._show, _stages(text, list(done))))

        def on_wait(what: str) -> None:
            self._session.later(partial(self._show, _stages(text, list(done), what)))

        session = self._session
        told = {"on_stage": on_stage, "on_wait": on_wait, **self._chooser.given}
        try:
            answer = await session.run(
                lambda: session.oracle.ask(text, viewer=session.viewer, page=page, base_revision=base, **told)
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


def _stages(text: str, done: Sequence[str], waited: str = "") -> Html:
    left = [name for at, name in enumerate(STAGES.values()) if at >= len(done)]
    items = [element("li", name, class_="s-done") for name in done]
    items += [element("li", name, class_="s-now" if not at else None) for at, name in enumerate(left)]
    bar = element("ol", *items, class_="s-stages", aria_label="Stages")
    who = element("span", said(waited)) if waited else None
    return element("div", element("span", "“", said(text), "”"), bar, who, class_="s-under", role="status")


def answer_html(answer: Answer, text: str = "") -> Html:
    """A line of how the answer came about; above it what was not understood, refused, or could be meant."""
    total = sum(timing.ms for timing in answer.timings)
    said_text = (element("span", "“", said(text), "”"),) if text else ()
    facts = element("span", f"{MODES[answer.mode]} · {total:.0f} ms · {_count(len(answer.blocks))}")
    line = element("div", *said_text, facts, class_="s-under", role="status")
    return joined((_note(answer), _planner(answer), line, _reasons(answer)))


def _planner(answer: Answer) -> Html | None:
    """That a language model read the question, and what that means for its numbers."""
    if answer.mode not in MODELS:
        return None
    source = next((one.source for one in answer.blocks if one.source.provider is not None), Source())
    who = ", ".join(name for name in (source.provider, source.model) if name) or MODES[answer.mode]
    text = "It chose among what you may use; the numbers come from the database. Do the chips say what you meant?"
    note = element(
        "aside",
        element("p", element("strong", "A language model read this question: "), said(who)),
        element("p", text),
        class_="s-note s-told",
        aria_label="Planned by a model",
    )
    return element("div", note, class_="s-block")


def _reasons(answer: Answer) -> Html | None:
    """Why the rungs before did not answer."""
    if not answer.notes:
        return None
    items = (element("li", said(note)) for note in answer.notes)
    made = element("details", element("summary", "Who was asked before, and why not"), element("ul", *items))
    return element("div", made, class_="s-under")


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
