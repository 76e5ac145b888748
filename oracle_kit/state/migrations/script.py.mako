"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from oracle_kit.state.columns import Moment

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Drop them."""
    ${downgrades if downgrades else "pass"}
