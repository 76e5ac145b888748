"""Short ways to make pages and revisions in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oracle_kit.canvas.page_store import NewRevision, PageStore
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Revision
from tests.properties.pages import NOON


def new_page(store: PageStore, owner: str = "asha", **fields: Any) -> Page:
    """A page that is kept, without a revision."""
    page = Page(id=new_id("page"), title="Leads", owner=owner, created_at=NOON, updated_at=NOON)
    return store.create(page.model_copy(update=fields))


def added(store: PageStore, page: Page | str, blocks: Sequence[Block], **fields: Any) -> Revision:
    """The blocks appended on the page's head."""
    page_id = page if isinstance(page, str) else page.id
    told: dict[str, Any] = {"kind": "edit", "author": "asha", "at": NOON, **fields}
    new = NewRevision(page_id=page_id, blocks=tuple(blocks), **told)
    return store.append(new, on_head=store.page(page_id).head)


def forked(store: PageStore, revision: Revision, owner: str = "ravi", title: str = "A fork") -> Page:
    """A fork of a revision, owned by somebody else."""
    page = Page(id=new_id("page"), title=title, owner=owner, created_at=NOON, updated_at=NOON)
    return store.fork(page, of=revision.id, author=owner, at=NOON)
