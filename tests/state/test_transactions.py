"""Reads are snapshots, writes are whole or absent, on both databases."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from oracle_kit.errors import StateUnavailable
from oracle_kit.state import State, open_state
from oracle_kit.state.columns import utc_now
from oracle_kit.state.tables import routing
from tests.state.counting import add, count, numbers, step


def test_a_write_gives_what_the_work_gives_and_is_read_at_once(state: State) -> None:
    state.write(lambda connection: add(connection, 1, 5))
    assert state.write(lambda connection: step(connection, 1)) == 5
    with state.read() as connection:
        assert count(connection, 1) == 6


def test_a_failed_work_keeps_nothing_and_its_own_error_comes_out(state: State) -> None:
    def work(connection: Connection) -> None:
        add(connection, 1)
        raise LookupError("not that one")

    with pytest.raises(LookupError, match="not that one"):
        state.write(work)
    assert numbers(state) == []


def test_a_statement_that_fails_is_not_said_to_be_the_databases_health(state: State) -> None:
    state.write(lambda connection: add(connection, 1))
    with pytest.raises(IntegrityError):
        state.write(lambda connection: add(connection, 1))
    assert numbers(state) == [1]


def test_a_read_is_one_snapshot(state: State) -> None:
    state.write(lambda connection: add(connection, 1))
    with state.read() as connection:
        assert count(connection, 1) == 0
        state.write(lambda writing: step(writing, 1))
        assert count(connection, 1) == 0
    with state.read() as connection:
        assert count(connection, 1) == 1


def test_many_read_at_once(state: State) -> None:
    state.write(lambda connection: add(connection, 1))
    together = threading.Barrier(8)

    def read(_: int) -> int:
        with state.read() as connection:
            together.wait(10)  # all eight are inside before one reads
            return count(connection, 1)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [0] * 8


def test_a_read_changes_nothing(state: State) -> None:
    with pytest.raises(StateUnavailable), state.read() as connection:
        add(connection, 1)
    assert numbers(state) == []


def test_no_update_is_lost_between_threads(state: State) -> None:
    """Read, think, write: each of eight threads counts 25 on, from where it read."""
    state.write(lambda connection: add(connection, 1))
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: state.write(lambda connection: step(connection, 1)), range(200)))
    assert sorted(seen) == list(range(200))


def test_two_who_look_and_then_insert_make_one_row(state: State) -> None:
    together = threading.Barrier(4)
    waited = threading.local()

    def look_then_insert(connection: Connection) -> bool:
        found = connection.execute(sa.select(routing.c.change).where(routing.c.change == 1)).first()
        if state.dialect == "postgresql" and not hasattr(waited, "once"):
            waited.once = True
            together.wait(10)  # all have looked before one inserts; SQLite lets one in at a time
        if found is None:
            add(connection, 1)
        return found is None

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: state.write(look_then_insert), range(4)))
    assert sorted(made) == [False, False, False, True]


def test_a_work_that_fails_takes_none_of_its_neighbours_along(state: State) -> None:
    """On SQLite all that waits behind a slow work is committed together."""
    go, started = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        go.wait(10)

    def work(number: int) -> None:
        def run(connection: Connection) -> None:
            add(connection, number)
            if number % 3 == 0:
                raise ValueError(number)

        state.write(run)

    with ThreadPoolExecutor(13) as pool:
        first = pool.submit(state.write, slow)
        started.wait(10)
        rest = [pool.submit(work, number) for number in range(1, 13)]
        go.set()
        first.result()
        failed = [number for number, one in enumerate(rest, 1) if isinstance(one.exception(), ValueError)]
    assert failed == [3, 6, 9, 12]
    assert numbers(state) == [1, 2, 4, 5, 7, 8, 10, 11]


def test_a_work_that_makes_sqlite_roll_back_takes_none_of_its_neighbours_along(tmp_path: Path) -> None:
    """As a full disk does: the whole transaction is gone, and the neighbours are run again, each alone."""
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    go, started = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        go.wait(10)

    def roll_back(connection: Connection) -> None:
        add(connection, 100)
        connection.exec_driver_sql("ROLLBACK")
        raise LookupError("gone")

    with ThreadPoolExecutor(6) as pool:
        pool.submit(state.write, slow)
        started.wait(10)
        rest = [pool.submit(state.write, lambda connection, n=n: add(connection, n)) for n in (1, 2)]
        broken = pool.submit(state.write, roll_back)
        rest += [pool.submit(state.write, lambda connection, n=n: add(connection, n)) for n in (3, 4)]
        go.set()
        assert isinstance(broken.exception(), LookupError)
        assert [one.result() for one in rest] == [None] * 4
    assert numbers(state) == [1, 2, 3, 4]
    state.close()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_work_that_ends_the_transaction_itself_is_stopped(state: State, end: str) -> None:
    def work(connection: Connection) -> None:
        add(connection, 1)
        getattr(connection, end)()

    with pytest.raises((RuntimeError, sa.exc.InvalidRequestError)):
        state.write(work)
    state.write(lambda connection: add(connection, 2))
    assert 2 in numbers(state)
    if end == "rollback" or state.dialect == "sqlite":
        assert numbers(state) == [2]


def test_a_write_inside_a_write_is_stopped(state: State) -> None:
    def outer(connection: Connection) -> None:
        state.write(lambda inner: add(inner, 2))

    with pytest.raises(RuntimeError, match="a write inside a write"):
        state.write(outer)
    state.write(lambda connection: add(connection, 1))
    assert numbers(state) == [1]


def test_a_statement_that_may_fail_stands_in_a_savepoint(state: State) -> None:
    state.write(lambda connection: add(connection, 1))

    def work(connection: Connection) -> None:
        with pytest.raises(IntegrityError), connection.begin_nested():
            add(connection, 1)
        add(connection, 2)

    state.write(work)
    assert numbers(state) == [1, 2]


def test_a_failure_that_a_work_swallows_is_not_said_to_be_kept(postgres_url: str) -> None:
    """PostgreSQL undoes the whole transaction then, and answers a COMMIT with ROLLBACK."""
    state = open_state(postgres_url)

    def work(connection: Connection) -> None:
        add(connection, 1)
        with pytest.raises(IntegrityError):
            add(connection, 1)

    with pytest.raises(RuntimeError, match="nothing of it is kept"):
        state.write(work)
    assert numbers(state) == []
    state.close()


def test_times_and_json_come_back_as_they_were(state: State) -> None:
    at = utc_now()
    policy = {"b": [1, 2.5, None, True], "a": "₹ ✓ \u0000", "deep": {"x": []}}
    row = {"change": 1, "policy": policy, "changed_by": "₹", "changed_at": at, "message": ""}
    state.write(lambda connection: connection.execute(sa.insert(routing).values(row)))
    with state.read() as connection:
        found = connection.execute(sa.select(routing)).mappings().one()
    assert found == row
    assert list(found["policy"]) == ["b", "a", "deep"]


def test_times_with_a_zone_are_kept_in_utc(state: State) -> None:
    india = datetime(2026, 3, 1, 2, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = {"change": 1, "policy": {}, "changed_by": "x", "changed_at": india}
    state.write(lambda connection: connection.execute(sa.insert(routing).values(row)))
    with state.read() as connection:
        assert connection.execute(sa.select(routing.c.changed_at)).scalar_one() == datetime(
            2026, 2, 28, 20, 30
        )


def test_numbers_that_are_no_json_are_not_stored(state: State) -> None:
    row = {"change": 1, "policy": {"x": float("nan")}, "changed_by": "x", "changed_at": utc_now()}
    with pytest.raises((ValueError, sa.exc.StatementError), match="not JSON compliant"):
        state.write(lambda connection: connection.execute(sa.insert(routing).values(row)))
    assert numbers(state) == []


def test_two_states_on_one_database_see_each_other(state: State, database_url: str) -> None:
    other = open_state(database_url)
    try:
        state.write(lambda connection: add(connection, 1))
        with ThreadPoolExecutor(4) as pool:
            both = [state, other] * 20
            list(pool.map(lambda one: one.write(lambda connection: step(connection, 1)), both))
        with other.read() as connection:
            assert count(connection, 1) == 40
    finally:
        other.close()


def test_ready_until_closed_and_then_it_says_so(state: State) -> None:
    assert state.ready()
    state.close()
    state.close()
    assert not state.ready()
    with pytest.raises(StateUnavailable, match=r"is closed\. Open it again"):
        state.write(lambda connection: add(connection, 1))
    with pytest.raises(StateUnavailable, match="is closed"), state.read():
        pass


def test_close_finishes_the_writes_that_wait(state: State, database_url: str) -> None:
    go, started = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        go.wait(10)
        add(connection, 1)

    with ThreadPoolExecutor(2) as pool:
        write = pool.submit(state.write, slow)
        started.wait(10)
        closing = pool.submit(state.close) if state.dialect == "sqlite" else None
        go.set()
        write.result()
        if closing is not None:
            closing.result()
    again = open_state(database_url)
    assert numbers(again) == [1]
    again.close()


def _use(state: State, answers: multiprocessing.SimpleQueue[str]) -> None:
    try:
        state.write(lambda connection: add(connection, 1))
    except StateUnavailable as error:
        answers.put(str(error))
    state.close()


def test_a_forked_process_opens_its_own(state: State) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=_use, args=(state, answers))
    child.start()
    assert "was opened before this process was forked. Open it again here." in answers.get()
    child.join(10)
    assert child.exitcode == 0
    state.write(lambda connection: add(connection, 1))
    assert numbers(state) == [1]
