"""Whether every page's history is whole: heads, numbers, parents, hashes and pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.errors import NotFound, RevisionDamaged
from oracle_kit.query import Value
from oracle_kit.state import State
from oracle_kit.state.page_tables import pages, revisions


class Damage(Value):
    """One thing that is wrong with a page's history, and what can be done about it."""

    page_id: str
    revision_id: str | None
    message: str
    hint: str


class PageReport(Value):
    """What is wrong with one page, and the newest of its revisions that can be read: (number, id).

    `goes_on`: whether a rollback to that one mends the page, for its head is there and cannot be read.
    """

    page_id: str
    damages: tuple[Damage, ...]
    newest_sound: tuple[int, str] | None
    goes_on: bool = False


_HEADER = [column for column in revisions.c if column.name not in ("plan", "blocks")]
_BACKUP = "Restore the newest backup beside this state, and take the page from it."


def check_pages(state: State) -> Iterator[PageReport]:
    """The pages that something is wrong with; nothing for a sound state.

    Reads every revision with its blocks: it takes as long as there is history.
    """
    store = SqlPageStore(state)
    with state.read() as connection:
        ids = connection.execute(sa.select(pages.c.page_id).order_by(pages.c.page_id)).scalars().all()
    for page_id in ids:
        report = _page(state, store, page_id)
        if report.damages:
            yield report


def _page(state: State, store: SqlPageStore, page_id: str) -> PageReport:
    with state.read() as connection:
        page = connection.execute(sa.select(pages).where(pages.c.page_id == page_id)).mappings().one()
        mine = sa.select(*_HEADER).where(revisions.c.page_id == page_id).order_by(revisions.c.number)
        rows = connection.execute(mine).mappings().all()
        named = [row["other_parent"] for row in rows if row["other_parent"] is not None]
        known = sa.select(revisions.c.revision_id).where(revisions.c.revision_id.in_(named))
        merged = set(connection.execute(known).scalars()) if named else set()
    found, sound = list(_line(page, rows)), None
    for row in rows:
        if row["other_parent"] is not None and row["other_parent"] not in merged:
            found.append(_damage(row, f"its parent {row['other_parent']} is missing"))
        try:
            store.revision(page_id, row["revision_id"])
            sound = (row["number"], row["revision_id"])
        except (RevisionDamaged, NotFound) as error:
            found.append(_damage(row, error.message))
    there = rows and rows[-1]["revision_id"] == page["head"]
    goes_on = bool(there and sound is not None and sound[1] != page["head"])
    return PageReport(page_id=page_id, damages=tuple(found), newest_sound=sound, goes_on=goes_on)


def _line(page: RowMapping, rows: Sequence[RowMapping]) -> Iterator[Damage]:
    """Gaps, wrong parents, and a head that is not the newest."""
    before, number = page["forked_revision"], None
    for row in rows:
        if number is not None and row["number"] != number + 1:
            yield _damage(row, f"the revisions between {number} and {row['number']} are missing")
        if row["parent"] != before:
            yield _damage(row, f"its parent is {row['parent']}, and the revision before it {before}")
        before, number = row["revision_id"], row["number"]
    newest = (rows[-1]["revision_id"], rows[-1]["number"]) if rows else (None, 0)
    if (page["head"], page["head_number"]) != newest:
        yield Damage(
            page_id=page["page_id"],
            revision_id=page["head"],
            message=f"the head is {page['head']}, and the newest revision {newest[0]}",
            hint=_BACKUP,
        )


def _damage(row: RowMapping, message: str) -> Damage:
    return Damage(page_id=row["page_id"], revision_id=row["revision_id"], message=message, hint=_BACKUP)
