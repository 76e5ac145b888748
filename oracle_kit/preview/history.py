"""A page's revisions to look at, compare and bring back, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oracle_kit.canvas.diff import BlockChange
from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, said
from oracle_kit.model import Revision
from oracle_kit.preview.cards import act, button

KINDS = {
    "created": "Created",
    "prompt": "Asked",
    "edit": "Edited",
    "refresh": "Refreshed",
    "rollback": "Rolled back",
    "fork": "Forked",
    "merge": "Merged",
}
MOST_SHOWN = 120


def history_html(revisions: Iterable[Revision], seen: str, head: str, *, more: bool, may_edit: bool) -> Html:
    """The revisions, newest first, the one in view marked."""
    items = [_revision(one, seen, head, may_edit) for one in revisions]
    older = button("Older revisions", act("do", what="older"), "s-small") if more else None
    return element(
        "section",
        element("h2", "History", class_="s-h2"),
        element("ol", *items, class_="s-history"),
        older,
        class_="s-panel",
        aria_label="History",
    )


def _revision(one: Revision, seen: str, head: str, may_edit: bool) -> Html:
    what = one.prompt or one.message
    facts = (
        f"{one.number} · {KINDS[one.kind]} · {one.author} · {moment_text(one.at.replace(microsecond=0))} UTC"
    )
    tools = [
        button("See it", act("see", revision=one.id), "s-small") if one.id != seen else None,
        button("What changed", act("see", revision=one.id, how="compare"), "s-small")
        if one.parents
        else None,
        button("Compare with the newest", act("see", revision=one.id, how="to_newest"), "s-small")
        if one.id != head
        else None,
        button("Bring it back", act("see", revision=one.id, how="rollback"), "s-small")
        if may_edit and one.id != head
        else None,
    ]
    return element(
        "li",
        element("span", said(facts), class_="s-quiet"),
        element("strong", said(what)) if what else None,
        element("div", *tools, class_="s-row"),
        aria_current="true" if one.id == seen else None,
    )


def diff_html(changes: Iterable[BlockChange], title: str) -> Html:
    """What one revision has other than another, block by block."""
    items = [_change(one) for one in changes]
    inside = element("ul", *items, class_="s-diff") if items else element("p", "No block changed.")
    close = button("Close", act("do", what="history"), "s-small")
    return element(
        "section", element("h2", title, class_="s-h2"), inside,
        element("p", close, class_="s-under"), class_="s-panel", aria_label="What changed",
    )  # fmt: skip  # one section


def _change(one: BlockChange) -> Html:
    head = element("span", element("span", one.change, class_=f"s-{one.change}"), " ", said(one.title))
    parts = [
        element(
            "span", f"{part.part}: ", said(f"{_short(part.before)} → {_short(part.after)}"), class_="s-quiet"
        )
        for part in one.parts
    ]
    return element("li", head, *parts)


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
