"""The order in which items end, as readers see it: a cursor never passes over one that becomes visible later.

On SQLite one write follows the other, so a number that counts the writes is the order. On PostgreSQL transactions
overlap, and the one that began first may be seen last; there the number is the transaction's own, and a reader goes
no further than the oldest transaction that is still under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items

SETTLED = timedelta(
    minutes=10
)  # older ends are seen whatever their number: a database restored elsewhere counts anew


def ending(connection: Connection, job_ids: Sequence[str]) -> Mapping[str, int]:
    """The number of this write for the items that it ends, per job."""
    if connection.dialect.name == "postgresql":
        own = _number(sa.func.pg_current_xact_id())
        number = connection.execute(sa.select(own)).scalar_one()
        return dict.fromkeys(job_ids, number)
    newest = sa.select(sa.func.max(items.c.ended_in))
    return {
        job_id: (connection.execute(newest.where(items.c.job_id == job_id)).scalar() or 0) + 1
        for job_id in job_ids
    }


def seen_order(
    connection: Connection, after: str | None
) -> tuple[tuple[sa.ColumnElement[Any], ...], list[sa.ColumnElement[bool]]]:
    """What ended items are ordered by, and the conditions on those that come after a cursor; ValueError."""
    order = (items.c.ended_in, items.c.ended_order)
    conditions: list[sa.ColumnElement[bool]] = []
    if after is not None:
        number, _, place = after.partition("-")
        conditions.append(sa.tuple_(*order) > sa.tuple_(sa.literal(int(number)), sa.literal(int(place))))
    if connection.dialect.name == "postgresql":
        conditions.append(sa.or_(settled(connection), items.c.ended_at < utc_now() - SETTLED))
    return order, conditions


def settled(connection: Connection) -> sa.ColumnElement[bool]:
    """Whether nothing can still become visible that ended in the same write as an item, or before."""
    if connection.dialect.name != "postgresql":
        return sa.literal(1) == 1
    oldest = sa.select(_number(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()))).scalar_subquery()
    return items.c.ended_in < oldest


def _number(transaction: sa.Function[Any]) -> sa.ColumnElement[int]:
    """PostgreSQL's number of a transaction, which has no cast of its own to an integer."""
    return sa.cast(sa.cast(transaction, sa.Text), sa.BigInteger)
