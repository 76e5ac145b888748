"""A block as a card of the studio: its one picture, with chips, menu and drawers that can be pressed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_html import source_text
from oracle_kit.model import Block, Chip
from oracle_kit.preview.charts import drawing_in
from oracle_kit.preview.drawers import replay_html, why_html
from oracle_kit.preview.tables import Reading, table_html
from oracle_kit.query import Value

_ORIGINS = {"default": "by default", "policy": "by policy", "word": None}
WIDTHS = ((3, "Quarter"), (4, "Third"), (6, "Half"), (8, "Two thirds"), (12, "Whole"))


@dataclass
class Look:
    """How one reader looks at one block: its table, and which drawers stand open with what in them."""

    table: Reading = field(default_factory=Reading)
    why: Mapping[str, Any] | None = None
    replay: tuple[Value, ...] | None = None
    explore: bool = False


@dataclass(frozen=True)
class Setting:
    """What a card stands in: whether it is the first or the last, and whether its reader may change it.

    It says nothing that changes with every commit, so that only cards that changed are drawn anew.
    """

    first: bool
    last: bool
    may_edit: bool
    kinds: Kinds
    download: str  # the address of its rows as a file, without the block


def act(what: str, /, **more: Any) -> str:
    """A message for the session, as an element carries it."""
    return json.dumps({"act": what, **more}, ensure_ascii=False)


def edit(op: str, block: Block, /, **more: Any) -> str:
    """A message with one edit of the block."""
    return act("edit", edits=[{"op": op, "block_id": block.id, **more}])


def button(label: str, message: str, class_: str = "s-item", **more: Any) -> Html:
    """A button that tells the session something."""
    return element("button", label, type="button", class_=class_, data_message=message, **more)


def card_html(block: Block, look: Look, setting: Setting) -> Html:
    """The card, whole; while its chart is explored, without the picture, which stands beneath it then."""
    badge = element("span", "Suggestion, not the answer", class_="o-badge") if block.suggestion else None
    pin = element("span", "Pinned", class_="o-tag") if block.pinned else None
    head = element(
        "header", element("h2", said(block.title), class_="o-title"), pin, badge, _menu(block, setting),
        class_="o-head",
    )  # fmt: skip  # a header reads as one
    source = source_text(block)
    return element(
        "article",
        head,
        chips(block, setting),
        element("div", _picture(block, look, setting), class_="o-body"),
        why_html(look.why) if look.why is not None else None,
        replay_html(look.replay) if look.replay is not None else None,
        element("footer", said(source), class_="o-source") if source and not look.explore else None,
        class_=" ".join(_classes(block, look)),
        aria_label=block.title,
        id=block.id,
    )


def _classes(block: Block, look: Look) -> Iterable[str]:
    yield f"o-block o-kind-{block.kind}"
    if block.suggestion:
        yield "o-suggested"
    if look.explore:
        yield "s-bare"


def _picture(block: Block, look: Look, setting: Setting) -> Html:
    if look.explore:
        drawing = drawing_in(block)
        summary = element("p", drawing.summary, class_="o-hidden") if drawing else None
        back = button("Back to the picture", act("look", block=block.id, at="explore"), "s-small")
        return joined((summary, back))
    return table_html(block, look.table) or setting.kinds.html(block)


def chips(block: Block, setting: Setting) -> Html:
    """What was understood, each to be changed or removed where the reader may."""
    items = [_chip(block, chip, setting) for chip in block.chips]
    return element("ul", *items, class_="o-chips", aria_label="Understood as") if items else Html()


def _chip(block: Block, chip: Chip, setting: Setting) -> Html:
    origin = _ORIGINS[chip.origin]
    label = (said(chip.label), element("small", f" {origin}") if origin else None)
    fixed = chip.origin == "policy" or chip.op in ("", "row_filter", "spelling")
    if fixed or not setting.may_edit or block.withheld is not None:
        return element("li", *label, class_=f"o-chip o-{chip.origin}")
    summary = element("summary", *label, aria_label=f"{chip.label}: change or remove")
    inside = element("div", *_choices(block, chip), class_="s-menu")
    return element(
        "li", element("details", summary, inside, class_="s-pop"), class_=f"o-chip s-chip o-{chip.origin}"
    )


def _choices(block: Block, chip: Chip) -> Iterable[Html]:
    for at, choice in enumerate(chip.alternatives[:12]):
        yield button(choice.label, edit("set_chip", block, chip_id=chip.id, alternative=at))
    if chip.op not in ("window", "group", "measure", "sort", "term"):
        field_id = f"v-{block.id}-{chip.id}"
        yield element(
            "form",
            element("label", "Another value", for_=field_id),
            element("input", id=field_id, name="text", value=_typed(chip), autocomplete="off"),
            element("button", "Set", type="submit", class_="s-small"),
            class_="s-line",
            data_message=act("set_value", block=block.id, chip=chip.id),
        )
    yield button("Remove", edit("remove_chip", block, chip_id=chip.id), "s-item s-danger")


def _typed(chip: Chip) -> str:
    return ", ".join("" if value is None else str(value) for value in chip.values)


def _menu(block: Block, setting: Setting) -> Html:
    summary = element("summary", "⋯", aria_label=f"What can be done with {block.title}", title="More")
    parts = [
        element("div", *_looks(block, setting), class_="s-group"),
        *(_changes(block, setting) if setting.may_edit else ()),
    ]
    return element("details", summary, element("div", *parts, class_="s-menu s-right"), class_="s-pop s-more")


def _looks(block: Block, setting: Setting) -> Iterable[Html]:
    if block.queries or block.source.queries:
        yield button("Why this?", act("look", block=block.id, at="why"))
        yield button("Run again and compare", act("look", block=block.id, at="replay"))
    if drawing_in(block) is not None:
        yield button("Explore the chart", act("look", block=block.id, at="explore"))
    if block.results:
        address = f"{setting.download}&block={block.id}"
        yield element("a", "Download as CSV", href=address, download=True, class_="s-item")


def _changes(block: Block, setting: Setting) -> Iterable[Html]:
    title = element(
        "form",
        element("label", "Title", for_=f"t-{block.id}"),
        element(
            "input", id=f"t-{block.id}", name="text", value=block.title, autocomplete="off", maxlength="200"
        ),
        element("button", "Save", type="submit", class_="s-small"),
        class_="s-line",
        data_message=act("retitle", block=block.id),
    )
    yield element("div", title, class_="s-group")
    if block.queries:
        yield _group("Show as", (_kind(block, name, setting) for name in _others(block, setting)))
    widths = (
        button(
            name,
            edit("resize", block, width=width),
            "s-small",
            aria_pressed="true" if block.width == width else "false",
        )
        for width, name in WIDTHS
    )
    yield _group("Width", widths)
    yield element("div", *_places(block, setting), class_="s-group")


def _group(title: str, items: Iterable[Html]) -> Html:
    return element(
        "div", element("p", title, class_="s-quiet"), element("div", *items, class_="s-row"), class_="s-group",
        role="group", aria_label=title,
    )  # fmt: skip  # one group


def _others(block: Block, setting: Setting) -> list[str]:
    return [name for name in setting.kinds.names if name not in ("text", "notice", block.kind)]


def _kind(block: Block, name: str, setting: Setting) -> Html:
    kind = setting.kinds.get(name)
    return button(kind.title if kind else name, edit("set_kind", block, kind=name), "s-small")


def _places(block: Block, setting: Setting) -> Iterable[Html]:
    if not setting.first:
        yield button("Move up", act("move", block=block.id, by=-1))
        yield button("Move to the top", edit("move", block, to=0))
    if not setting.last:
        yield button("Move down", act("move", block=block.id, by=1))
    yield button("Duplicate", edit("duplicate", block))
    yield button(
        *(("Unpin", edit("unpin", block)) if block.pinned else ("Pin to the top", edit("pin", block)))
    )
    if not block.pinned:
        yield button("Remove", edit("remove", block), "s-item s-danger")
