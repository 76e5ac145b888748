"""A worker in this process: it does everything once, tries again what is worth it, and shares out what there is."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from oracle_kit.errors import OracleError
from oracle_kit.jobs.claims import Claims
from oracle_kit.jobs.shares import Waiting, shares
from oracle_kit.jobs.sweep import Orphans, expire
from oracle_kit.jobs.worker import LOOKS, Worker
from oracle_kit.state.columns import utc_now
from oracle_kit.state.job_tables import items, jobs
from oracle_kit.state.tables import runs
from tests.jobs.desk import QUICK, Desk, until


def test_every_item_runs_once_and_its_result_is_there(desk: Desk) -> None:
    job_id = desk.submit([f"echo:{n}" for n in range(100)])
    with desk.working():
        job = desk.until_ended(job_id)
    assert (job.status, job.completed_count) == ("completed", 100)
    assert sorted(one.reply or "" for one in desk.results(job_id)) == sorted(str(n) for n in range(100))
    assert len(desk.said.ran) == 100
    assert job.started_at is not None
    with desk.state.read() as connection:
        assert (
            connection.execute(sa.select(runs.c.status).where(runs.c.job_id == job_id)).scalar()
            == "succeeded"
        )


def test_one_bad_item_does_not_stop_the_others(desk: Desk) -> None:
    job_id = desk.submit(["bug:1", "fail:1", "surrogate:1", *["echo:1"] * 20])
    with desk.working():
        job = desk.until_ended(job_id)
    assert (job.status, job.completed_count, job.failed_count) == ("completed_with_errors", 20, 3)
    failed = {one.request_id: one.failure_class for one in desk.results(job_id) if one.status == "failed"}
    assert failed == {"r0": "unexpected", "r1": "bad_request", "r2": "unstorable"}


def test_what_passes_is_tried_again(desk: Desk) -> None:
    job_id = desk.submit(["flaky:2", "away:2", "echo:1"])
    with desk.working():
        job = desk.until_ended(job_id)
    assert job.status == "completed"
    assert [desk.ledger.item(job_id, name).attempts for name in ("r0", "r1", "r2")] == [2, 2, 1]


def test_a_cancel_reaches_what_is_under_way(desk: Desk) -> None:
    job_id = desk.submit(["slow:30"] * 3 + ["echo:1"] * 50)
    with desk.working():
        until(lambda: desk.ledger.job(job_id).running_count >= 3)
        desk.ledger.cancel(job_id, by="ana")
        job = desk.until_ended(job_id, 10)
    assert job.status == "cancelled"
    assert job.completed_count + job.cancelled_count == 53
    assert job.cancelled_count >= 3


def test_a_cancel_that_races_with_the_end_leaves_a_true_job(desk: Desk) -> None:
    with desk.working():
        for _ in range(8):
            job_id = desk.submit(["echo:1"] * 8)
            until(lambda job_id=job_id: desk.ledger.job(job_id).completed_count > 3)  # type: ignore[misc]
            refused = None
            try:
                desk.ledger.cancel(job_id, by="ana")
            except OracleError as error:  # it had ended: also a true answer
                refused = error
            assert refused is None or "has ended already" in str(refused)
            job = desk.until_ended(job_id)
            assert job.completed_count + job.cancelled_count == 8
            assert job.status == ("cancelled" if job.cancelled_count else "completed")


def test_stopping_waits_for_what_is_under_way_and_starting_goes_on(desk: Desk) -> None:
    job_id = desk.submit(["slow:0.2"] * 12)
    with desk.working() as worker:
        until(lambda: len(desk.said.now) >= 4)  # begun, not only taken: what has not begun is left to others
        assert worker.stop(drain=5.0)
    halfway = desk.ledger.job(job_id)
    assert (halfway.status, halfway.running_count) == ("running", 0)
    assert 4 <= halfway.completed_count < 12
    with desk.working():
        assert desk.until_ended(job_id).completed_count == 12
    assert len(desk.said.ran) == 12


def test_what_does_not_end_in_time_is_left_to_others(desk: Desk) -> None:
    job_id = desk.submit(["slow:30"])
    with desk.working() as worker:
        until(lambda: bool(desk.said.now))
        assert not worker.stop(drain=0.1)
    assert desk.ledger.item(job_id, "r0").status in ("queued", "cancelled")


def test_higher_priority_goes_first_and_equals_share(desk: Desk) -> None:
    low = desk.submit(["slow:0.02"] * 20, priority=1)
    one, two = (desk.submit(["slow:0.02"] * 20) for _ in range(2))
    with desk.working(replace(QUICK, threads=2)):
        desk.until_ended(low)
    order = [job for job, _, _ in desk.said.ran]
    assert set(order[:40]) == {one, two}
    assert abs(order[:20].count(one) - order[:20].count(two)) <= 4


def test_equal_jobs_share_a_lane_of_one_place(desk: Desk) -> None:
    one, two = (desk.submit(["echo:1"] * 12, provider="ollama") for _ in range(2))
    with desk.working(limit=lambda provider, model: 1):
        desk.until_ended(two)
        desk.until_ended(one)
    order = [job for job, _, _ in desk.said.ran]
    assert abs(order[:12].count(one) - 6) <= 2


def test_a_lane_never_has_more_under_way_than_its_limit(desk: Desk) -> None:
    job_id = desk.submit(["slow:0.02"] * 15, provider="ollama")
    with desk.working(limit=lambda provider, model: 2), desk.working(limit=lambda provider, model: 2):
        desk.until_ended(job_id)
    assert desk.said.most_at_once == 2


def test_two_workers_share_a_job(desk: Desk) -> None:
    job_id = desk.submit(["slow:0.01"] * 60)
    with desk.working(), desk.working():
        job = desk.until_ended(job_id)
    assert job.completed_count == 60
    assert len(desk.said.ran) == 60
    assert desk.said.most_at_once > 4


def test_the_job_s_deadline_ends_what_has_not_begun(desk: Desk) -> None:
    job_id = desk.submit(["slow:0.3"] * 30, job_seconds=0.5)
    with desk.working():
        job = desk.until_ended(job_id, 10)
    assert job.status == "completed_with_errors"
    assert {one.failure_class for one in desk.results(job_id) if one.status == "failed"} == {"deadline"}


def test_what_has_expired_keeps_how_it_went(desk: Desk) -> None:
    job_id = desk.submit(["echo:1", "fail:1"])
    with desk.working():
        desk.until_ended(job_id)
    assert expire(desk.state, utc_now()) == 1
    job, item = desk.ledger.job(job_id), desk.ledger.item(job_id, "r0")
    assert (job.completed_count, job.failed_count, item.status, item.reply) == (1, 1, "succeeded", None)
    assert job.expired_at is not None
    with desk.state.read() as connection:
        assert (
            connection.execute(sa.select(items.c.payload).where(items.c.job_id == job_id)).scalars().all()
            == [None] * 2
        )


def test_items_of_a_submission_that_broke_off_are_deleted(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 3)
    desk.state.write(lambda connection: connection.execute(sa.delete(jobs)))
    assert Orphans().delete(desk.state) == 0
    assert Orphans(seconds=0).delete(desk.state) == 3
    with desk.state.read() as connection:
        assert connection.execute(sa.select(items).where(items.c.job_id == job_id)).all() == []


def test_a_new_job_is_begun_at_once(desk: Desk) -> None:
    with desk.working(replace(QUICK, poll=30.0)):
        time.sleep(0.2)
        job_id = desk.submit(["echo:1"])
        desk.until_ended(job_id, 3)


@pytest.mark.parametrize(
    ("waiting", "free", "limit", "expected"),
    [
        ([("a", 5, 0), ("b", 5, 0)], 4, 10, {"a": 2, "b": 2}),
        ([("a", 5, 3), ("b", 5, 0)], 3, 10, {"b": 3}),
        ([("a", 9, 0), ("b", 5, 0)], 4, 10, {"a": 4}),
        ([("a", 9, 0), ("b", 5, 0)], 4, 3, {"a": 3}),
        ([("a", 5, 2)], 4, 2, {}),
        ([], 4, 2, {}),
    ],
)
def test_shares(waiting: list[tuple[str, int, int]], free: int, limit: int, expected: dict[str, int]) -> None:
    listed = [Waiting(name, priority, "p", "m", under_way) for name, priority, under_way in waiting]
    assert shares(listed, free, lambda provider, model: limit) == expected


def test_who_died_with_nothing_under_way_is_forgotten_without_a_word(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    idle = Claims(desk.state)
    idle.beat(7)
    with desk.working() as worker:
        until(lambda: idle.worker_id not in worker.claims.beats())
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == []


def test_items_of_the_dead_are_done_and_said_to_be(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    job_id = desk.submit(["echo:1"] * 3)
    dying = Claims(desk.state)
    dying.beat(7)
    desk.take(dying, 2)
    with desk.working():
        assert desk.until_ended(job_id).completed_count == 3
    assert f"worker {dying.worker_id} shows no life: the 2 items that it had are queued again" in caplog.text


def test_looks_are_counted_and_not_seconds(desk: Desk) -> None:
    """A machine that stood still did so for all of its workers: however late the look, it is one."""
    desk.submit(["echo:1"] * 3)
    other = Claims(desk.state)
    other.beat(1)
    desk.take(other, 3)
    watching, seen = (
        Worker(desk.state, desk.types, lambda provider, model: 1_000),
        dict[str, tuple[int, int]](),
    )
    for _ in range(LOOKS):
        assert len(other.held()) == 3
        seen = watching._bury_dead(seen)
    watching._bury_dead(seen)
    assert other.held() == ()
