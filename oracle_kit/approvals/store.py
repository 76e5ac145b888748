"""Where approvals are kept; every change of status goes through the table of legal moves, with an audit row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from oracle_kit.approvals.approval import MOVES, Approval, ApprovalStatus, Proposed
from oracle_kit.errors import Conflict, NotFound
from oracle_kit.ids import new_id
from oracle_kit.model import Viewer
from oracle_kit.query import digest
from oracle_kit.state import State
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.runs import REASON_LENGTH
from oracle_kit.state.tables import approvals

PENDING_FOR = timedelta(days=14)  # after which a proposal that nobody decided expires
LONGEST_REASON = 2_000
Also = Callable[[Connection, str], None]


class ApprovalStore:
    """The approvals of one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, proposed: Proposed, also: Also | None = None) -> str:
        """The id of a new, pending approval; `also` writes what is kept with it."""
        made = new_id("apr")

        def work(connection: Connection) -> str:
            insert(connection, made, proposed)
            if also is not None:
                also(connection, made)
            return made

        return self._state.write(work)

    def get(self, approval_id: str) -> tuple[Approval, Viewer]:
        """An approval and who proposed it; NotFound."""
        wanted = sa.select(approvals).where(approvals.c.approval_id == approval_id)
        with self._state.read() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            raise NotFound(
                f"There is no approval {approval_id}.", hint="`oracle approvals list` lists those there are."
            )
        return _approval(row), Viewer.model_validate(row["proposal"]["viewer"])

    def list(
        self,
        *,
        proposed_by: str | None = None,
        status: ApprovalStatus | None = None,
        action: str | None = None,
        job_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Approval, ...], str | None]:
        """Approvals, newest first, and where to go on; of everybody where `proposed_by` is None."""
        wanted = sa.select(approvals).order_by(approvals.c.approval_id.desc()).limit(limit + 1)
        given = {"proposed_by": proposed_by, "status": status, "action": action, "job_id": job_id}
        for name, value in given.items():
            if value is not None:
                wanted = wanted.where(approvals.c[name] == value)
        if cursor is not None:
            wanted = wanted.where(approvals.c.approval_id < cursor)
        with self._state.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        listed = tuple(_approval(row) for row in rows[:limit])
        return listed, listed[-1].approval_id if len(rows) > limit else None

    def move(self, approval_id: str, to: ApprovalStatus, *, by: str, **also: Any) -> None:
        """Change the status; Conflict where it cannot follow from the one there is."""
        self._state.write(lambda connection: move(connection, approval_id, to, by=by, **also))

    def note(self, approval_id: str, reason: str) -> None:
        """Keep why an approved write could not be carried out yet."""
        change = sa.update(approvals).where(
            approvals.c.approval_id == approval_id, approvals.c.status == "approved"
        )
        self._state.write(
            lambda connection: connection.execute(change.values(failure_reason=reason[:REASON_LENGTH]))
        )

    def approved(self) -> tuple[str, ...]:
        """The ids of those that were approved and are not carried out yet, oldest first."""
        wanted = sa.select(approvals.c.approval_id).where(approvals.c.status == "approved")
        with self._state.read() as connection:
            return tuple(connection.execute(wanted.order_by(approvals.c.approval_id)).scalars())

    def expire(self, now: datetime | None = None) -> int:
        """How many proposals expired that nobody decided in time."""
        late = sa.select(approvals.c.approval_id).where(
            approvals.c.status == "pending", approvals.c.expires_at <= (now or utc_now())
        )
        with self._state.read() as connection:
            found = list(connection.execute(late).scalars())

        def work(connection: Connection) -> None:
            for one in found:
                if _status(connection, one) == "pending":
                    move(connection, one, "expired", by="oracle")

        if found:
            self._state.write(work)
        return len(found)


def insert(connection: Connection, approval_id: str, proposed: Proposed) -> str:
    """The id of a new, pending approval, within a write."""
    now = utc_now()
    payload = {"action": proposed.action, "arguments": proposed.arguments, "before": proposed.before}
    row = {
        "approval_id": approval_id,
        "action": proposed.action,
        "status": "pending",
        "proposal": {
            "title": proposed.title,
            "arguments": proposed.arguments,
            "viewer": proposed.viewer.model_dump(mode="json"),
        },
        "before": proposed.before,
        "after": proposed.after,
        "reason": proposed.reason[:LONGEST_REASON],
        "payload_hash": digest(payload),
        "proposed_by": proposed.viewer.id,
        "proposed_at": now,
        "expires_at": now + PENDING_FOR,
        "page_id": proposed.page_id,
        "job_id": proposed.job_id,
        "request_id": proposed.request_id,
    }
    connection.execute(sa.insert(approvals).values(row))
    detail = {"action": proposed.action, "job_id": proposed.job_id, "request_id": proposed.request_id}
    entry = AuditEntry(who=proposed.viewer.id, action="approval.propose", subject=approval_id, detail=detail)
    add_entries(connection, [entry])
    return approval_id


def move(connection: Connection, approval_id: str, to: ApprovalStatus, *, by: str, **also: Any) -> None:
    """Change the status within a write, with its audit row; Conflict where it cannot follow."""
    allowed = [status for status, after in MOVES.items() if to in after]
    which = sa.and_(approvals.c.approval_id == approval_id, approvals.c.status.in_(allowed))
    if not connection.execute(sa.update(approvals).where(which).values(status=to, **also)).rowcount:
        status = _status(connection, approval_id)
        raise Conflict(
            f"The approval {approval_id} is {status}; it cannot become {to}.", hint="Read it again."
        )
    detail = {"reason": also["failure_reason"]} if also.get("failure_reason") else {}
    add_entries(connection, [AuditEntry(who=by, action=f"approval.{to}", subject=approval_id, detail=detail)])


def _status(connection: Connection, approval_id: str) -> str | None:
    wanted = sa.select(approvals.c.status).where(approvals.c.approval_id == approval_id)
    return connection.execute(wanted).scalar()


def _approval(row: RowMapping) -> Approval:
    told = {name: row[name] for name in Approval.model_fields if name in row}
    return Approval(title=row["proposal"]["title"], arguments=row["proposal"]["arguments"], **told)
