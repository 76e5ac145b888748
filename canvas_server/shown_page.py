"""A page as the routes show it."""

from __future__ import annotations

from typing import Any

from oracle_kit import Oracle, Page, Revision


def shown_page(oracle: Oracle, page: Page, revision: Revision | None, html: bool = False) -> dict[str, Any]:
    """The page with the blocks of one revision."""
    shown = oracle.revision_json(revision, html=html) if revision is not None else None
    return {**page.model_dump(mode="json"), "revision": shown}
