"""The lists of pages and of a page's revisions, cut into pages with cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from oracle_kit.canvas.ancestry import HEADER, lineage
from oracle_kit.canvas.page_rows import is_text, naive
from oracle_kit.errors import Refused
from oracle_kit.state.page_tables import members, pages, revisions

MOST_LISTED = 500


def listed_pages(
    connection: sa.Connection,
    *,
    reader: str,
    team: str | None,
    everything: bool,
    archived: bool,
    limit: int,
    cursor: str | None,
) -> tuple[list[RowMapping], str | None]:
    """The rows of the pages that the reader may see, newest change first, and the cursor of what follows."""
    count = checked_limit(limit)
    after = _place(cursor) if cursor is not None else None
    parts = [_cut(one, archived, after, count + 1) for one in _readable(reader, team, everything)]
    found = sa.union(*parts).subquery()
    ids = sa.select(found.c.page_id).order_by(found.c.updated_at.desc(), found.c.page_id.desc())
    wanted = [row.page_id for row in connection.execute(ids.limit(count + 1))]
    rows = connection.execute(sa.select(pages).where(pages.c.page_id.in_(wanted[:count]))).mappings()
    ordered = sorted(rows, key=lambda row: (row["updated_at"], row["page_id"]), reverse=True)
    more = len(wanted) > count
    return ordered, _cursor(ordered[-1]) if more else None


def listed_revisions(
    connection: sa.Connection, page_id: str, *, limit: int, cursor: str | None
) -> tuple[list[RowMapping], str | None]:
    """The header rows of a page's history, newest first, those shared with the page it was forked from last."""
    count = checked_limit(limit)
    below = _number(cursor) if cursor is not None else None
    rows: list[RowMapping] = []
    for page, newest in lineage(connection, page_id):
        rows += _headers(connection, page, newest, below, count + 1 - len(rows))
        if len(rows) > count:
            return rows[:count], str(rows[count - 1]["number"])
    return rows, None


def readable_ids(reader: str, team: str | None) -> sa.Select[Any]:
    """The ids of the pages that a reader may see, to be selected from."""
    found = sa.union(*_readable(reader, team, everything=False)).subquery()
    return sa.select(found.c.page_id)


def checked_limit(limit: int) -> int:
    """The limit; Refused where it is not between 1 and 500."""
    if not 1 <= limit <= MOST_LISTED:
        raise Refused(f"A list is cut at 1 to {MOST_LISTED} entries, not {limit}.")
    return limit


def _headers(
    connection: sa.Connection, page_id: str, newest: int, below: int | None, count: int
) -> Sequence[RowMapping]:
    limit = newest if below is None else min(newest, below - 1)
    numbers = revisions.c.number.between(
        limit - count + 1, limit
    )  # they have no gap; both databases see few rows
    mine = sa.select(*HEADER).where(revisions.c.page_id == page_id, numbers)
    return connection.execute(mine.order_by(revisions.c.number.desc()).limit(count)).mappings().all()


def _readable(reader: str, team: str | None, everything: bool) -> list[sa.Select[Any]]:
    """What a reader may see, as selects that each have an index of their own."""
    key = sa.select(pages.c.page_id, pages.c.updated_at)
    if everything:
        return [key]
    mine = sa.select(members.c.page_id).where(members.c.member == reader)
    shown = [key.where(pages.c.owner == reader), key.where(pages.c.page_id.in_(mine))]
    shown.append(key.where(pages.c.visibility == "everyone"))
    if team is not None:
        shown.append(key.where(pages.c.visibility == "team", pages.c.team == team))
    return shown


def _cut(
    part: sa.Select[Any], archived: bool, after: tuple[datetime, str] | None, count: int
) -> sa.Select[Any]:
    part = part.where(pages.c.archived.is_(archived))
    if after is not None:
        moment, page_id = after
        older = pages.c.updated_at < moment
        part = part.where(older | ((pages.c.updated_at == moment) & (pages.c.page_id < page_id)))
    newest = part.order_by(pages.c.updated_at.desc(), pages.c.page_id.desc()).limit(count).subquery()
    return sa.select(newest.c.page_id, newest.c.updated_at)


def _cursor(row: RowMapping) -> str:
    place = f"{row['updated_at'].isoformat()} {row['page_id']}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        moment, _, page_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = naive(datetime.fromisoformat(moment)), page_id
    except (ValueError, OverflowError, binascii.Error):
        raise _bad_cursor() from None
    if not is_text(page_id):
        raise _bad_cursor()
    return place


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise _bad_cursor()
    return int(cursor)


def _bad_cursor() -> Refused:
    return Refused("The cursor is none that a list gave.", hint="Use `next` of the list before, or none.")
