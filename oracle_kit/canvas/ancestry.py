"""The graph of revisions across pages: the history that a page shares, and where two revisions come from."""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from oracle_kit.state.page_tables import pages, revisions

HEADER = [column for column in revisions.c if column.name not in ("plan", "blocks")]
MOST_AT_ONCE = 500  # ids in one statement


def lineage(connection: sa.Connection, page_id: str) -> tuple[tuple[str, int], ...]:
    """The pages whose revisions make up a page's history: itself, what it was forked from, and so on.

    Each with the number of its newest revision that belongs to it.
    """
    found: list[tuple[str, int]] = []
    page: str | None = page_id
    newest: int | None = None
    while page is not None and page not in dict(found):
        row = connection.execute(sa.select(pages).where(pages.c.page_id == page)).mappings().one()
        found.append((page, row["head_number"] if newest is None else newest))
        page, forked = row["forked_page"], row["forked_revision"]
        origin = sa.select(revisions.c.number).where(revisions.c.revision_id == forked)
        newest = connection.execute(origin).scalar() if forked is not None else None
    return tuple(found)


def ancestors(connection: sa.Connection, revision_id: str) -> dict[str, tuple[str, ...]]:
    """The revision and all that it comes from, on any page, each with its parents."""
    parents: dict[str, tuple[str, ...]] = {}
    loaded: dict[str, tuple[str, ...]] = {}
    wanted = [revision_id]
    while wanted:
        revision = wanted.pop()
        if revision in parents:
            continue
        if revision not in loaded:
            loaded |= _page_up_to(connection, revision)
        parents[revision] = loaded.get(revision, ())
        wanted.extend(parents[revision])
    return parents


def common_ancestor(connection: sa.Connection, one: str, other: str) -> str | None:
    """The nearest revision that both come from (a revision comes from itself too); None for unrelated ones.

    Where several are as near, the newest.
    """
    ours, theirs = ancestors(connection, one), ancestors(connection, other)
    shared = ours.keys() & theirs.keys()
    passed = {parent for revision in shared for parent in ours[revision]}
    nearest = shared - passed
    rows = sa.select(revisions.c.revision_id).where(revisions.c.revision_id.in_(nearest))
    newest = rows.order_by(revisions.c.at.desc(), revisions.c.revision_id.desc()).limit(1)
    found: str | None = connection.execute(newest).scalar() if nearest else None
    return found


def newest_first(connection: sa.Connection, revision_id: str, limit: int) -> list[RowMapping]:
    """The header rows of a revision and what it comes from, on any page: each before its parents, newest first."""
    parents = ancestors(connection, revision_id)
    ids = list(parents)
    rows: dict[str, RowMapping] = {}
    for at in range(0, len(ids), MOST_AT_ONCE):
        some = sa.select(*HEADER).where(revisions.c.revision_id.in_(ids[at : at + MOST_AT_ONCE]))
        rows |= {row["revision_id"]: row for row in connection.execute(some).mappings()}
    waiting = Counter(parent for one in rows for parent in parents[one])  # children still to come
    ready = [_rank(rows[one]) for one in rows if not waiting[one]]
    heapify(ready)
    found: list[RowMapping] = []
    while ready and len(found) < limit:
        row = rows[heappop(ready)[-1]]
        found.append(row)
        for parent in parents[row["revision_id"]]:
            waiting[parent] -= 1
            if not waiting[parent] and parent in rows:
                heappush(ready, _rank(rows[parent]))
    return found


def _rank(row: RowMapping) -> tuple[float, int, str]:
    """What sorts the newest first."""
    return -row["at"].timestamp(), -row["number"], row["revision_id"]


def _page_up_to(connection: sa.Connection, revision_id: str) -> dict[str, tuple[str, ...]]:
    """The revision's page up to it, in one statement: id and parents."""
    this = sa.select(revisions.c.page_id, revisions.c.number).where(revisions.c.revision_id == revision_id)
    at = connection.execute(this).one_or_none()
    if at is None:
        return {}
    columns = sa.select(revisions.c.revision_id, revisions.c.parent, revisions.c.other_parent)
    rows = columns.where(revisions.c.page_id == at.page_id, revisions.c.number <= at.number)
    return {
        row.revision_id: tuple(one for one in (row.parent, row.other_parent) if one is not None)
        for row in connection.execute(rows)
    }
