"""The built-in action: a template proposed as YAML text, published as a version of its id in state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.approvals.store import move
from oracle_kit.codebook.template import Template
from oracle_kit.errors import Conflict
from oracle_kit.query import digest
from oracle_kit.state import State
from oracle_kit.state.columns import utc_now
from oracle_kit.state.tables import templates

PUBLISH = "templates.publish"
TOPIC = "templates"  # told when what is published changes


def newest_version(connection: Connection, template_id: str) -> int:
    """The newest stored version of a template; 0 where there is none."""
    wanted = sa.select(sa.func.max(templates.c.version)).where(templates.c.template_id == template_id)
    return connection.execute(wanted).scalar() or 0


def published(state: State) -> Mapping[str, str]:
    """The text of every template whose stored version is in force, by id."""
    wanted = sa.select(templates.c.template_id, templates.c.content).where(templates.c.status == "published")
    with state.read() as connection:
        return {template_id: content["text"] for template_id, content in connection.execute(wanted)}


def described_template(template: Template) -> list[dict[str, Any]]:
    """What a template would be, for a reviewer to read."""
    row = {
        "id": template.id,
        "title": template.title,
        "dataset": template.dataset,
        "asks": list(template.asks),
        "blocks": [f"{block.kind}: {block.title}" for block in template.blocks],
    }
    return [{"insert": "oracle_templates", "row": row}]


def publish(
    state: State,
    approval_id: str,
    arguments: Mapping[str, Any],
    before: Mapping[str, Any],
    *,
    author: str,
    by: str,
    comment: str,
) -> int:
    """The version that is now in force, with the approval marked in the same write.

    Conflict where another version was published since it was proposed, or the approval is not pending.
    """
    template_id = str(arguments["template_id"])

    def work(connection: Connection) -> int:
        newest = newest_version(connection, template_id)
        if newest != before["version"]:
            raise Conflict(f"Version {newest} of {template_id} was stored since this was proposed.")
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
        in_force = sa.and_(templates.c.template_id == template_id, templates.c.status == "published")
        connection.execute(
            sa.update(templates).where(in_force).values(status="retired", retired_by=by, retired_at=now)
        )
        row = {
            "template_id": template_id,
            "version": newest + 1,
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
        state.feed.publish(connection, TOPIC, {"template_id": template_id, "version": newest + 1})
        return newest + 1

    return state.write(work)
