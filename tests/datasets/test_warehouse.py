"""The warehouse is read-only and locked down, stops what hangs, and says what is wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import FetchTimeout, NotInstalled, WarehouseUnavailable
from oracle_kit.query import Query
from oracle_kit.windows import Clock
from tests.datasets import lending
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import ROLLING, SHAPES, is_, loans
from tests.postgres import Postgres

SLOW = "SELECT count(*) FROM range(100000000) a(x), range(100000) b(y) WHERE (x * y) % 7 = 3"


def text(sql: str) -> Any:
    return sa.text(sql)


def run(warehouse: Warehouse, sql: str, clock: Clock, timeout_s: float = 10.0) -> Any:
    with warehouse.snapshot(clock) as snapshot:
        return snapshot.execute(text(sql), timeout_s)


# read-only -------------------------------------------------------------------------------------

FORBIDDEN_DUCKDB = [
    "CREATE TABLE t (i INTEGER)",
    "DELETE FROM loans",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "COPY loans TO 'loans.csv'",
    "ATTACH 'other.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '1GB'",
]


@pytest.mark.parametrize("sql", FORBIDDEN_DUCKDB)
def test_duckdb_reads_and_does_nothing_else(sql: str, duckdb_library: Warehouse, clock: Clock) -> None:
    with pytest.raises(WarehouseUnavailable):
        run(duckdb_library, sql, clock)
    assert run(duckdb_library, "SELECT count(*) FROM loans", clock)[0][0] == 300


@pytest.mark.parametrize("sql", ["CREATE TABLE t (i INTEGER)", "DELETE FROM loans"])
def test_postgresql_is_a_read_only_session(sql: str, postgres_library: Warehouse, clock: Clock) -> None:
    if (
        "TEMP" in sql
    ):  # a session's own scratch table is no write to the warehouse, and it goes with the session
        return
    with pytest.raises(WarehouseUnavailable, match="read-only transaction"):
        run(postgres_library, sql, clock)


def test_a_plain_connection_may_stand_beside_it_in_the_process(
    duckdb_library: Warehouse, clock: Clock
) -> None:
    run(duckdb_library, "SELECT 1", clock)
    with duckdb.connect(duckdb_library.shown_url.removeprefix("duckdb:///"), read_only=True) as plain:
        assert plain.execute("SELECT count(*) FROM loans").fetchone() == (300,)


# snapshots -------------------------------------------------------------------------------------


def test_a_snapshot_has_one_as_of_and_begins_at_the_first_statement(
    warehouse: Warehouse, library: Catalog, clock: Clock
) -> None:
    with warehouse.snapshot(clock) as snapshot:
        first = snapshot.run(compile_query(SHAPES["count"], library, VIEWERS["analyst"], clock))
        second = snapshot.run(compile_query(SHAPES["list"], library, VIEWERS["analyst"], clock))
    assert first.as_of == second.as_of == clock.now


def test_postgresql_sees_one_state_for_the_whole_snapshot(
    postgres: Postgres, library: Catalog, clock: Clock
) -> None:
    url = postgres.create("snapshot")
    lending.build(url)
    warehouse = Warehouse(url)
    statement = compile_query(SHAPES["count"], library, VIEWERS["analyst"], clock)
    writer = sa.create_engine(url)
    with warehouse.snapshot(clock) as snapshot:
        before = snapshot.run(statement)
        with writer.begin() as connection:
            connection.execute(text("DELETE FROM loans WHERE status = 'lost'"))
        assert snapshot.run(statement).rows == before.rows
    with warehouse.snapshot(clock) as snapshot:
        assert snapshot.run(statement).rows[0][0] == before.rows[0][0] - 60  # type: ignore[operator]  # a count
    writer.dispose()
    warehouse.close()
    postgres.drop(url)


def test_a_statement_compiled_before_is_bound_to_the_clock_of_now(library: Catalog, clock: Clock) -> None:
    query = loans("loans", "late", window=ROLLING)
    later = Clock(now=clock.now + timedelta(days=10), calendar=clock.calendar)
    first = compile_query(query, library, VIEWERS["analyst"], clock)
    second = compile_query(query, library, VIEWERS["analyst"], later)
    assert second.select is first.select
    assert second.now == later.now
    assert second.bounds[0].start == datetime(2026, 3, 30, 9)
    assert first.bounds[0].start == datetime(2026, 3, 20, 9)


def test_a_cached_statement_counts_what_is_late_now(
    warehouse: Warehouse, library: Catalog, clock: Clock
) -> None:
    counts = []
    for days in (0, -60):
        at = Clock(now=clock.now + timedelta(days=days), calendar=clock.calendar)
        with warehouse.snapshot(at) as snapshot:
            statement = compile_query(loans("late"), library, VIEWERS["analyst"], at)
            counts.append(snapshot.run(statement).rows[0][0])
    by_hand = """SELECT count(*) FROM loans
        WHERE status <> 'draft' AND returned_at IS NULL AND due_at < TIMESTAMP '{}'"""
    for count, moment in zip(counts, ("2026-04-19 09:00", "2026-02-18 09:00"), strict=True):
        assert run(warehouse, by_hand.format(moment), clock)[0][0] == count
    assert counts[0] > counts[1]


def test_threads_get_their_own_rows(warehouse: Warehouse, library: Catalog, clock: Clock) -> None:
    """Sixteen threads ask for different members; each gets its own."""
    wrong: list[Any] = []

    def ask(member: int) -> None:
        query = Query(dataset="desk.members", columns=("member_id",), where=is_("member_id", "eq", member))
        for _ in range(10):
            with warehouse.snapshot(clock) as snapshot:
                rows = snapshot.run(compile_query(query, library, VIEWERS["analyst"], clock)).rows
            if rows != ((member,),):
                wrong.append((member, rows))

    threads = [threading.Thread(target=ask, args=(member,)) for member in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# what hangs ------------------------------------------------------------------------------------


def test_duckdb_stops_a_statement_that_takes_too_long(duckdb_library: Warehouse, clock: Clock) -> None:
    started = time.monotonic()
    with pytest.raises(FetchTimeout, match=r"more than 0\.3 s"):
        run(duckdb_library, SLOW, clock, timeout_s=0.3)
    assert time.monotonic() - started < 5
    assert run(duckdb_library, "SELECT 1", clock)[0][0] == 1


def test_postgresql_stops_a_statement_that_takes_too_long(postgres_library: Warehouse, clock: Clock) -> None:
    started = time.monotonic()
    with pytest.raises(FetchTimeout, match=r"more than 0\.3 s"):
        run(postgres_library, "SELECT pg_sleep(20)", clock, timeout_s=0.3)
    assert time.monotonic() - started < 5
    assert run(postgres_library, "SELECT 1", clock)[0][0] == 1


def test_each_statement_has_its_own_timeout_in_one_transaction(
    postgres_library: Warehouse, clock: Clock
) -> None:
    with postgres_library.snapshot(clock) as snapshot:
        assert snapshot.execute(text("SELECT 1 FROM pg_sleep(0.4)"), 5)[0][0] == 1
        with pytest.raises(FetchTimeout):
            snapshot.execute(text("SELECT pg_sleep(5)"), 0.2)


def test_a_server_that_does_not_answer_at_all_is_given_up(
    postgres_library: Warehouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's process is stopped, so that its own statement timeout cannot fire."""
    from oracle_kit.datasets import engines

    monkeypatch.setattr(engines, "POSTGRES_GRACE_S", 0.3)
    with postgres_library.snapshot(clock) as snapshot:
        process = snapshot.execute(text("SELECT pg_backend_pid()"), 0.4)[0][0]
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(FetchTimeout):
                snapshot.execute(text("SELECT 1"), 0.4)
        finally:
            os.kill(process, signal.SIGCONT)
    assert run(postgres_library, "SELECT 1", clock)[0][0] == 1


# what is not there -----------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path, clock: Clock) -> None:
    warehouse = Warehouse(f"duckdb:///{tmp_path / 'nothing.duckdb'}")
    with pytest.raises(WarehouseUnavailable, match="does not exist") as caught:
        run(warehouse, "SELECT 1", clock)
    assert "ORACLE_WAREHOUSE_URL" in caught.value.hint
    assert not (tmp_path / "nothing.duckdb").exists()


def test_a_file_that_is_no_database(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "notes.duckdb").write_text("these are my notes, not a database" * 200)
    with pytest.raises(WarehouseUnavailable, match=r"notes\.duckdb"):
        run(Warehouse(f"duckdb:///{tmp_path / 'notes.duckdb'}"), "SELECT 1", clock)


def test_a_file_that_another_process_writes(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "busy.duckdb"
    code = f"import duckdb, sys; file = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(WarehouseUnavailable, match="lock") as caught:
            run(Warehouse(f"duckdb:///{path}"), "SELECT 1", clock)
        assert "Another program" in caught.value.hint
        other.communicate()


def test_memory_is_no_warehouse(clock: Clock) -> None:
    for url in ("duckdb:///:memory:", "duckdb://"):
        with pytest.raises(WarehouseUnavailable, match="is a file"):
            run(Warehouse(url), "SELECT 1", clock)


def test_a_missing_column_says_what_to_do(warehouse: Warehouse, clock: Clock) -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        run(warehouse, "SELECT shoe_size FROM members", clock)
    assert "oracle check" in caught.value.hint
    assert "shoe_size" in caught.value.message


def test_a_snapshot_that_failed_ends_and_the_next_one_is_whole(warehouse: Warehouse, clock: Clock) -> None:
    with warehouse.snapshot(clock) as snapshot:
        with pytest.raises(WarehouseUnavailable, match="shoes"):
            snapshot.execute(text("SELECT * FROM shoes"))
        with pytest.raises(WarehouseUnavailable, match="earlier failure"):
            snapshot.execute(text("SELECT 1"))
    assert run(warehouse, "SELECT count(*) FROM books", clock)[0][0] == 20


def test_snapshots_that_wait_for_each_other_all_end(duckdb_library: Warehouse, clock: Clock) -> None:
    """More snapshots than connections, each with several statements, on one core: nobody waits for ever."""
    narrow = Warehouse("duckdb:///" + duckdb_library.shown_url.removeprefix("duckdb:///"), pool=1)
    done: list[int] = []

    def read() -> None:
        for _ in range(5):
            with narrow.snapshot(clock) as snapshot:
                for _ in range(3):
                    snapshot.execute(text("SELECT count(*) FROM loans"))
        done.append(1)

    threads = [threading.Thread(target=read) for _ in range(24)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    narrow.close()
    assert len(done) == 24
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("postgresql://oracle:s3cret@127.0.0.1:1/warehouse", "Start the database"),
        ("postgresql+psycopg://oracle:s3cret@/warehouse?host=/nonexistent", ""),
    ],
)
def test_a_server_that_is_not_there_never_shows_its_password(url: str, hint: str, clock: Clock) -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        run(Warehouse(url), "SELECT 1", clock)
    assert "s3cret" not in str(caught.value)
    assert "***" in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "sqlite:///x.db", "not a url", "", "oracle://x"])
def test_a_scheme_that_is_no_warehouse(url: str) -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        Warehouse(url)
    assert "duckdb:///" in caught.value.hint


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NotInstalled, match="psycopg") as caught:
        Warehouse("postgresql://oracle@localhost/warehouse")
    assert "pip install" in caught.value.hint


def test_the_database_may_come_back(postgres: Postgres, clock: Clock) -> None:
    url = postgres.create("returning")
    warehouse = Warehouse(url)
    assert run(warehouse, "SELECT 1", clock)[0][0] == 1
    postgres.drop(url)
    with pytest.raises(WarehouseUnavailable):
        run(warehouse, "SELECT 1", clock)
    name = url.split("?")[0].rsplit("/", 1)[1]
    admin = sa.create_engine(url.replace(name, "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    assert run(warehouse, "SELECT 1", clock)[0][0] == 1
    admin.dispose()
    warehouse.close()
    postgres.drop(url)


def test_every_connection_busy_is_said(duckdb_library: Warehouse, clock: Clock, tmp_path: Path) -> None:
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    from oracle_kit.datasets.failures import unavailable

    assert "busy" in unavailable(PoolTimeout(), "duckdb:///x").message
