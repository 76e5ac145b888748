"""Delivery through pgqueuer: the queue may lose everything or hold too much; the ledger is what counts."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from oracle_kit.errors import NotInstalled
from oracle_kit.jobs.claims import Claims
from oracle_kit.jobs.delivery import check_delivery
from oracle_kit.jobs.queue_delivery import QueueDelivery
from oracle_kit.jobs.taking import Room
from oracle_kit.state import State, open_state
from tests.jobs.desk import QUICK, Desk, until


@pytest.fixture
def state(state_postgresql: str) -> Iterator[State]:
    opened = open_state(state_postgresql)
    yield opened
    opened.close()


def run(state: State, statement: str) -> None:
    state.write(lambda connection: connection.exec_driver_sql(statement))


def rows(state: State, statement: str) -> list[Any]:
    with state.read() as connection:
        return list(connection.exec_driver_sql(statement).all())


def test_what_the_queue_loses_is_offered_again(desk: Desk) -> None:
    job_id = desk.submit(["slow:0.01"] * 120)
    with desk.working():
        for done in (10, 40, 70):
            until(lambda done=done: desk.ledger.job(job_id).completed_count > done)  # type: ignore[misc]
            run(desk.state, "DELETE FROM oracle_pgqueuer")
        assert desk.until_ended(job_id).completed_count == 120
    assert len(desk.said.ran) == 120


def test_what_is_delivered_twice_is_dropped(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 8)
    with desk.working():
        desk.until_ended(job_id)
        again = (
            json.dumps([job_id, "r0"]),
            json.dumps([job_id, "r99"]),
            json.dumps(["job_gone", "r0"]),
            "what is this",
        )
        for number, payload in enumerate(again):
            run(
                desk.state,
                "INSERT INTO oracle_pgqueuer (priority, status, entrypoint, payload, dedupe_key) VALUES "
                f"(5, 'queued', 'said:none/none', convert_to('{payload}', 'UTF8'), 'again{number}')",
            )
        other = desk.submit(["echo:2"] * 20)
        desk.until_ended(other)
        until(lambda: rows(desk.state, "SELECT id FROM oracle_pgqueuer") == [])
    assert len(desk.said.ran) == 28
    assert desk.ledger.job(job_id).completed_count == 8


def test_what_is_cancelled_while_it_is_on_its_way_does_not_begin(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 10)
    claims, room = Claims(desk.state), Room(10, lambda provider, model: 1_000, desk.types.names)
    assert claims.offer(room) == 10
    desk.ledger.cancel(job_id, by="ana")
    assert claims.turn((), room) == ()
    assert rows(desk.state, "SELECT id FROM oracle_pgqueuer") == []


def test_a_new_job_of_higher_priority_overtakes_what_is_on_its_way(desk: Desk) -> None:
    low = desk.submit(["slow:0.02"] * 30, priority=1)
    with desk.working(replace(QUICK, threads=2)):
        until(lambda: len(desk.said.ran) >= 2)
        high = desk.submit(["slow:0.02"] * 6, priority=9)
        desk.until_ended(high)
        assert desk.ledger.job(low).completed_count < 20
        desk.until_ended(low)


def test_a_lane_s_limit_counts_what_is_on_its_way(desk: Desk) -> None:
    desk.submit(["echo:1"] * 10, provider="ollama")
    one, two = Claims(desk.state), Claims(desk.state)
    room = Room(8, lambda provider, model: 3, desk.types.names)
    assert [one.offer(room), two.offer(room)] == [3, 0]
    assert [len(two.turn((), room)), len(one.turn((), room))] == [3, 0]
    assert one.offer(room) == 0


def test_a_clock_that_went_back_makes_nothing_wait(desk: Desk) -> None:
    desk.submit(["echo:1"] * 4)
    Claims(desk.state).offer(Room(4, lambda provider, model: 1_000, desk.types.names))
    late = "SELECT id FROM oracle_pgqueuer WHERE execute_after > now() - interval '9 years'"
    assert rows(desk.state, late) == []


def test_nothing_is_kept_of_what_was_delivered(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 8)
    with desk.working() as worker:
        desk.until_ended(job_id)
        worker.claims.tidy()
    assert rows(desk.state, "SELECT id FROM oracle_pgqueuer_log") == []
    assert rows(desk.state, "SELECT id FROM oracle_pgqueuer") == []


def test_the_queue_s_tables_are_made_by_many_at_once_and_mended(postgres_url: str) -> None:
    state = open_state(postgres_url)
    failed: list[BaseException] = []

    def make() -> None:
        try:
            QueueDelivery(state, "wrk_1")
        except BaseException as error:  # noqa: BLE001  # it is told of below
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    run(state, "DROP INDEX oracle_pgqueuer_ep_prio_id_idx")
    make()
    found = rows(state, "SELECT 1 FROM pg_indexes WHERE indexname = 'oracle_pgqueuer_ep_prio_id_idx'")
    state.close()
    assert (failed, len(found)) == ([], 1)


def test_without_pgqueuer_it_is_said_how_to_get_it(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pgqueuer", None)
    with pytest.raises(NotInstalled, match=r"pip install 'oracle-kit\[batch\]'"):
        check_delivery(state)
