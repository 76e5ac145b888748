"""The migrations make exactly the tables that the code names, and take them away again."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

import oracle_kit.state
from oracle_kit.state import open_state
from oracle_kit.state.migrate import FOLDER, VERSION_TABLE, downgrade, revisions, stored_revision, upgrade
from oracle_kit.state.opened import Database, _database
from oracle_kit.state.tables import metadata
from tests.state.counting import add, numbers

for module in iter_modules(oracle_kit.state.__path__):
    if module.name.endswith("tables"):
        import_module(f"oracle_kit.state.{module.name}")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = _database(database_url)
    yield database
    database.close()


def tables(connection: Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def test_every_revision_is_one_step_after_the_last() -> None:
    script = ScriptDirectory(str(FOLDER))
    chain = [step.revision for step in script.walk_revisions()][::-1]
    assert tuple(chain) == revisions()
    assert script.get_heads() == [revisions()[-1]]


def test_the_tables_are_those_that_the_code_names(database: Database) -> None:
    with database.alone() as connection:
        upgrade(connection)
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        differences: list[Any] = compare_metadata(context, metadata)
    assert differences == []


def test_down_and_up_again_step_by_step(database: Database) -> None:
    made: list[set[str]] = [set()]
    for revision in revisions():
        with database.alone() as connection:
            upgrade(connection, revision)
            assert stored_revision(connection) == revision
            made.append(tables(connection) - {VERSION_TABLE})
    assert made[-1] == set(metadata.tables)
    for revision, left in zip((*reversed(revisions()[:-1]), "base"), reversed(made[:-1]), strict=True):
        with database.alone() as connection:
            downgrade(connection, revision)
            assert tables(connection) - {VERSION_TABLE} == left
    with database.alone() as connection:
        upgrade(connection)
        assert tables(connection) - {VERSION_TABLE} == set(metadata.tables)


def test_what_was_stored_by_the_first_version_is_still_there(database: Database, database_url: str) -> None:
    with database.alone() as connection:
        upgrade(connection, revisions()[0])
        add(connection, 1, 41)
    database.close()
    state = open_state(database_url)
    assert state.ready()
    assert numbers(state) == [1]
    state.close()


def test_a_migration_that_fails_leaves_the_old_schema(database: Database) -> None:
    def interrupted(connection: Connection) -> None:
        upgrade(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), database.alone() as connection:
        interrupted(connection)
    with database.alone() as connection:
        assert tables(connection) == set()


def test_opening_again_changes_nothing(database_url: str) -> None:
    open_state(database_url).close()
    state = open_state(database_url)
    state.write(lambda connection: add(connection, 1))
    state.close()
    again = open_state(database_url)
    assert numbers(again) == [1]
    again.close()
