"""A small table of numbers that the tests of state write to: the operator's switch, used as counters."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.state import State
from oracle_kit.state.columns import utc_now
from oracle_kit.state.tables import routing


def add(connection: Connection, number: int, count: int = 0) -> None:
    """Add the counter `number`, at `count`."""
    row = {"change": number, "policy": {"count": count}, "changed_by": "test", "changed_at": utc_now()}
    connection.execute(sa.insert(routing).values(row))


def count(connection: Connection, number: int) -> int:
    """Where the counter stands."""
    found = connection.execute(sa.select(routing.c.policy).where(routing.c.change == number)).scalar_one()
    return int(found["count"])


def step(connection: Connection, number: int) -> int:
    """Move the counter one on; gives where it stood."""
    seen = count(connection, number)
    connection.execute(
        sa.update(routing).where(routing.c.change == number).values(policy={"count": seen + 1})
    )
    return seen


def numbers(state: State) -> list[int]:
    """The counters that are there."""
    with state.read() as connection:
        return list(connection.execute(sa.select(routing.c.change).order_by(routing.c.change)).scalars())
