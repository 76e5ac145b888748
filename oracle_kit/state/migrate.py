"""Bringing the tables of state to this version, or back to an earlier one, with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from oracle_kit.errors import StateUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "oracle_state_version"  # of our own: the database may hold somebody else's Alembic too
FOLDER = Path(__file__).parent / "migrations"


def revisions() -> tuple[str, ...]:
    """All revisions this version knows, oldest first; each is the number its file begins with."""
    return tuple(sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py")))


def stored_revision(connection: sa.Connection) -> str | None:
    """The revision the database is at; None while it has no tables of state."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version = sa.table(VERSION_TABLE, sa.column("version_num"))
    return connection.execute(sa.select(version.c.version_num)).scalar()


def check_writable(connection: sa.Connection) -> None:
    """Returns where rows could be changed; the database's own error on a read-only file or a replica."""
    version = sa.table(VERSION_TABLE, sa.column("version_num"))
    connection.execute(sa.update(version).where(sa.false()).values(version_num=""))


def is_current(connection: sa.Connection, url: str) -> bool:
    """Whether nothing is to be done; StateUnavailable where a later version of Oracle has been here."""
    stored = stored_revision(connection)
    if stored is not None and stored not in revisions():
        raise StateUnavailable(
            f"the state {url} has the schema {stored}, and this version of Oracle knows {revisions()[-1]}.",
            hint="Install the version that wrote it (pip install -U oracle-kit), or name another ORACLE_STATE_URL.",
        )
    return stored == revisions()[-1]


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Bring the tables up to a revision, inside the connection's transaction."""
    from alembic import command  # here, as a state that is current does without it

    command.upgrade(_alembic(connection), to)


def downgrade(connection: sa.Connection, to: str = "base") -> None:
    """Take the tables back to a revision, inside the connection's transaction; what only later ones hold is lost."""
    from alembic import command

    command.downgrade(_alembic(connection), to)


def _alembic(connection: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
