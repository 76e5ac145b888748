"""Blocks and pages as static HTML: the one picture that Jupyter, exports, the server and the studio show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from oracle_kit.canvas.format import readable
from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.html_style import policy, style_element
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.model import Block, Chip, Page, Revision

MODES = {
    "codebook_retrieval": "from the codebook",
    "nemoclaw_hosted": "planned by a hosted model",
    "ollama_local": "planned by a local model",
    "deterministic_fallback": "nearest templates",
}
_ORIGINS = {"default": "by default", "policy": "by policy", "word": None}


def block_html(block: Block, kinds: Kinds) -> str:
    """One block with its style, to stand anywhere: in a notebook, in another page."""
    return block_fragment((block,), kinds)


def block_fragment(blocks: Iterable[Block], kinds: Kinds) -> str:
    """Some blocks with their style, one below another or side by side as their widths say."""
    grid = element("div", *(block_article(block, kinds) for block in blocks), class_="o-grid")
    return joined((style_element("canvas"), element("div", grid, class_="oracle-canvas o-single")))


def page_html(page: Page, revision: Revision, kinds: Kinds) -> str:
    """The whole page as one file that asks for nothing else: no script, no font, no picture from elsewhere."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        policy("canvas", "page"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", page.title),
        style_element("canvas", "page"),
    )
    body = element("body", element("main", page_body(page, revision, kinds), class_="oracle-canvas"))
    return Html(f"<!doctype html>\n{element('html', head, body, lang='en')}\n")


def page_body(page: Page, revision: Revision, kinds: Kinds) -> Html:
    """The page's title, what must be known of the answer, and its blocks; without style, for a page that has it."""
    blocks = [block_article(block, kinds) for block in revision.blocks]
    grid = (
        element("div", *blocks, class_="o-grid") if blocks else element("p", "This page has no blocks yet.")
    )
    return joined((_top(page, revision), *_banners(revision), grid, _foot(revision)))


def block_article(block: Block, kinds: Kinds) -> Html:
    """A block's title, chips, picture and source line; without style."""
    badge = element("span", "Suggestion, not the answer", class_="o-badge") if block.suggestion else None
    head = element("header", element("h2", said(block.title), class_="o-title"), badge, class_="o-head")
    notice = " o-suggested" if block.suggestion else ""
    return element(
        "article",
        head,
        chips_html(block.chips),
        element("div", kinds.html(block), class_="o-body"),
        _source(block),
        class_=f"o-block o-w{block.width} o-kind-{block.kind}{notice}",
        aria_label=block.title,
    )


def chips_html(chips: Iterable[Chip]) -> Html:
    """What was understood; what was taken by default or by policy is marked so."""
    items = [_chip(chip) for chip in chips]
    return element("ul", *items, class_="o-chips", aria_label="Understood as") if items else Html()


def _chip(chip: Chip) -> Html:
    origin = _ORIGINS[chip.origin]
    mark = element("small", f" {origin}") if origin else None
    others = ", ".join(choice.label for choice in chip.alternatives)
    hint = f"could also be: {others}" if others else None
    return element("li", said(chip.label), mark, class_=f"o-chip o-{chip.origin}", title=hint)


def _source(block: Block) -> Html:
    text = source_text(block)
    return element("footer", said(text), class_="o-source") if text else Html()


def source_text(block: Block) -> str:
    """Where the numbers came from in a line: dataset, as of when, how it was planned, under which policies."""
    main = block.source.queries.get("main") or next(iter(block.source.queries.values()), None)
    parts = [f"{_dataset(main.dataset)} (version {main.dataset_version})"] if main else []
    parts += [f"as of {moment_text(main.as_of.replace(tzinfo=None))} UTC"] if main else []
    mode = block.source.mode
    if mode is not None and (main or block.source.model):
        model = f" ({block.source.model})" if block.source.model else ""
        parts.append(MODES[mode] + model)
    parts += list(main.policies) if main else []
    parts += ["from an imported file"] if block.source.imported else []
    return " · ".join(parts)


def _dataset(name: str) -> str:
    return readable(name.rpartition(".")[2])


def _top(page: Page, revision: Revision) -> Html:
    prompt = element("p", "“", said(revision.prompt), "”", class_="o-prompt") if revision.prompt else None
    same = revision.prompt and revision.prompt.strip() == page.title.strip()
    facts = f"Revision {revision.number} · {_moment(revision.at)} · "
    line = element("p", facts, said(revision.author), class_="o-meta")
    return element("header", element("h1", said(page.title)), None if same else prompt, line, class_="o-top")


def _moment(at: datetime) -> str:
    return f"{moment_text(at.replace(tzinfo=None))} UTC"


def _banners(revision: Revision) -> list[Html]:
    """What must be known before the numbers are used: reservations, words not understood, other readings."""
    plan = revision.plan
    if plan is None:
        return []
    lines = [element("p", said(reservation)) for reservation in plan.reservations]
    if plan.not_understood:
        words = ", ".join(f"“{word}”" for word in plan.not_understood)
        lines.insert(0, element("p", element("strong", "Not understood: "), said(words)))
    lines += [element("p", "It could also mean: ", said(choice)) for choice in plan.choices]
    return (
        [element("aside", *lines, class_="o-banner", aria_label="Before you use these numbers")]
        if lines
        else []
    )


def _foot(revision: Revision) -> Html:
    parts = [revision.message] if revision.message else []
    parts += [f"{revision.id}", MODES[revision.mode] if revision.mode else ""]
    return element("footer", " · ".join(part for part in parts if part), class_="o-foot")
