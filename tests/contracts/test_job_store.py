"""What every store of jobs must hold, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from oracle_kit.errors import Conflict, NotFound
from oracle_kit.jobs.claims import Claims, Ended
from oracle_kit.jobs.job import Outcome, Work
from oracle_kit.jobs.ledger import close
from oracle_kit.jobs.moves import ITEM_MOVES, JOB_MOVES, move_items, move_jobs
from oracle_kit.jobs.retrying import Failure
from oracle_kit.jobs.worker import NO_ROOM
from oracle_kit.state import State, open_state
from oracle_kit.state.job_tables import items, jobs, results
from oracle_kit.state.tables import audit, runs
from tests.jobs.desk import Desk, until


@pytest.fixture
def state(state_url: str) -> Iterator[State]:
    opened = open_state(state_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(state: State) -> Desk:
    return Desk(state)


def end(desk: Desk, claims: Claims, *ended: Ended) -> None:
    claims.turn(ended, NO_ROOM)


def succeeded(work: Work) -> Ended:
    return Ended(work, Outcome(reply="yes"))


def failed(work: Work, pause_s: float | None = None) -> Ended:
    return Ended(work, failure=Failure(kind="bad_request", reason="no", again="never", pause_s=pause_s))


def test_a_job_is_there_with_its_last_item(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 2_345)
    job = desk.ledger.job(job_id)
    assert (job.status, job.submitted_count, job.queued_count) == ("queued", 2_345, 2_345)
    with desk.state.read() as connection:
        run = connection.execute(sa.select(runs).where(runs.c.job_id == job_id)).mappings().one()
        done = connection.execute(sa.select(audit.c.action).where(audit.c.subject == job_id)).scalars().all()
    assert (run["status"], run["kind"], run["payload_hash"]) == ("running", "batch", job.payload_hash)
    assert done == ["batch.submit"]


def test_a_submission_that_breaks_off_leaves_nothing(desk: Desk) -> None:
    submission = desk.submission(["echo:1"] * 2_500)

    def breaks(connection: sa.Connection, job_id: str) -> None:
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        desk.ledger.submit(submission, _resolved(), also=breaks)
    with desk.state.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(items)).scalar() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(jobs)).scalar() == 0


def test_equal_batches_have_equal_hashes_and_others_do_not(desk: Desk) -> None:
    hashes = [desk.submission(texts).payload_hash for texts in (["a", "b"], ["a", "b"], ["b", "a"], ["a"])]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
    assert desk.submission(["a"], priority=9).payload_hash != hashes[3]


@pytest.mark.parametrize(("before", "to"), [(b, t) for b in ITEM_MOVES for t in ITEM_MOVES])
def test_items_move_only_as_the_table_says(desk: Desk, before: str, to: str) -> None:
    job_id = desk.submit(["echo:1"])
    set_status = sa.update(items).values(status=before)
    desk.state.write(lambda connection: connection.execute(set_status))
    moved = desk.state.write(lambda connection: move_items(connection, items.c.job_id == job_id, to))  # type: ignore[arg-type]
    assert moved == (to in ITEM_MOVES[before])  # type: ignore[index]
    assert desk.ledger.item(job_id, "r0").status == (to if moved else before)


def test_jobs_move_only_as_the_table_says(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"])
    for before, after in JOB_MOVES.items():
        for to in JOB_MOVES:
            set_status = sa.update(jobs).values(status=before)
            desk.state.write(lambda connection, change=set_status: connection.execute(change))  # type: ignore[misc]
            which = jobs.c.job_id == job_id
            moved = desk.state.write(lambda connection, to=to, which=which: move_jobs(connection, which, to))  # type: ignore[misc]
            assert moved == (to in after)


def test_counts_come_from_the_items(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 6)
    claims = Claims(desk.state)
    works = desk.take(claims, 4)
    end(desk, claims, succeeded(works[0]), failed(works[1]), failed(works[2], pause_s=30))
    job = desk.ledger.job(job_id)
    counted = (job.completed_count, job.failed_count, job.queued_count, job.running_count)
    assert counted == (1, 1, 3, 1)
    assert job.status == "running"


def test_counts_are_true_after_the_database_lost_its_newest_writes(desk: Desk) -> None:
    """As after a failover to a replica that had not all of them."""
    job_id = desk.submit(["echo:1"] * 6)
    claims = Claims(desk.state)
    works = desk.take(claims, 6)
    for number in range(4):
        end(desk, claims, succeeded(works[number]))
    until(lambda: len(desk.ledger.ended(job_id)) == 4)
    assert desk.ledger.job(job_id).completed_count == 4
    last = sa.select(sa.func.max(items.c.ended_in)).scalar_subquery()
    lost = sa.update(items).where(items.c.ended_in == last).values(status="running", ended_in=None)
    desk.state.write(lambda connection: connection.execute(lost))
    job = desk.ledger.job(job_id)
    assert (job.completed_count, job.running_count, job.queued_count) == (3, 3, 0)


def test_an_item_is_taken_by_one_worker_alone(desk: Desk, state_url: str) -> None:
    desk.submit(["echo:1"] * 200)
    other = open_state(state_url)
    taken: list[str] = []
    lock = threading.Lock()

    def all_of(state: State) -> None:
        claims = Claims(state)
        while works := desk.take(claims, 7):
            with lock:
                taken.extend(work.request_id for work in works)

    threads = [threading.Thread(target=all_of, args=(state,)) for state in (desk.state, other) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(taken) == sorted(f"r{number}" for number in range(200))


def test_a_result_is_stored_once_whoever_comes_late(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"])
    slow, quick = Claims(desk.state), Claims(desk.state)
    slow.beat(1)
    (work,) = desk.take(slow, 1)
    quick.bury(slow.worker_id, 1)
    (again,) = desk.take(quick, 1)
    assert (again.request_id, again.attempts) == (work.request_id, 2)
    end(desk, slow, Ended(work, Outcome(reply="late")))
    end(desk, quick, Ended(again, Outcome(reply="in time")))
    end(desk, quick, Ended(again, Outcome(reply="twice")))
    assert desk.ledger.item(job_id, "r0").reply == "in time"
    with desk.state.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(results)).scalar() == 1


def test_a_worker_that_moved_on_is_not_buried(desk: Desk) -> None:
    desk.submit(["echo:1"])
    claims, other = Claims(desk.state), Claims(desk.state)
    claims.beat(1)
    desk.take(claims, 1)
    claims.beat(2)
    other.bury(claims.worker_id, 1)
    assert [work.request_id for work in claims.held()] == ["r0"]


def test_an_item_that_several_workers_died_with_has_failed(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"])
    living = Claims(desk.state)
    clear = sa.update(items).values(not_before=None)
    for _ in range(4):
        dying = Claims(desk.state)
        dying.beat(1)
        desk.state.write(lambda connection: connection.execute(clear))
        assert desk.take(dying, 1)[0].request_id == "r0"
        living.bury(dying.worker_id, 1)
    poison = desk.ledger.item(job_id, "r0")
    assert (poison.status, poison.failure_class) == ("failed", "poison")
    other = desk.submit(["echo:2"])
    assert [work.job_id for work in desk.take(living, 5)] == [other]


def test_a_worker_that_leaves_frees_what_it_had_and_nobody_is_blamed(desk: Desk) -> None:
    desk.submit(["echo:1"])
    leaving, next_ = Claims(desk.state), Claims(desk.state)
    leaving.beat(1)
    desk.take(leaving, 1)
    leaving.leave()
    assert [work.attempts for work in desk.take(next_, 1)] == [1]
    assert leaving.worker_id not in next_.beats()


def test_ended_items_are_read_in_order_each_once(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 40)
    claims = Claims(desk.state)
    seen: list[str] = []
    cursor = None
    while works := desk.take(claims, 3):
        end(desk, claims, *(succeeded(work) for work in reversed(works)))
        page = desk.page(job_id, after=cursor, limit=2)
        cursor, seen = page[-1].cursor, [*seen, *(one.request_id for one in page)]
    while len(seen) < 40:
        page = desk.page(job_id, after=cursor, limit=2)
        cursor, seen = page[-1].cursor, [*seen, *(one.request_id for one in page)]
    assert len(seen) == 40
    assert set(seen) == {f"r{number}" for number in range(40)}


def test_how_a_job_ends_is_what_its_items_say(desk: Desk) -> None:
    cases = {"completed": "ss", "completed_with_errors": "sf", "failed": "ff"}
    for status, ways in cases.items():
        job_id = desk.submit(["echo:1"] * 2)
        claims = Claims(desk.state)
        works = desk.take(claims, 2)
        assert not close(desk.state, job_id)
        end(
            desk,
            claims,
            *(succeeded(w) if way == "s" else failed(w) for w, way in zip(works, ways, strict=True)),
        )
        assert close(desk.state, job_id)
        assert desk.ledger.job(job_id).status == status


def test_cancel_keeps_what_is_done_and_begins_nothing(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 2_100)
    claims = Claims(desk.state)
    works = desk.take(claims, 3)
    end(desk, claims, succeeded(works[0]))
    desk.ledger.cancel(job_id, by="ana")
    job = desk.ledger.job(job_id)
    assert (job.status, job.completed_count, job.running_count, job.cancelled_count) == (
        "cancelling",
        1,
        2,
        2_097,
    )
    assert desk.take(claims, 5) == ()
    end(desk, claims, succeeded(works[1]), Ended(works[2]))
    close(desk.state, job_id)
    job = desk.ledger.job(job_id)
    assert (job.status, job.completed_count, job.cancelled_count) == ("cancelled", 2, 2_098)
    with pytest.raises(Conflict):
        desk.ledger.cancel(job_id, by="ana")


def test_retry_takes_only_what_failed_and_keeps_the_rest(desk: Desk) -> None:
    job_id = desk.submit(["echo:1"] * 3)
    claims = Claims(desk.state)
    with pytest.raises(Conflict):
        desk.ledger.retry(job_id, by="ana")
    works = desk.take(claims, 3)
    end(desk, claims, succeeded(works[0]), failed(works[1]), succeeded(works[2]))
    close(desk.state, job_id)
    until(lambda: len(desk.ledger.ended(job_id)) == 3)
    cursor = desk.ledger.ended(job_id)[-1].cursor
    assert desk.ledger.retry(job_id, by="ana") == 1
    assert desk.ledger.job(job_id).status == "running"
    (again,) = desk.take(claims, 9)
    assert (again.request_id, again.attempts) == (works[1].request_id, 1)
    end(desk, claims, succeeded(again))
    close(desk.state, job_id)
    assert desk.ledger.job(job_id).status == "completed"
    assert [one.request_id for one in desk.page(job_id, after=cursor)] == [again.request_id]
    with pytest.raises(Conflict):
        desk.ledger.retry(job_id, by="ana")


def test_a_pause_is_kept_whatever_the_clock_does(desk: Desk) -> None:
    desk.submit(["echo:1"])
    claims = Claims(desk.state)
    (work,) = desk.take(claims, 1)
    end(desk, claims, failed(work, pause_s=50))
    assert desk.take(claims, 1) == ()
    jumped = sa.update(items).values(not_before=sa.func.coalesce(items.c.started_at, None))
    desk.state.write(lambda connection: connection.execute(jumped))
    assert len(desk.take(claims, 1)) == 1


def test_jobs_are_listed_newest_first_by_owner_status_and_page(desk: Desk) -> None:
    made = [desk.submit(["echo:1"]) for _ in range(5)]
    first, cursor = desk.ledger.jobs(submitted_by="ana", limit=2)
    rest, end_ = desk.ledger.jobs(submitted_by="ana", limit=5, cursor=cursor)
    assert [job.job_id for job in (*first, *rest)] == made[::-1]
    assert end_ is None
    assert desk.ledger.jobs(submitted_by="bo")[0] == ()
    assert desk.ledger.jobs(submitted_by=None, status="completed")[0] == ()
    with pytest.raises(NotFound):
        desk.ledger.job("job_0")
    with pytest.raises(NotFound):
        desk.ledger.item(made[0], "r9")


def _resolved() -> object:
    from datetime import datetime

    from oracle_kit.jobs.job import Resolved
    from tests.jobs.desk import SUBMITTER

    return Resolved(content_digest="sha256:c", clock=datetime(2026, 4, 19), viewer=SUBMITTER)
