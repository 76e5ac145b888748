"""The write that makes a revision the head of its page, in as few ways to the database as it has.

On PostgreSQL each statement is a way to the server and back, with the page's row locked meanwhile: there the whole
commit is one statement. SQLite has no such statement, and no such way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from oracle_kit.state.page_tables import blocks, pages, revisions

AT_ONCE = 8  # pieces in the one statement; further ones go before it, together
Row = dict[str, Any]

ADD_REVISION = sa.insert(revisions)


def _added(insert: Any) -> Any:
    """The insert of pieces: one that is there stays, one whose text was purged gets it again."""
    gone = {"index_elements": [blocks.c.digest], "where": blocks.c.text.is_(None)}
    return insert.on_conflict_do_update(set_={"text": insert.excluded.text}, **gone)


_ADD_PIECES = {
    "postgresql": _added(postgresql.insert(blocks)),
    "sqlite": _added(sqlite.insert(blocks)),
}


def write_head(connection: sa.Connection, row: Row, pieces: Mapping[bytes, str]) -> bool:
    """Whether the page's head was the row's parent, and now is the row, kept with its pieces.

    False for another head, an archived page, or none; the caller then lets the transaction end without a commit.
    """
    if connection.dialect.name == "postgresql":
        return _at_once(connection, row, dict(sorted(pieces.items())))
    if not connection.execute(_move(row["parent"] is None), _moving(row)).rowcount:
        return False
    write_pieces(connection, pieces)
    connection.execute(ADD_REVISION, row)
    return True


def write_pieces(connection: sa.Connection, pieces: Mapping[bytes, str]) -> None:
    """Store the pieces that are not there yet."""
    rows = [
        {"digest": name, "text": text} for name, text in sorted(pieces.items())
    ]  # in one order: no deadlock
    if rows:
        connection.execute(_ADD_PIECES[connection.dialect.name], rows)


def _at_once(connection: sa.Connection, row: Row, pieces: Mapping[bytes, str]) -> bool:
    first = min(len(pieces), AT_ONCE)
    write_pieces(connection, dict(islice(pieces.items(), first, None)))
    told = {f"the_{name}": value for name, value in row.items()} | _moving(row)
    for at, (name, text) in enumerate(islice(pieces.items(), first)):
        told |= {f"digest_{at}": name, f"text_{at}": text}
    return connection.execute(_whole(row["parent"] is None, first), told).scalar() is not None


def _moving(row: Row) -> Row:
    seen = {"seen": row["parent"]} if row["parent"] is not None else {}
    return {
        "of": row["page_id"],
        "next": row["revision_id"],
        "moved_to": row["number"],
        "moved_at": row["at"],
    } | seen


@lru_cache
def _move(first: bool) -> sa.Update:
    """The head moves on from the one that was seen."""
    seen = pages.c.head.is_(None) if first else pages.c.head == sa.bindparam("seen")
    here = sa.update(pages).where(pages.c.page_id == sa.bindparam("of"), seen, pages.c.archived.is_(False))
    moment: sa.BindParameter[datetime] = sa.bindparam("moved_at")
    return here.values(head=sa.bindparam("next"), head_number=sa.bindparam("moved_to"), updated_at=moment)


@lru_cache
def _whole(first: bool, count: int) -> ReturningInsert[tuple[int]]:
    """The head moved on, so many pieces stored, and the revision kept if the head did move."""
    moved = _move(first).returning(pages.c.page_id).cte("moved")
    values = [sa.bindparam(f"the_{one.name}", type_=one.type).label(one.name) for one in revisions.c]
    kept = sa.insert(revisions).from_select(list(revisions.c), sa.select(*values).select_from(moved))
    insert = kept.returning(revisions.c.number)
    if not count:
        return insert
    pairs = [
        sa.select(
            sa.bindparam(f"digest_{at}", type_=blocks.c.digest.type).label("digest"),
            sa.bindparam(f"text_{at}", type_=blocks.c.text.type).label("text"),
        )
        for at in range(count)
    ]
    told = sa.union_all(*pairs).subquery("told")
    chosen = sa.select(told.c.digest, told.c.text)
    pieces = postgresql.insert(blocks).from_select(["digest", "text"], chosen)
    return insert.add_cte(_added(pieces).cte("added"))
