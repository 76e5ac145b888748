"""Rows of every released schema live through the migrations, up and down again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.canvas.integrity import check_pages
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.state import State, open_state
from oracle_kit.state.migrate import VERSION_TABLE, downgrade, revisions, upgrade
from oracle_kit.state.opened import Database, _database
from tests.canvas.history.made import added, forked, new_page
from tests.properties.pages import NOON, counting

Rows = dict[str, list[dict[str, Any]]]
PAGES = "0002"  # the first schema with pages


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = _database(database_url)
    yield database
    database.close()


def schema(connection: Connection) -> dict[str, sa.Table]:
    """The tables as the database has them."""
    found = sa.MetaData()
    found.reflect(connection)
    return {name: table for name, table in found.tables.items() if name != VERSION_TABLE}


def value(column: sa.Column[Any], at: int) -> Any:
    """A value that fits the column."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"at": at, "text": "₹1.25 Cr"}
    if isinstance(kind, sa.DateTime):
        return NOON.replace(microsecond=at)
    if isinstance(kind, sa.Boolean):
        return bool(at % 2)
    if isinstance(kind, sa.LargeBinary):
        return bytes([at]) * 32
    if isinstance(kind, sa.Integer | sa.Float):
        return at
    return f"{column.name} {at} ü"


def fill(connection: Connection, table: sa.Table) -> None:
    """Three rows with something in every column."""
    made = [{column.name: value(column, at) for column in table.columns} for at in (1, 2, 3)]
    connection.execute(sa.insert(table), made)


def rows_of(connection: Connection, tables: dict[str, sa.Table]) -> Rows:
    """All rows of the tables, in one order."""
    return {
        name: sorted(
            (dict(row) for row in connection.execute(sa.select(table)).mappings()),
            key=lambda row: str(next(iter(row.values()))),
        )
        for name, table in tables.items()
    }


def check(connection: Connection, kept: Rows) -> None:
    """Every row that was there is there, as it was in each column that is still there."""
    tables = schema(connection)
    for name, rows in kept.items():
        if name not in tables:
            continue
        names = [column.name for column in tables[name].columns]
        now = rows_of(connection, {name: tables[name]})[name]
        wanted = [{key: one for key, one in row.items() if key in names} for row in rows]
        assert [{key: row[key] for key in old} for old, row in zip(wanted, now, strict=True)] == wanted


def test_rows_of_each_schema_live_through_the_later_ones(database: Database) -> None:
    kept: Rows = {}
    for revision in revisions():
        with database.alone() as connection:
            upgrade(connection, revision)
            check(connection, kept)
            tables = schema(connection)
            for name in sorted(set(tables) - set(kept)):
                fill(connection, tables[name])
            kept = rows_of(connection, tables)
            assert all(len(rows) >= 3 for rows in kept.values())
    for revision in (*reversed(revisions()[:-1]), revisions()[0]):
        with database.alone() as connection:
            downgrade(connection, revision)
            check(connection, kept)
    with database.alone() as connection:
        upgrade(connection)
        first = {name: rows for name, rows in kept.items() if name in FIRST}
        assert first.keys() == FIRST, "the tables of the first schema are known by name"
        check(connection, first)


FIRST = {
    "oracle_approvals",
    "oracle_audit",
    "oracle_idempotency",
    "oracle_routing",
    "oracle_templates",
    "workflow_agent_runs",
}


def test_pages_of_the_first_schema_with_pages_are_whole_in_this_one(
    database: Database, database_url: str
) -> None:
    with database.alone() as connection:
        upgrade(connection, PAGES)
    store = SqlPageStore(State(database))
    page = new_page(store, viewers=("ravi",))
    for number in range(1, 6):
        last = added(store, page, [counting("a", value=number), counting("b", value=1)])
    fork = forked(store, last)
    store.name_revision(page.id, last.id, "March review", author="asha", at=datetime(2026, 4, 18))
    written = [store.revision(page.id, one.id) for one in store.revisions(page.id)[0]]
    database.close()
    state = open_state(database_url)
    after = SqlPageStore(state)
    assert state.ready()
    assert [after.revision(page.id, one.id) for one in after.revisions(page.id)[0]] == written
    assert after.page(page.id).viewers == ("ravi",)
    assert after.page(fork.id).forked_from == (page.id, last.id)
    assert [one.name for one in after.revision_names(page.id)] == ["March review"]
    assert added(after, page, [counting("c")]).number == 6
    assert list(check_pages(state)) == []
    state.close()
