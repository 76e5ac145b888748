"""Where the operator's switch is kept: never held longer than a moment, so that a change holds at once everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.errors import StaleRevision
from oracle_kit.llm.switch import Switch, Switched
from oracle_kit.llm.together import Together
from oracle_kit.state import State
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.tables import routing

TOPIC = "routing"
FRESH_S = 0.1


class SwitchStore:
    """The switch of all processes on one state; every change is a row of its own, and audited."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._reads: Together[list[Switched]] = Together(self._read)
        self._heard = state.feed.subscribe(TOPIC)
        self._held: tuple[float, Switched] | None = None  # when it was read, and what

    def current(self) -> Switched:
        """The switch in force; StateUnavailable when the state cannot be read.

        A change in this process, or in any on one PostgreSQL, holds at once; one that another process made on the
        same SQLite file within FRESH_S.
        """
        if self._heard.get(0) is not None or self._heard.overflowed:
            self._heard.resume()
            self._held = None
        held = self._held
        if held is not None and monotonic() - held[0] < FRESH_S:
            return held[1]
        found: list[Switched] = []
        self._reads.do(found)
        return found[0]

    def close(self) -> None:
        """Listen no more."""
        self._heard.close()

    def _read(self, asked: Sequence[list[Switched]]) -> None:
        """One read for all that asked before it began."""
        began = monotonic()
        with self._state.read() as connection:
            now = _newest(connection)
        self._held = (began, now)
        for found in asked:
            found.append(now)

    def put(
        self, switch: Switch, *, by: str, message: str = "", unchanged_since: int | None = None
    ) -> Switched:
        """The switch, now in force; StaleRevision when another change came after number `unchanged_since`."""

        def work(connection: Connection) -> Switched:
            before = _newest(connection)
            if unchanged_since not in (None, before.change):
                raise StaleRevision(
                    "The switch was changed meanwhile.", hint="Read it again.", head=str(before.change)
                )
            row = {
                "policy": switch.model_dump(mode="json"),
                "changed_by": by,
                "changed_at": utc_now(),
                "message": message,
            }
            connection.execute(sa.insert(routing).values(row))
            detail = {
                "before": before.switch.model_dump(mode="json"),
                "after": row["policy"],
                "message": message,
            }
            add_entries(
                connection, [AuditEntry(who=by, action="routing.put", subject="routing", detail=detail)]
            )
            now = _newest(connection)
            self._state.feed.publish(connection, TOPIC, {"change": now.change})
            return now

        return self._state.write(work)


def _newest(connection: Connection) -> Switched:
    row = connection.execute(sa.select(routing).order_by(routing.c.change.desc()).limit(1)).mappings().first()
    if row is None:
        return Switched()
    return Switched(
        switch=Switch.model_validate(row["policy"]),
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        message=row["message"],
        change=row["change"],
    )
