"""Pages as they are read and written within a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from oracle_kit.canvas.page_rows import is_text, member_rows, naive, page_row, pages_of, storable
from oracle_kit.errors import NotFound, Refused
from oracle_kit.model import Page
from oracle_kit.state.columns import utc_now
from oracle_kit.state.page_tables import members, pages

_ADD_PAGE = {
    "postgresql": postgresql.insert(pages).on_conflict_do_nothing().returning(pages.c.page_id),
    "sqlite": sqlite.insert(pages).on_conflict_do_nothing().returning(pages.c.page_id),
}
_ADD_MEMBERS = sa.insert(members)


def read_page(connection: sa.Connection, page_id: str, *, lock: bool = False) -> Page:
    """The page, locked for this transaction if asked; NotFound."""
    query = sa.select(pages).where(pages.c.page_id == page_id)
    there = is_text(page_id)
    row = (
        connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
        if there
        else None
    )
    if row is None:
        raise NotFound(f"There is no page {page_id}.", hint="`oracle pages` lists those that you may read.")
    return pages_of(connection, [row])[0]


def insert_page(connection: sa.Connection, page: Page) -> None:
    """Keep a new page with its members; Refused where the id is taken."""
    if connection.execute(_ADD_PAGE[connection.dialect.name], page_row(page)).scalar() is None:
        raise Refused(f"There is a page {page.id} already.", hint="Make a new id.")
    insert_members(connection, page)


def insert_members(connection: sa.Connection, page: Page) -> None:
    """Keep the members of a page."""
    rows = member_rows(page)
    if rows:
        connection.execute(_ADD_MEMBERS, rows)


def add_viewers(connection: sa.Connection, page_id: str, people: Iterable[str]) -> Page:
    """The page with these people among its viewers, but for those who are members already."""
    page = read_page(connection, page_id, lock=True)
    changed = normal(page.model_copy(update={"viewers": (*page.viewers, *people), "updated_at": utc_now()}))
    connection.execute(sa.update(pages).where(pages.c.page_id == page_id).values(**page_row(changed)))
    connection.execute(sa.delete(members).where(members.c.page_id == page_id))
    insert_members(connection, changed)
    return changed


def headless(page: Page) -> Page:
    """The page; Refused where it has a revision already."""
    if page.head is not None or page.head_number:
        raise Refused("A new page has no revision yet.", hint="Append one, or fork a page.")
    return page


def normal(page: Page) -> Page:
    """The page as it will be read back: naive times, nobody named twice. Refused for texts that cannot be kept."""
    storable("title", [page.title])
    storable("name", (page.owner, page.team, *page.viewers, *page.editors))
    editors = tuple(one for one in dict.fromkeys(page.editors) if one != page.owner)
    viewers = tuple(one for one in dict.fromkeys(page.viewers) if one != page.owner and one not in editors)
    moments = {"created_at": naive(page.created_at), "updated_at": naive(page.updated_at)}
    return page.model_copy(update={"viewers": viewers, "editors": editors, **moments})


def validated(page: Page, fields: dict[str, Any]) -> Page:
    try:
        return Page.model_validate(page.model_dump() | fields)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise Refused(f"The page's {place} cannot be that: {fault['msg'].lower()}.") from None
