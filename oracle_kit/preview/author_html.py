"""What the author's view shows: the codebook to choose from, the editor, faults, previews, rankings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_html import block_article
from oracle_kit.errors import ContentError
from oracle_kit.model import Match
from oracle_kit.preview.cards import act, button
from oracle_kit.usecases.drafts import Seen, Taken
from oracle_kit.usecases.templates import Counted, Found

START = """title: What it shows
description: When to use it
dataset:
shape: breakdown
asks:
  - a question that it answers
blocks:
  - kind: bar_chart
    title: What it shows
    query:
      measures: []
      dimensions: []
"""
MOST_FOUND = 6


def find_html(chapters: Iterable[Counted], found: Sequence[Found], text: str, chapter: str) -> Html:
    """A search of the codebook and what it found."""
    options = [element("option", "All chapters", value="")]
    options += [
        element("option", f"{one.title} ({one.templates})", value=one.id, selected=one.id == chapter)
        for one in chapters
    ]
    form = element(
        "form",
        element(
            "label", "Search the codebook", element("input", name="text", value=text, autocomplete="off")
        ),
        element("label", "Chapter", element("select", *options, name="chapter")),
        element("button", "Find", type="submit", class_="s-small"),
        class_="s-form",
        data_message=act("pick"),
        data_empty="1",
    )
    items = [_found(one) for one in found[:MOST_FOUND]]
    listed = element("ul", *items, class_="s-list", aria_label="Templates") if items else None
    more = len(found) - MOST_FOUND
    note = (
        element("p", f"and {more} more; search to narrow them down", class_="s-quiet") if more > 0 else None
    )
    return joined((element("div", form, class_="s-panel"), element("div", listed, note, class_="s-block")))


def _found(one: Found) -> Html:
    why = one.why or one.asks[0]
    inside = (
        element("strong", said(one.title)),
        element("span", one.id, class_="s-quiet"),
        element("p", said(why), class_="s-quiet"),
    )  # fmt: skip  # one entry
    return element("li", button(joined(inside), act("pick", template=one.id), "s-item s-entry"))


def editor_html(text: str, template_id: str) -> Html:
    """The editor of a template's YAML."""
    area = element(
        "textarea", Html("\n"), text, class_="s-yaml", name="text", spellcheck="false", aria_label="Template as YAML",
        autocapitalize="off",
    )  # fmt: skip  # one element
    name = element(
        "label", "Id: chapter.subchapter.name",
        element("input", name="id", value=template_id, placeholder="crm.pipeline.my_template", autocomplete="off"),
    )  # fmt: skip  # one element
    tools = [
        element("button", label, type="button", class_=class_, data_draft=want)
        for label, want, class_ in (
            ("See it under each role", "preview", "s-primary"),
            ("Check it", "check", "s-small"),
            ("Save as a proposal", "save", "s-small"),
        )
    ]
    return element(
        "form",
        element("div", name, class_="s-form"),
        area,
        element("div", *tools, class_="s-row"),
        class_="s-panel s-editor",
    )


def words_html(words: Iterable[str], fault: ContentError | None) -> Html:
    """What may stand at the cursor, and the first fault."""
    items = [element("button", word, type="button", class_="s-small", data_insert=word) for word in words]
    listed = element("div", *items, class_="s-words", aria_label="What may stand here") if items else None
    if fault is None:
        state = element(
            "p", element("span", class_="s-state s-good", aria_hidden="true"), "No fault", class_="s-quiet"
        )
    else:
        fault_list = element("ul", element("li", said(str(fault))), class_="s-faults")
        state = element("div", fault_list, role="status")
    return joined((state, listed))


def try_html() -> Html:
    """A prompt to rank against the whole codebook."""
    form = element(
        "form",
        element("label", "Try a prompt", element("input", name="text", autocomplete="off", maxlength="2000")),
        element("button", "Rank", type="submit", class_="s-small"),
        class_="s-form",
        data_message=act("try"),
    )
    return element("div", form, class_="s-panel")


def ranking_html(prompt: str, matches: Iterable[Match], draft_id: str) -> Html:
    """The templates that a prompt may mean, best first, each with why."""
    rows = [
        element(
            "tr",
            element("td", f"{match.score:.0%}", class_="o-n"),
            element(
                "td",
                element("strong", match.template_id) if match.template_id == draft_id else match.template_id,
            ),
            element("td", said(match.why), class_="s-quiet"),
        )
        for match in matches
    ]
    if not rows:
        return element(
            "div", element("p", "Nothing fits “", said(prompt), "”: Oracle would say so."), class_="s-panel"
        )
    head = element("tr", *(element("th", name, scope="col") for name in ("Score", "Template", "Why")))
    table = element(
        "table",
        element("caption", f"Ranking of {prompt}", class_="o-hidden"),
        element("thead", head),
        element("tbody", *rows),
        class_="s-scores",
    )
    return element(
        "div",
        element("h2", "“", said(prompt), "”", class_="s-h2"),
        element("div", table, class_="o-scroll", tabindex="0"),
        class_="s-panel",
    )


def checked_html(taken: Sequence[Taken]) -> Html:
    """What a draft would take from its neighbours."""
    if not taken:
        return element(
            "div",
            element("p", "It loads, and takes no ask from another template."),
            class_="s-panel",
            role="status",
        )
    items = [
        element(
            "li",
            said(f"“{one.ask}” now goes to {one.template_id}"),
            element("span", f" ({one.score:.0%} for the draft)", class_="s-quiet"),
        )
        for one in taken
    ]
    return element(
        "div",
        element("h2", "It would take these asks from its neighbours", class_="s-h2"),
        element("ul", *items, class_="s-faults"),
        class_="s-panel",
        role="status",
    )


def roles_html(seen: Iterable[Seen], kinds: Kinds) -> Html:
    """The draft's blocks as each role gets them, side by side."""
    made = []
    for one in seen:
        blocks = [block_article(block, kinds) for block in one.blocks]
        refused = element("p", said(one.refused), class_="s-note") if one.refused else None
        none = (
            None
            if blocks or refused
            else element("p", "Its blocks need a prompt to fill their slots.", class_="s-quiet")
        )
        made.append(
            element("section", element("h3", one.role), refused, none, *blocks, aria_label=f"As {one.role}")
        )
    return element("div", *made, class_="s-roles s-block")
