"""The change feed: what is committed is heard, in order, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.errors import StateUnavailable
from oracle_kit.state import State, Subscription, open_state
from oracle_kit.state.feed import MESSAGE_LIMIT
from tests.state.counting import add

SOON = 10.0


def say(state: State, topic: str, *numbers: int) -> None:
    def work(connection: Connection) -> None:
        for number in numbers:
            state.feed.publish(connection, topic, {"number": number})

    state.write(work)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.01)


def test_what_is_committed_is_heard_in_order(state: State) -> None:
    with state.feed.subscribe("page_1") as heard:
        say(state, "page_1", 1, 2)
        say(state, "page_1", 3)
        assert [heard.get(SOON) for _ in range(3)] == [{"number": 1}, {"number": 2}, {"number": 3}]
        assert heard.get(0) is None
        assert not heard.overflowed


def test_what_is_heard_is_already_there_to_be_read(state: State) -> None:
    def work(connection: Connection) -> None:
        add(connection, 7)
        state.feed.publish(connection, "page_1", {"change": 7})

    with state.feed.subscribe("page_1") as heard:
        state.write(work)
        assert heard.get(SOON) == {"change": 7}
        with state.read() as connection:
            assert connection.execute(sa.text("select count(*) from oracle_routing")).scalar_one() == 1


def test_what_is_rolled_back_is_never_heard(state: State) -> None:
    def work(connection: Connection) -> None:
        state.feed.publish(connection, "page_1", {"number": 1})
        raise LookupError

    with state.feed.subscribe("page_1") as heard:
        with pytest.raises(LookupError):
            state.write(work)
        say(state, "page_1", 2)
        assert heard.get(SOON) == {"number": 2}


def test_what_the_commit_refuses_is_never_heard(postgres_state: State) -> None:
    postgres_state.write(
        lambda connection: connection.exec_driver_sql(
            "CREATE TABLE late (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
    )

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO late VALUES (1), (1)")
        postgres_state.feed.publish(connection, "page_1", {"number": 1})

    with postgres_state.feed.subscribe("page_1") as heard:
        with pytest.raises(sa.exc.DBAPIError, match="duplicate key"):
            postgres_state.write(work)
        say(postgres_state, "page_1", 2)
        assert heard.get(SOON) == {"number": 2}


def test_each_topic_has_its_own_listeners(state: State) -> None:
    with (
        state.feed.subscribe("page_1") as one,
        state.feed.subscribe("page_2") as two,
        state.feed.subscribe("page_1") as too,
    ):
        say(state, "page_2", 2)
        say(state, "page_1", 1)
        assert one.get(SOON) == too.get(SOON) == {"number": 1}
        assert two.get(SOON) == {"number": 2}
        assert one.get(0) is two.get(0) is None


def test_a_full_queue_says_so_and_starts_again(state: State) -> None:
    with state.feed.subscribe("page_1", size=3) as slow, state.feed.subscribe("page_1") as quick:
        say(state, "page_1", *range(5))
        assert [quick.get(SOON) for _ in range(5)] == [{"number": number} for number in range(5)]
        until(lambda: slow.overflowed)
        assert slow.get(SOON) is None, "nothing is given out of a torn row of messages"
        say(state, "page_1", 5)
        assert quick.get(SOON) == {"number": 5}
        assert slow.get(0) is None
        slow.resume()
        assert not slow.overflowed
        say(state, "page_1", 6)
        assert slow.get(SOON) == {"number": 6}


def test_get_waits_no_longer_than_it_is_told(state: State) -> None:
    with state.feed.subscribe("page_1") as heard:
        start = time.monotonic()
        assert heard.get(0.05) is None
        assert time.monotonic() - start >= 0.05


def test_a_listener_with_a_loop_of_its_own_is_woken(state: State) -> None:
    woken = threading.Event()
    with state.feed.subscribe("page_1", wake=woken.set) as heard:
        say(state, "page_1", 1)
        assert woken.wait(SOON)
        assert heard.get(0) == {"number": 1}


def test_a_listener_whose_loop_has_ended_harms_nobody(state: State) -> None:
    def broken() -> None:
        raise RuntimeError("the event loop is closed")

    state.feed.subscribe("page_1", wake=broken)
    with state.feed.subscribe("page_1") as heard:
        say(state, "page_1", 1)
        say(state, "page_1", 2)
        assert heard.get(SOON) == {"number": 1}
        assert heard.get(SOON) == {"number": 2}


def waiting(heard: Subscription) -> tuple[threading.Thread, list[object]]:
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(heard.get()))
    thread.start()
    return thread, got


@pytest.mark.parametrize("ended", ["subscription", "state"])
def test_whoever_waits_returns_at_the_end(state: State, ended: str) -> None:
    heard = state.feed.subscribe("page_1")
    thread, got = waiting(heard)
    (heard if ended == "subscription" else state).close()
    thread.join(SOON)
    assert got == [None]
    heard.close()


def test_a_closed_subscription_hears_no_more(state: State) -> None:
    heard = state.feed.subscribe("page_1")
    heard.close()
    with state.feed.subscribe("page_1") as other:
        say(state, "page_1", 1)
        assert other.get(SOON) == {"number": 1}
    assert heard.get(0) is None


def test_content_is_not_sent_through_the_feed(state: State) -> None:
    def work(connection: Connection) -> None:
        state.feed.publish(connection, "page_1", {"body": "x" * MESSAGE_LIMIT})

    with pytest.raises(ValueError, match="publish ids, not content"):
        state.write(work)


def test_the_longest_message_arrives(state: State) -> None:
    message = {"ids": "₹" * ((MESSAGE_LIMIT - 40) // 6)}
    with state.feed.subscribe("page_1") as heard:
        state.write(lambda connection: state.feed.publish(connection, "page_1", message))
        assert heard.get(SOON) == message


def test_publishing_belongs_into_a_write(state: State) -> None:
    with state.read() as connection, pytest.raises(RuntimeError, match=r"publish inside State\.write"):
        state.feed.publish(connection, "page_1", {"number": 1})


SAY = """
import sys
from oracle_kit.state import open_state
state = open_state(sys.argv[1])
state.write(lambda connection: state.feed.publish(connection, "page_1", {"number": 9}))
state.close()
"""


def test_other_processes_are_heard_on_postgresql(postgres_state: State, postgres_url: str) -> None:
    with postgres_state.feed.subscribe("page_1") as heard:
        subprocess.run([sys.executable, "-c", SAY, postgres_url], check=True, timeout=60)
        assert heard.get(SOON) == {"number": 9}


def test_a_lost_line_is_made_anew_and_the_gap_is_told(postgres_state: State, postgres_url: str) -> None:
    woken = threading.Event()
    with postgres_state.feed.subscribe("page_1", wake=woken.set) as heard:
        assert hang_up_listeners(postgres_url) == 1
        assert heard.get(SOON) is None
        assert heard.overflowed
        assert woken.is_set()
        heard.resume()
        say(postgres_state, "page_1", 1)
        assert heard.get(SOON) == {"number": 1}


def hang_up_listeners(url: str) -> int:
    """End every connection of this database that listens; gives how many there were."""
    engine = sa.create_engine(url)
    ended = sa.text(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where datname = current_database() and query like 'LISTEN%'"
    )
    with engine.connect() as connection:
        count = connection.execute(ended).scalar_one()
    engine.dispose()
    return int(count)


def test_a_database_that_is_away_is_said_at_the_subscription(postgres_url: str) -> None:
    state = open_state(postgres_url)
    state.feed._engine = sa.create_engine("postgresql+psycopg://asha:hunter2@127.0.0.1:9/oracle")  # type: ignore[attr-defined]
    with pytest.raises(StateUnavailable, match="Start PostgreSQL") as caught:
        state.feed.subscribe("page_1")
    assert "hunter2" not in str(caught.value)
    state.close()
