"""What somebody did to pages and merge requests, audited in the very write that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oracle_kit.model import Viewer
from oracle_kit.state.audit import AuditEntry, add_entries

Writer = Callable[[Any, Any], None]  # called with the connection of a write and what was made in it


def audited(
    viewer: Viewer,
    action: str,
    subject: str,
    detail: Callable[[Any], Mapping[str, Any]],
    also: Writer | None = None,
) -> Writer:
    """What writes the audit entry beside what was made, and what `also` writes; `detail` holds ids and counts."""

    def write(connection: Any, made: Any) -> None:
        entry = AuditEntry(who=viewer.id, action=action, subject=subject, detail=dict(detail(made)))
        add_entries(connection, (entry,))
        if also is not None:
            also(connection, made)

    return write
