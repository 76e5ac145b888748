"""The built-in action: a template or chapter proposed as YAML text, published as a version of its id in state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.approvals.store import move
from oracle_kit.codebook.load import Chapter
from oracle_kit.codebook.stored import TOPIC
from oracle_kit.codebook.template import Template
from oracle_kit.errors import Conflict
from oracle_kit.query import digest
from oracle_kit.state import State
from oracle_kit.state.audit import AuditEntry, add_entries
from oracle_kit.state.columns import utc_now
from oracle_kit.state.tables import templates

PUBLISH = "templates.publish"
Row = dict[str, Any]


def version_in_force(connection: Connection, template_id: str) -> int:
    """The stored version of a template or chapter that is in force; 0 where there is none."""
    wanted = sa.select(templates.c.version).where(_in_force(template_id))
    return connection.execute(wanted).scalar() or 0


def described(made: Template | Chapter) -> Row:
    """What a template or chapter is, for a reviewer to read."""
    if isinstance(made, Chapter):
        return {"id": made.id, "title": made.title, "description": made.description}
    return {
        "id": made.id,
        "title": made.title,
        "dataset": made.dataset,
        "asks": list(made.asks),
        "blocks": [f"{block.kind}: {block.title}" for block in made.blocks],
    }


def publish(
    state: State,
    approval_id: str,
    arguments: Mapping[str, Any],
    before: Mapping[str, Any],
    *,
    after_version: int,
    author: str,
    by: str,
    comment: str,
) -> int:
    """The version that is now in force, with the approval marked in the same write.

    It is one more than any version of the id: those stored, and `after_version`, the file's. Conflict where another
    version is in force than when it was proposed, or the approval is not pending.
    """
    template_id = str(arguments["template_id"])

    def work(connection: Connection) -> int:
        current = version_in_force(connection, template_id)
        if current != before["version"]:
            raise Conflict(f"Version {current} of {template_id} is in force since this was proposed.")
        now = utc_now()
        move(
            connection,
            approval_id,
            "applied",
            by=by,
            reviewed_by=by,
            reviewed_at=now,
            applied_at=now,
            comment=comment,
        )
        _retire(connection, template_id, by)
        version = max(_newest(connection, template_id), after_version) + 1
        row = {
            "template_id": template_id,
            "version": version,
            "status": "published",
            "content": {"text": arguments["text"]},
            "content_digest": digest(arguments["text"]),
            "author": author,
            "message": comment,
            "created_at": now,
            "reviewed_by": by,
            "published_at": now,
        }
        connection.execute(sa.insert(templates).values(row))
        state.feed.publish(connection, TOPIC, {"template_id": template_id, "version": version})
        return version

    return state.write(work)


def retire(state: State, template_id: str, *, by: str) -> bool:
    """Whether a stored version was in force, which is none any more: what a file says of the id holds again."""

    def work(connection: Connection) -> bool:
        version = version_in_force(connection, template_id)
        if not version:
            return False
        _retire(connection, template_id, by)
        entry = AuditEntry(who=by, action="template.retire", subject=template_id, detail={"version": version})
        add_entries(connection, [entry])
        state.feed.publish(connection, TOPIC, {"template_id": template_id, "version": 0})
        return True

    return state.write(work)


def _retire(connection: Connection, template_id: str, by: str) -> None:
    change = sa.update(templates).where(_in_force(template_id))
    connection.execute(change.values(status="retired", retired_by=by, retired_at=utc_now()))


def _newest(connection: Connection, template_id: str) -> int:
    wanted = sa.select(sa.func.max(templates.c.version)).where(templates.c.template_id == template_id)
    return connection.execute(wanted).scalar() or 0


def _in_force(template_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(templates.c.template_id == template_id, templates.c.status == "published")
