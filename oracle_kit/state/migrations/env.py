"""What Alembic runs: the migrations, inside the transaction that `state.migrate` has opened."""

from __future__ import annotations

from alembic import context

from oracle_kit.state.migrate import VERSION_TABLE
from oracle_kit.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite too: its driver leaves transactions to us
)
with context.begin_transaction():
    context.run_migrations()
