"""Pages and revisions as rows of the state, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from oracle_kit.errors import Refused
from oracle_kit.model import Block, Page, Plan, Revision
from oracle_kit.state.page_tables import members

_PLAIN = (
    "title",
    "owner",
    "visibility",
    "team",
    "head",
    "head_number",
    "archived",
    "created_at",
    "updated_at",
)
MOST_TEXT = 20_000


def page_row(page: Page) -> dict[str, Any]:
    """The page's own row, without its members."""
    forked = page.forked_from or (None, None)
    told = {name: getattr(page, name) for name in _PLAIN}
    return {"page_id": page.id, **told, "forked_page": forked[0], "forked_revision": forked[1]}


def member_rows(page: Page) -> list[dict[str, Any]]:
    """One row per member; an editor is not a viewer besides, and the owner is neither."""
    roles = dict.fromkeys(page.viewers, "viewer") | dict.fromkeys(page.editors, "editor")
    roles.pop(page.owner, None)
    return [
        {"page_id": page.id, "member": member, "role": role, "position": at}
        for at, (member, role) in enumerate(roles.items())
    ]


def pages_of(connection: sa.Connection, rows: Sequence[RowMapping]) -> tuple[Page, ...]:
    """The pages of these rows, with their members."""
    ids = [row["page_id"] for row in rows]
    shared = connection.execute(
        sa.select(members).where(members.c.page_id.in_(ids)).order_by(members.c.page_id, members.c.position)
    )
    named: dict[tuple[str, str], list[str]] = {}
    for row in shared.mappings():
        named.setdefault((row["page_id"], row["role"]), []).append(row["member"])
    return tuple(
        _page(row, named.get((row["page_id"], "viewer"), ()), named.get((row["page_id"], "editor"), ()))
        for row in rows
    )


def revision_of(row: RowMapping, blocks: tuple[Block, ...] = (), plan: Plan | None = None) -> Revision:
    """The revision of a row."""
    parents = tuple(one for one in (row["parent"], row["other_parent"]) if one is not None)
    same = ("number", "kind", "author", "message", "prompt", "mode", "at", "blocks_digest", "hash", "page_id")
    told = {name: row[name] for name in same}
    return Revision(id=row["revision_id"], parents=parents, blocks=blocks, plan=plan, **told)


def revision_row(revision: Revision, blocks: Sequence[bytes], plan: bytes | None) -> dict[str, Any]:
    """The row of a revision whose blocks and plan are named by the digests of their pieces."""
    first, other = (*revision.parents, None, None)[:2]
    same = ("page_id", "number", "hash", "blocks_digest", "kind", "author", "message", "prompt", "mode", "at")
    told = {name: getattr(revision, name) for name in same}
    keyed = {"revision_id": revision.id, "parent": first, "other_parent": other}
    return {**told, **keyed, "plan": plan, "blocks": b"".join(blocks)}


def naive(moment: datetime) -> datetime:
    """The time as naive UTC, as state keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def storable(what: str, texts: Iterable[str | None]) -> None:
    """Refused where a text cannot be kept: it is too long, or holds what no database takes or a terminal obeys."""
    for text in texts:
        if text is None:
            continue
        if len(text) > MOST_TEXT:
            raise Refused(f"The {what} is longer than {MOST_TEXT} characters.")
        if not is_text(text) or any(
            (ord(sign) < 32 and sign not in "\n\r\t") or sign == "\x7f" for sign in text
        ):
            raise Refused(f"The {what} holds a character that cannot be kept.", hint="Leave it out.")


def is_text(text: str) -> bool:
    """Whether a database takes the text: it holds no zero and no half of a character (a lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _page(row: RowMapping, viewers: Sequence[str], editors: Sequence[str]) -> Page:
    forked = (row["forked_page"], row["forked_revision"]) if row["forked_page"] is not None else None
    told = {name: row[name] for name in _PLAIN}
    return Page(id=row["page_id"], viewers=tuple(viewers), editors=tuple(editors), forked_from=forked, **told)
