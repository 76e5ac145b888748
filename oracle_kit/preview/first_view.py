"""A page's blocks as finished HTML within the first response: they are seen before any script has run."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from urllib.parse import parse_qs

from oracle_kit.canvas.html import Html, element, joined
from oracle_kit.errors import OracleError
from oracle_kit.model import Page, Revision, Viewer
from oracle_kit.oracle import Oracle
from oracle_kit.preview.cards import Look, Setting, card_html
from oracle_kit.preview.guard import SignedIn
from oracle_kit.preview.page_head import head_html
from oracle_kit.preview.panes import Panes
from oracle_kit.preview.shell import top_html

logger = logging.getLogger("oracle_kit.preview")
in_first_view: ContextVar[str] = ContextVar("in_first_view", default="")


def first_view(oracle: Oracle, who: SignedIn, query: str, prefix: str) -> str:
    """The page that the address names, as its reader may see it; nothing where there is none to be shown.

    It stands, not to be pressed yet, until the session shows the same; what went wrong is the session's to tell.
    """
    page_id = parse_qs(query).get("page", [""])[0]
    if not page_id or "view=" in query:
        return ""
    try:
        viewer = oracle.authenticate(who.token)
        page = oracle.pages.read(page_id, viewer=viewer)
        revision = oracle.pages.revision(page_id, viewer=viewer) if page.head is not None else None
        return _drawn(oracle, page, revision, viewer, Panes(who.theme, ""), prefix)
    except OracleError:
        return ""
    except Exception:  # the session meets the same, and shows its reader a request id
        logger.exception("a page could not be drawn for its first response")
        return ""


def _drawn(
    oracle: Oracle, page: Page, revision: Revision | None, viewer: Viewer, panes: Panes, prefix: str
) -> Html:
    setting = Setting(first=False, last=False, may_edit=False, kinds=oracle.kinds, download="")
    top = panes.themed(top_html(prefix, "pages", viewer))
    head = panes.themed(head_html(page, revision, viewer, prefix, old=False, editing=False))
    blocks = revision.blocks if revision is not None else ()
    cards = (
        element("div", Html(panes.themed(card_html(block, Look(), setting))), class_=f"o-w{block.width}")
        for block in blocks
    )
    ask = element("div", class_="s-first-ask")
    board = element("div", *cards, class_="s-first-grid")
    return element(
        "div", joined((Html(top), Html(head), ask, board)), id="first-view", inert=True, aria_busy="true"
    )
