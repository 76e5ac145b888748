"""Rows taken out of a page's history for good; what was asked, by whom and when, and every hash, stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from oracle_kit.canvas.piece_store import MOST_AT_ONCE, split
from oracle_kit.canvas.pieces import opened
from oracle_kit.query import Value
from oracle_kit.state.page_tables import blocks, revisions


class Purged(Value):
    """How many results a purge emptied, and how many it left because another page holds them too."""

    emptied: int
    shared: int


def purge_rows(connection: sa.Connection, page_id: str) -> Purged:
    """Empty the rows of the page's own revisions, but for those that a revision of another page holds too.

    Reads what every page holds: it takes as long as there is history.
    """
    own = _rows_of(connection, revisions.c.page_id == page_id)
    shared = own & _rows_of(connection, revisions.c.page_id != page_id) if own else set()
    emptied = 0
    for some in _cut(sorted(own - shared)):
        there = blocks.c.digest.in_(some) & blocks.c.text.is_not(None)
        emptied += connection.execute(sa.update(blocks).where(there).values(text=None)).rowcount
    return Purged(emptied=emptied, shared=len(shared))


def _rows_of(connection: sa.Connection, which: sa.ColumnElement[bool]) -> set[bytes]:
    """The digests of the rows that these revisions hold."""
    packed = connection.execute(sa.select(revisions.c.blocks).where(which)).scalars()
    names = {name for one in packed for name in split(one)}
    found: set[bytes] = set()
    for some in _cut(sorted(names)):
        texts = connection.execute(sa.select(blocks.c.text).where(blocks.c.digest.in_(some))).scalars()
        found |= {digest for text in texts if text for digest in opened(text).rows.values()}
    return found


def _cut(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (names[at : at + MOST_AT_ONCE] for at in range(0, len(names), MOST_AT_ONCE))
