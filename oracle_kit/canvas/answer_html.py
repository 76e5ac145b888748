"""Answers, revisions and blocks as Jupyter shows them: static HTML with its own style, no script, no network."""

from __future__ import annotations

from functools import cache

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.html_style import sheet, style_element
from oracle_kit.canvas.kinds import Kinds, standard_kinds
from oracle_kit.canvas.page_html import MODES, block_fragment
from oracle_kit.model import Answer, Block, Revision

SCOPE = ".oracle-canvas"
PLAIN = (  # what Jupyter's own sheet says of tables and ours does not
    f"{3 * SCOPE} table{{table-layout:auto;margin:0}}{3 * SCOPE} tr{{background:none}}"
)


def shown(value: Answer | Revision | Block) -> str:
    """The HTML of one of them, its style told so often that Jupyter's own for tables and lists does not win."""
    if isinstance(value, Answer):
        html = answer_html(value, _kinds())
    else:
        html = block_fragment(value.blocks if isinstance(value, Revision) else (value,), _kinds())
    return html.replace(style_element("canvas"), _firm_style(), 1)


@cache
def _firm_style() -> str:
    return f"<style>{sheet('canvas').replace(SCOPE, 3 * SCOPE)}{PLAIN}</style>"


def answer_html(answer: Answer, kinds: Kinds) -> str:
    """An answer's blocks under what must be known before its numbers are used, and where it is kept."""
    where = f"{MODES[answer.mode]} · as of {answer.as_of:%d %b %Y %H:%M} UTC"
    kept = f" · page {answer.page_id}" if answer.page_id else ""
    foot = element("p", said(where + kept), class_="o-foot")
    around = [
        element("div", one, class_="oracle-canvas") if one else Html() for one in (_banner(answer), foot)
    ]
    return joined((around[0], Html(block_fragment(answer.blocks, kinds)), around[1]))


def _banner(answer: Answer) -> Html:
    lines = [element("p", said(reservation)) for reservation in answer.reservations]
    if answer.not_understood:
        words = ", ".join(f"“{word}”" for word in answer.not_understood)
        lines.insert(0, element("p", element("strong", "Not understood: "), said(words)))
    lines += [element("p", "It could also mean: ", said(choice)) for choice in answer.choices]
    return element("aside", *lines, class_="o-banner") if lines else Html()


@cache
def _kinds() -> Kinds:
    return standard_kinds()
