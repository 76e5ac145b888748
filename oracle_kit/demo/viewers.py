"""Who asks in the demo: one viewer to each role."""

from __future__ import annotations

import sqlalchemy as sa

from oracle_kit.demo.build import is_demo
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.tables import users
from oracle_kit.model import Viewer

PLAIN_ROLES = ("viewer", "analyst", "author", "reviewer", "operator", "admin")


def viewers(url: str) -> dict[str, Viewer]:
    """A viewer for each role, with the role as its id; none where no demo stands at the URL.

    The advisor is the active advisor with the lowest user_id; the manager heads that advisor's team.
    """
    advisor = users.c.role == "advisor"
    first = sa.select(users).where(advisor, users.c.is_active).order_by(users.c.user_id).limit(1)
    parsed = open_url(url)
    if not is_demo(parsed):
        return {}
    with reading(parsed) as connection:
        seller = connection.execute(first).one()
        head = sa.select(users).where(users.c.role == "manager", users.c.team == seller.team)
        manager = connection.execute(head.order_by(users.c.user_id).limit(1)).one()
    plain = {role: Viewer(id=role, roles=(role,)) for role in PLAIN_ROLES}
    return plain | {"advisor": _viewer(seller), "manager": _viewer(manager)}


def _viewer(user: sa.Row[tuple[object, ...]]) -> Viewer:
    own = {"user_id": user.user_id, "team": user.team, "full_name": user.full_name}
    return Viewer(id=user.role, roles=(user.role,), attributes=own)
