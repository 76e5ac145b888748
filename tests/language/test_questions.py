"""Several questions in one prompt: each is answered about its own subject; one question is never cut."""

from __future__ import annotations

import pytest

from tests.language.desk import ask, line

SEVERAL = {
    "leads by source and leads by city": [
        "leads lead_count | by source",
        "leads lead_count | by city",
    ],
    "how many hot leads and how many stale leads": [
        "leads lead_count | where <hot>",
        "leads lead_count | where <stale>",
    ],
    "leads by city; deals by stage; visits by city": [
        "leads lead_count | by city",
        "deals count+pipeline_value | by stage",
        "visits visit_count | by city",
    ],
    "leads by city. deals by stage": [
        "leads lead_count | by city",
        "deals count+pipeline_value | by stage",
    ],
    "win rate last quarter and pipeline value last quarter": [
        "deals win_rate | when closed_at last quarter",
        "deals pipeline_value | when opened_at last quarter",
    ],
    "how many NRI leads? and their split by city": [
        "leads lead_count | where residency eq nri",
        "leads lead_count | by city | where residency eq nri",
    ],
    "how many leads and how many of them are hot": [
        "leads lead_count",
        "leads count | where <hot>",
    ],
    "leads by city also deals won last month": [
        "leads lead_count | by city",
        "deals list | where stage eq won | when closed_at last month",
    ],
    "hot leads and stale leads by city": [
        "leads lead_count | by city | where <hot>",
        "leads lead_count | by city | where <stale>",
    ],
    "how many visits last week and how many scheduled next week": [
        "visits visit_count | when scheduled_at last week",
        "visits count | when scheduled_at next week",
    ],
    "calls and visits last week": [
        "interactions list | where channel eq call | when occurred_at last week",
        "visits list | when scheduled_at last week",
    ],
}
ONE = [
    "leads in Kolkata and Mumbai, how many hot",
    "win rate and number of deals by city",
    "leads in Kolkata and Mumbai",
    "leads by city and source",
    "leads with a visit and a call",
    "leads without a visit and with 3 calls",
    "visits by advisor and lead",
    "leads in Kolkata, Mumbai and Pune with visits this week",
    "compare Kolkata leads and Mumbai leads",
    "win rate and pipeline value by city",
]


@pytest.mark.parametrize(("prompt", "expected"), SEVERAL.items(), ids=list(SEVERAL))
def test_each_question_is_answered_in_order(prompt: str, expected: list[str]) -> None:
    planned = ask(prompt)
    assert [line(step.queries["main"]) for step in planned.steps] == expected
    assert not planned.not_understood


@pytest.mark.parametrize("prompt", ONE)
def test_one_question_stays_one(prompt: str) -> None:
    assert len(ask(prompt).steps) == 1


def test_what_belongs_to_the_rows_before_is_not_asked_of_all_rows() -> None:
    planned = ask("leads in Pune and their visits by city")
    assert planned.steps[0].kind == "notice"
    assert "visits" in planned.not_understood


def test_a_time_that_one_of_two_questions_says_is_told_of() -> None:
    both = ask("visits this month and win rate")
    assert line(both.steps[1].queries["main"]) == "deals win_rate | when closed_at this month"
    assert any("as well" in told for told in both.reservations)
    alone = ask("hot leads and visits last week")
    assert line(alone.steps[0].queries["main"]) == "leads list | where <hot>"
    assert any("alone" in told for told in alone.reservations)


def test_an_unknown_word_in_one_question_is_named() -> None:
    planned = ask("leads by city and deals with balcony by stage")
    assert "balcony" in planned.not_understood
    assert planned.steps[0].kind == "notice"


def test_many_joined_words_are_read_in_bounded_work() -> None:
    assert ask("leads by city and " * 60).steps
