"""Prompts that are no questions end quickly and clearly."""

from __future__ import annotations

from time import perf_counter

import pytest

from tests.language.desk import ask

ODD = {
    "only stop words": "the of and please show me",
    "only numbers": "1 2 3 4 5 6 7 8 9",
    "another script": "покажите все заявки по городам",
    "devanagari": "मुझे सब दिखाओ",
    "arabic": "أظهر لي العملاء",
    "one letter": "a",
    "marks": "a ? ! , ;",
    "emoji": "leads 🚀🚀",
    "beyond the calendar": "leads in the last 99999 years",
    "many commas": "leads" + "," * 500,
}


@pytest.mark.parametrize("prompt", ODD.values(), ids=list(ODD))
def test_odd_prompts_give_a_clear_result(prompt: str) -> None:
    planned = ask(prompt)
    assert planned.steps
    assert planned.steps[0].title


@pytest.mark.parametrize("word", ["leads ", "balcony ", "the ", "7 ", "kolkatta and "])
def test_ten_thousand_words_end_in_bounded_time(word: str) -> None:
    started = perf_counter()
    planned = ask(word * 10_000)
    assert planned.steps[0].kind == "notice"
    assert perf_counter() - started < 10


def test_understanding_is_quick() -> None:
    prompts = [
        "leads by city",
        "hot NRI leads in Kolkata created last month",
        "top 5 cities by conversion",
    ] * 7
    times = []
    for prompt in prompts:
        started = perf_counter()
        ask(prompt)
        times.append(perf_counter() - started)
    assert sorted(times)[len(times) // 2] < 0.02  # the aim is 2 ms; shared cores are given room
