"""One short drill of each kind; the long ones are `benchmarks/drills_batch.py`."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from oracle_kit.errors import StateUnavailable
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.jobs.worker import Worker
from oracle_kit.state import open_state
from tests.jobs.desk import QUICK, Desk, until
from tests.jobs.killing import checked_end, killed_drill, served_drill
from tests.jobs.processes import start_worker
from tests.postgres import start as start_postgres


def test_a_worker_that_is_killed_loses_nothing(state_url: str) -> None:
    told = killed_drill(state_url, ["slow:0.01"] * 150, kills=2)
    assert told["items"] == 150


def test_two_workers_of_which_one_is_killed(state_url: str) -> None:
    killed_drill(state_url, ["slow:0.01"] * 150, kills=1, workers=2)


KILLED = {"sqlite": ("server",), "postgresql": ("server", "worker")}  # each on the other: the long drills


def test_a_server_is_killed_and_comes_back(state_url: str, velocity_duckdb: str, tmp_path: Path) -> None:
    """Alone, then with the worker beside it: it says what the rows do when it is back, and nothing is lost."""
    settings = {"warehouse_url": velocity_duckdb, "home": tmp_path / "home", "state_url": state_url}
    settings |= {"batch_threads": 2, "threads": 1}
    victims = KILLED[state_url.partition(":")[0].partition("+")[0]]

    def pause(ledger: Ledger, job_id: str, number: int) -> None:
        until(lambda: ledger.job(job_id).completed_count > 10)

    assert served_drill(settings, ["leads by stage"] * 100, [victims], pause)["items"] == 100


def test_a_worker_that_was_stopped_for_a_while_does_no_harm(state_postgresql: str) -> None:
    """Frozen until others took its items over, then woken: what it still brings is dropped.

    One that is frozen in a write loses it to the database's time limit. On SQLite there is no such limit: nobody
    can take the file's one write lock from a process that stands still with it.
    """
    desk = Desk(open_state(state_postgresql))
    texts = ["slow:0.05"] * 60
    job_id = desk.submit(texts)
    frozen = start_worker(f"{state_postgresql}&options=-c%20idle_in_transaction_session_timeout%3D1s")
    try:
        until(lambda: desk.ledger.job(job_id).completed_count > 4)
        frozen.send_signal(signal.SIGSTOP)
        with desk.working():
            until(lambda: desk.ledger.job(job_id).ended)
            frozen.send_signal(signal.SIGCONT)
            time.sleep(0.3)
            checked_end(desk.state, desk, desk.ledger.job(job_id), texts)
    finally:
        frozen.kill()
        desk.state.close()


def test_a_full_disk_is_waited_for_and_no_result_is_thrown_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file may not grow for a while."""
    desk = Desk(open_state(f"sqlite:///{tmp_path / 'state.sqlite'}"))
    job_id = desk.submit([*["slow:0.02"] * 20, *["big:50000"] * 40])
    with desk.working():
        until(lambda: desk.ledger.job(job_id).completed_count > 5)
        desk.state.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
        until(lambda: caplog.text.count("database or disk is full") > 1)
        assert desk.ledger.job(job_id).completed_count < 60
        desk.state.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
        job = desk.until_ended(job_id)
    assert (job.status, job.completed_count) == ("completed", 60)
    assert len(desk.said.ran) == 60, "what was found out while the disk was full is kept"
    desk.state.close()


def test_postgresql_restarted_in_mid_run(state_postgresql: str, postgres: Any) -> None:
    """Every connection is cut, as by a restart, again and again."""
    desk = Desk(open_state(state_postgresql))
    texts = ["slow:0.01"] * 150
    job_id = desk.submit(texts)
    name = state_postgresql.split("?", 1)[0].rsplit("/", 1)[1]
    with desk.working():
        for _ in range(4):
            time.sleep(0.1)
            postgres._execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
        until(lambda: _ended(desk, job_id), 60)
    checked_end(desk.state, desk, desk.ledger.job(job_id), texts)
    desk.state.close()


def _ended(desk: Desk, job_id: str) -> bool:
    try:
        return desk.ledger.job(job_id).ended
    except StateUnavailable:
        return False


@pytest.mark.parametrize("jump", [-7 * 86_400, 7 * 86_400])
def test_a_clock_that_jumps_ends_no_living_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    from datetime import timedelta

    from oracle_kit.jobs import claims
    from oracle_kit.state.columns import utc_now

    desk = Desk(open_state(f"sqlite:///{tmp_path / 'state.sqlite'}"))
    job_id = desk.submit(["slow:0.05", "flaky:3"] * 30)
    with desk.working(), desk.working():
        until(lambda: desk.ledger.job(job_id).completed_count > 5)
        monkeypatch.setattr(claims, "utc_now", lambda: utc_now() + timedelta(seconds=jump))
        job = desk.until_ended(job_id)
    assert (job.status, job.completed_count) == ("completed", 60)
    with desk.state.read() as connection:
        assert connection.exec_driver_sql("SELECT max(crashes) FROM runtime_llm_job_items").scalar() == 0
    desk.state.close()


def test_a_file_that_another_program_holds_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    desk = Desk(open_state(f"sqlite:///{path}"))
    job_id = desk.submit(["echo:1"] * 50)
    holder = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    worker = Worker(desk.state, desk.types, lambda provider, model: 1_000, pace=QUICK)
    started = threading.Thread(target=worker.start)
    started.start()
    time.sleep(0.5)
    holder.execute("ROLLBACK")
    started.join()
    assert desk.until_ended(job_id).completed_count == 50
    worker.stop()
    desk.state.close()


def test_a_reply_of_ten_megabytes_is_kept_whole(desk: Desk) -> None:
    job_id = desk.submit(["echo:1", "big:10000000", *["echo:2"] * 10])
    with desk.working():
        assert desk.until_ended(job_id).completed_count == 12
    found = {one.request_id: len(one.reply or "") for one in desk.results(job_id)}
    assert found["r1"] == len(desk.ledger.item(job_id, "r1").reply or "") == 10_000_000


def test_postgresql_is_killed_and_started_again(tmp_path: Path) -> None:
    """As by a crash: connections are cut, for a while there is no server, and the queue comes back empty."""
    server = start_postgres(os.getpid(), fsync="on", synchronous_commit="on", full_page_writes="on")
    desk = Desk(open_state(server.create()))
    try:
        texts = ["slow:0.01"] * 150
        job_id = desk.submit(texts)
        with desk.working():
            until(lambda: desk.ledger.job(job_id).completed_count > 10)
            server.restart()
            until(lambda: _ended(desk, job_id), 60)
        checked_end(desk.state, desk, desk.ledger.job(job_id), texts)
    finally:
        desk.state.close()
        server.stop()
