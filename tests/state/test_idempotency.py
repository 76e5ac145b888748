"""A request that is sent twice is done once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.errors import Conflict, KeyReused, StateUnavailable
from oracle_kit.state import State, open_state
from oracle_kit.state.columns import utc_now
from oracle_kit.state.idempotency import forget_answers, once, settle
from oracle_kit.state.tables import idempotency
from tests.state.counting import add, numbers


class Producer:
    """Counts how often it is asked."""

    def __init__(self, answer: object = None) -> None:
        self.calls = 0
        self.answer = answer if answer is not None else {"page_id": "page_1", "rows": [[1, None, "₹"]]}

    def __call__(self) -> object:
        self.calls += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def keys(state: State) -> list[str]:
    with state.read() as connection:
        return list(connection.execute(sa.select(idempotency.c.key)).scalars())


def test_the_second_time_the_stored_answer_comes(state: State) -> None:
    first, second = Producer(), Producer({"other": True})
    asked: dict[str, Any] = {"owner": "asha", "key": "k1", "payload": {"prompt": "leads"}}
    assert once(state, **asked, produce=first) == first.answer
    assert once(state, **asked, produce=second) == first.answer
    assert (first.calls, second.calls) == (1, 0)


@pytest.mark.parametrize("answer", [None, 0, "", [], {}, [201, {"id": "page_1"}, {"ETag": "x"}]])
def test_any_json_is_an_answer(state: State, answer: object) -> None:
    producer = Producer()
    producer.answer = answer
    for _ in range(2):
        assert once(state, owner="asha", key="k1", payload=None, produce=producer) == answer
    assert producer.calls == 1


def test_keys_belong_to_their_owner(state: State) -> None:
    hers, his = Producer("hers"), Producer("his")
    assert once(state, owner="asha", key="k1", payload=1, produce=hers) == "hers"
    assert once(state, owner="ravi", key="k1", payload=2, produce=his) == "his"


def test_another_payload_under_the_same_key_is_refused(state: State) -> None:
    once(state, owner="asha", key="k1", payload={"prompt": "leads"}, produce=Producer())
    with pytest.raises(KeyReused, match="sent before with another payload") as caught:
        once(state, owner="asha", key="k1", payload={"prompt": "visits"}, produce=Producer())
    assert caught.value.hint == "Use a new key for a new request."


def test_a_failure_frees_the_key(state: State) -> None:
    asked: dict[str, Any] = {"owner": "asha", "key": "k1", "payload": 1}
    with pytest.raises(LookupError):
        once(state, **asked, produce=Producer(LookupError("no")))
    assert keys(state) == []
    assert once(state, **asked, produce=Producer("yes")) == "yes"


def test_a_failure_while_the_state_is_away_is_still_the_one_that_is_told(state: State) -> None:
    def fails() -> object:
        state.close()
        raise LookupError("its own")

    with pytest.raises(LookupError, match="its own"):
        once(state, owner="asha", key="k1", payload=1, produce=fails)


def test_interrupting_frees_the_key(state: State) -> None:
    with pytest.raises(KeyboardInterrupt):
        once(state, owner="asha", key="k1", payload=1, produce=Producer(KeyboardInterrupt()))
    assert keys(state) == []


def test_those_who_come_at_once_get_one_answer(state: State) -> None:
    producer = Producer()

    def slowly() -> object:
        time.sleep(0.1)
        return producer()

    with ThreadPoolExecutor(6) as pool:
        asked = [
            pool.submit(once, state, owner="asha", key="k1", payload=1, produce=slowly) for _ in range(6)
        ]
        assert [one.result() for one in asked] == [producer.answer] * 6
    assert producer.calls == 1


def test_who_waits_takes_over_when_the_first_one_fails(state: State) -> None:
    started, go = threading.Event(), threading.Event()

    def fails() -> object:
        started.set()
        go.wait(10)
        raise LookupError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once, state, owner="asha", key="k1", payload=1, produce=fails)
        started.wait(10)
        second = pool.submit(once, state, owner="asha", key="k1", payload=1, produce=Producer("mine"))
        time.sleep(0.05)
        go.set()
        assert isinstance(first.exception(), LookupError)
        assert second.result() == "mine"


def test_who_waits_too_long_is_told_to_come_again(state: State) -> None:
    def meanwhile() -> object:
        with pytest.raises(Conflict, match="still being worked on") as caught:
            once(state, owner="asha", key="k1", payload=1, produce=Producer(), patience=0.05)
        assert "with the same key" in caught.value.hint
        return "first"

    assert once(state, owner="asha", key="k1", payload=1, produce=meanwhile) == "first"


def test_a_long_work_keeps_its_key(state: State) -> None:
    """The hold of 0.15 s is renewed while the work of 0.6 s lasts."""

    def long_work() -> object:
        time.sleep(0.6)
        return "first"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once, state, owner="asha", key="k1", payload=1, produce=long_work, held=0.15)
        time.sleep(0.3)
        second = once(state, owner="asha", key="k1", payload=1, produce=Producer("again"), held=0.15)
        assert (first.result(), second) == ("first", "first")


DIE_WITHIN = """
import os, signal, sys
from oracle_kit.state import open_state
from oracle_kit.state.idempotency import once, settle
from tests.state.counting import add
state = open_state(sys.argv[1])

def work(connection):
    add(connection, 1)
    if sys.argv[2] == "settled":
        settle(connection, owner="asha", key="k1", answer={"made": 1})

def produce():
    state.write(work)
    os.kill(os.getpid(), signal.SIGKILL)

once(state, owner="asha", key="k1", payload=1, produce=produce, held=0.3)
"""


def die(url: str, how: str) -> None:
    command = [sys.executable, "-c", DIE_WITHIN, url, how]
    assert subprocess.run(command, timeout=60, cwd=os.getcwd()).returncode == -signal.SIGKILL


def test_a_dead_callers_key_is_taken_over(database_url: str) -> None:
    die(database_url, "unsettled")
    state = open_state(database_url)
    assert once(state, owner="asha", key="k1", payload=1, produce=Producer("again")) == "again"
    state.close()


def test_what_was_settled_in_the_write_is_answered_whoever_died(database_url: str) -> None:
    die(database_url, "settled")
    state = open_state(database_url)
    again = Producer("again")
    assert once(state, owner="asha", key="k1", payload=1, produce=again) == {"made": 1}
    assert again.calls == 0
    assert numbers(state) == [1]
    state.close()


def test_a_commit_whose_outcome_is_unknown_is_resolved_by_the_key(state: State) -> None:
    """The write was kept, but its caller never heard: the second call answers, and does nothing again."""

    def work(connection: Connection) -> None:
        add(connection, 1)
        settle(connection, owner="asha", key="k1", answer="made")

    def unheard() -> object:
        state.write(work)
        raise StateUnavailable("the state went away during a commit", unknown=True)

    with pytest.raises(StateUnavailable):
        once(state, owner="asha", key="k1", payload=1, produce=unheard)
    assert once(state, owner="asha", key="k1", payload=1, produce=Producer("again")) == "made"
    assert numbers(state) == [1]


def test_a_fuller_answer_takes_the_settled_ones_place(state: State) -> None:
    def produce() -> object:
        state.write(lambda connection: settle(connection, owner="asha", key="k1", answer="short"))
        return {"answer": "long"}

    assert once(state, owner="asha", key="k1", payload=1, produce=produce) == {"answer": "long"}
    assert once(state, owner="asha", key="k1", payload=1, produce=Producer("again")) == {"answer": "long"}


def test_old_answers_are_forgotten_and_what_is_worked_on_is_not(state: State) -> None:
    once(state, owner="asha", key="old", payload=1, produce=Producer())

    def meanwhile() -> object:
        return forget_answers(state, utc_now() + timedelta(seconds=1))

    assert once(state, owner="asha", key="new", payload=1, produce=meanwhile) == 1
    assert keys(state) == ["new"]
