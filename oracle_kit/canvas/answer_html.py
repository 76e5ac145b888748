"""Answers, revisions and blocks as Jupyter shows them: static HTML with its own style, no script, no network."""

from __future__ import annotations

from functools import cache

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds import Kinds, standard_kinds
from oracle_kit.canvas.page_html import MODES, block_fragment
from oracle_kit.model import Answer, Block, Revision


def shown(value: Answer | Revision | Block) -> str:
    """The HTML of one of them."""
    if isinstance(value, Answer):
        return answer_html(value, _kinds())
    blocks = value.blocks if isinstance(value, Revision) else (value,)
    return block_fragment(blocks, _kinds())


def answer_html(answer: Answer, kinds: Kinds) -> str:
    """An answer's blocks under what must be known before its numbers are used, and where it is kept."""
    where = f"{MODES[answer.mode]} · as of {answer.as_of:%d %b %Y %H:%M} UTC"
    kept = f" · page {answer.page_id}" if answer.page_id else ""
    foot = element("p", said(where + kept), class_="o-foot")
    return joined((_banner(answer), Html(block_fragment(answer.blocks, kinds)), foot))


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
