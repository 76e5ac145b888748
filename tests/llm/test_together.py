"""Calls that are worked on together."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from oracle_kit.llm.together import Together


def test_each_is_done_once_and_those_that_wait_are_done_together() -> None:
    groups: list[list[int]] = []

    def work(items: Sequence[int]) -> None:
        groups.append(list(items))
        time.sleep(0.01)

    together = Together(work)
    threads = [threading.Thread(target=together.do, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(number for group in groups for number in group) == list(range(60))
    assert len(groups) < 30


def test_what_goes_wrong_is_raised_by_each_and_the_next_go_on() -> None:
    started, release = threading.Event(), threading.Event()
    failed: list[str] = []

    def work(items: Sequence[str]) -> None:
        started.set()
        release.wait(5)
        if "bad" in items:
            raise ValueError("bad")

    together = Together(work)

    def do(item: str) -> None:
        try:
            together.do(item)
        except ValueError:
            failed.append(item)

    threads = [threading.Thread(target=do, args=(item,)) for item in ("first", "bad", "beside")]
    threads[0].start()
    started.wait(5)
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.05)
    release.set()
    for thread in threads:
        thread.join(5)
    assert sorted(failed) == ["bad", "beside"]
    together.do("good")
    with pytest.raises(ValueError, match="bad"):
        together.do("bad")


def test_with_a_pause_those_who_come_meanwhile_are_worked_for_at_once() -> None:
    groups: list[int] = []
    here = threading.Barrier(6)
    together: Together[int] = Together(lambda items: groups.append(len(items)), lambda: 0.2)

    def hand_in(item: int) -> None:
        here.wait()
        together.do(item)

    threads = [threading.Thread(target=hand_in, args=(item,)) for item in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert groups == [6]
