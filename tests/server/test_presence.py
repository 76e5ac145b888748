"""Who is present, as the server processes tell each other: nobody is forgotten, and nobody stays who has gone."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_server.live import presence
from canvas_server.live.presence import LONGEST, Message, Presence
from oracle_kit.state.feed import packed


def exchange(processes: list[Presence], said: Iterable[tuple[Presence, Message]] = ()) -> None:
    """Deliver what is said, and what is said to it, to all, until nothing more is."""
    pending = [*said, *((one, message) for one in processes for message in one.news())]
    for rounds in itertools.count():
        assert rounds < 10, "it comes to an end"
        answers = []
        for _, message in pending:
            packed("presence", message)
            for one in processes:
                wanted = one.hear(message)
                if wanted == "here":
                    answers += [(one, told) for told in one.all()]
                elif wanted == "asks":
                    answers.append((one, one.say("asks")))
        if not answers:
            return
        pending = answers


def test_processes_know_of_each_other() -> None:
    one, two = Presence(), Presence()
    exchange([one, two], [(one, one.say("asks")), (two, two.say("asks"))])
    one.join("page_a", "ann")
    two.join("page_a", "bob")
    two.join("page_b", "cid")
    exchange([one, two])
    for process in (one, two):
        assert process.on("page_a") == {"ann", "bob"}
        assert process.on("page_b") == {"cid"}
    assert one.changed == {"page_a", "page_b"}
    two.leave("page_a", "bob")
    exchange([one, two])
    assert one.on("page_a") == {"ann"}


def test_somebody_with_two_connections_is_there_until_the_last_one() -> None:
    one, two = Presence(), Presence()
    for _ in range(2):
        one.join("page_a", "ann")
    exchange([one, two])
    one.leave("page_a", "ann")
    exchange([one, two])
    assert two.on("page_a") == {"ann"}
    one.leave("page_a", "ann")
    exchange([one, two])
    assert two.on("page_a") == set()


def test_a_new_process_asks_and_is_told() -> None:
    one, late = Presence(), Presence()
    one.join("page_a", "ann")
    exchange([one])
    exchange([one, late], [(late, late.say("asks"))])
    assert late.on("page_a") == {"ann"}


def test_a_process_that_missed_messages_asks_again() -> None:
    one, two = Presence(), Presence()
    one.join("page_a", "ann")
    exchange([one, two])
    one.join("page_a", "bob")
    one.news()  # lost on the way
    two.forget()
    assert two.on("page_a") == set()
    exchange([one, two], [(two, two.say("asks"))])
    assert two.on("page_a") == {"ann", "bob"}
    two.forget()
    exchange([one, two], [(one, one.say("alive"))])
    assert two.on("page_a") == {"ann", "bob"}, "a beat of one that is not known is asked after"


def test_a_process_that_ended_or_fell_silent_takes_its_people_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two, three = Presence(), Presence(), Presence()
    two.join("page_a", "bob")
    three.join("page_a", "cid")
    exchange([one, two, three])
    exchange([one, three], [(two, two.say("ended"))])
    assert one.on("page_a") == {"cid"}
    now = time.monotonic()
    monkeypatch.setattr(presence.time, "monotonic", lambda: now + presence.SILENT_S + 1)
    one.changed.clear()
    one.expire()
    assert one.on("page_a") == set()
    assert one.changed == {"page_a"}


def test_long_lists_are_told_in_parts() -> None:
    one, two = Presence(), Presence()
    names = {f"{at}" * 40 for at in range(1_000)} | {"ü" * 900}
    for name in names:
        one.join("page_a", name)
    exchange([one, two])
    assert two.on("page_a") == {name[:LONGEST] for name in names}


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans())))
def test_all_come_to_know_the_same(steps: list[tuple[int, str, str, bool]]) -> None:
    processes = [Presence() for _ in range(3)]
    there: list[tuple[int, str, str]] = []
    for process, page, who, comes in steps:
        if comes:
            processes[process].join(page, who)
            there.append((process, page, who))
        elif (process, page, who) in there:
            processes[process].leave(page, who)
            there.remove((process, page, who))
        exchange(processes)
    for page in "ab":
        expected = {who for _, at, who in there if at == page}
        assert [one.on(page) for one in processes] == [expected] * 3
