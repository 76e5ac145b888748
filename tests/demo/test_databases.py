"""The tests' own databases are what they say."""

from __future__ import annotations

import sqlalchemy as sa


def test_each_test_gets_an_empty_postgresql(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        assert connection.scalar(sa.text("show fsync")) == "off"
        connection.execute(sa.text("create table kept (x int)"))
    engine.dispose()


def test_what_another_test_wrote_is_not_there(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_state_databases_take_writes(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table kept (x int)"))
        connection.execute(sa.text("insert into kept values (1)"))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from kept")) == 1
    engine.dispose()
