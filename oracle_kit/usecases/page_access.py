"""Who owns, edits and reads a page; a page that one may not read is as if it were not there."""

from __future__ import annotations

from oracle_kit.canvas.page_store import PageStore
from oracle_kit.errors import NotFound, NotPermitted
from oracle_kit.identity.roles import may
from oracle_kit.ids import new_id
from oracle_kit.model import Page, Viewer
from oracle_kit.usecases.parts import wall_clock


def may_read(page: Page, viewer: Viewer) -> bool:
    """Whether the viewer owns the page, is a member, or the page is visible to them."""
    own = viewer.id in (page.owner, *page.viewers, *page.editors)
    team = page.visibility == "team" and page.team is not None and page.team == viewer.attributes.get("team")
    return own or team or page.visibility == "everyone" or may(viewer, "administer")


def may_edit(page: Page, viewer: Viewer) -> bool:
    """Whether the viewer owns the page or is one of its editors, with a role that may edit at all."""
    return viewer.id in (page.owner, *page.editors) and may(viewer, "edit_pages")


def readable(store: PageStore, page_id: str, viewer: Viewer) -> Page:
    """The page; NotFound where it is not there for this viewer."""
    return checked(store.page(page_id), viewer)


def checked(page: Page, viewer: Viewer) -> Page:
    """The page where the viewer may read it, else NotFound."""
    if not may_read(page, viewer):
        raise NotFound(f"There is no page {page.id}.", hint="`oracle pages` lists those that you may read.")
    return page


def editable(store: PageStore, page_id: str, viewer: Viewer) -> Page:
    """The page, to be changed; NotFound where one may not read it, NotPermitted where one may only read it."""
    page = readable(store, page_id, viewer)
    if not may_edit(page, viewer):
        raise NotPermitted(
            "Only the page's owner and its editors may change it.",
            hint="Fork the page, or ask its owner to make you an editor.",
        )
    if page.archived:
        raise NotPermitted("The page is archived.", hint="Its owner can bring it back.")
    return page


def owned(store: PageStore, page_id: str, viewer: Viewer) -> Page:
    """The page, to be shared or archived; NotPermitted for all but its owner and an administrator."""
    page = readable(store, page_id, viewer)
    if viewer.id != page.owner and not may(viewer, "administer"):
        raise NotPermitted("Only the page's owner may change who sees it.", hint="Ask the owner.")
    return page


def new_page(title: str, viewer: Viewer) -> Page:
    """A page of the viewer's own, still to be kept."""
    team, now = viewer.attributes.get("team"), wall_clock()
    return Page(
        id=new_id("page"),
        title=title.strip() or "Untitled",
        owner=viewer.id,
        team=str(team) if team is not None else None,
        created_at=now,
        updated_at=now,
    )
