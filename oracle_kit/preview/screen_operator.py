"""The operator's view: what answers prompts, providers and their health, the switch, jobs, approvals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.identity.roles import may
from oracle_kit.preview.messages import Message
from oracle_kit.preview.session import Session

ABSENT = (
    ("models", "Providers, their health, models per workload and the switch"),
    ("jobs", "Batch jobs with their progress"),
    ("approvals", "Proposed writes with before and after"),
)


class OperatorScreen:
    """What is up, and what this Oracle has not got yet, said plainly."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pane = session.panes.html()
        self.view = session.panes.column(self._pane)

    async def open(self) -> None:
        """Fill the view."""
        self._pane.object = self._session.panes.themed(await self._session.run(self._made))

    async def hear(self, message: Message) -> None:
        """Nothing of this view is pressed yet."""

    def _made(self) -> Html:
        oracle, viewer = self._session.oracle, self._session.viewer
        head = element("div", element("h1", "Operations"), class_="s-hero")
        me = oracle.me(viewer=viewer)
        absent = [(name, what) for name, what in ABSENT if not hasattr(oracle, name)]
        parts = [head, _parts(oracle.ready()), _modes(me["modes"])]
        if not may(viewer, "operate"):
            told = "Switching providers takes the role operator; you see what there is."
            parts.append(element("p", told, class_="s-quiet"))
        return joined((*parts, _absent(absent)))


def _parts(ready: Mapping[str, bool]) -> Html:
    items = (
        _state(name.capitalize(), up, "answers" if up else "does not answer") for name, up in ready.items()
    )
    return _section("Parts", items)


def _modes(modes: Iterable[str]) -> Html:
    there = set(modes)
    items = (
        _state(text.capitalize(), name in there, "available" if name in there else "not configured")
        for name, text in MODES.items()
    )
    return _section("What answers a prompt, in this order", items)


def _state(name: str, good: bool, text: str) -> Html:
    dot = element("span", class_=f"s-state{' s-good' if good else ''}", aria_hidden="true")
    inside: tuple[Any, ...] = (element("strong", dot, said(name)), element("span", text, class_="s-quiet"))
    return element("li", element("div", *inside, class_="s-entry"))


def _absent(absent: Iterable[tuple[str, str]]) -> Html | None:
    items = [
        element(
            "li",
            element(
                "div",
                element("strong", what),
                element("span", "not part of this Oracle yet", class_="s-quiet"),
                class_="s-entry",
            ),
        )
        for _, what in absent
    ]
    return _section("Not here yet", items) if items else None


def _section(title: str, items: Iterable[Html]) -> Html:
    made = element("ul", *items, class_="s-list", aria_label=title)
    return joined((element("h2", title, class_="s-h2"), made))
