"""Follow-ups change what a page shows; on an empty page they are not understood."""

from __future__ import annotations

import pytest

from oracle_kit.model import Plan
from tests.language.desk import ask, blocks_of, line, said


def after(prompt: str, start: str = "leads by city in Kolkata") -> Plan:
    """The plan of a follow-up on the page that `start` made."""
    return ask(prompt, blocks_of(ask(start)))


CASES = {
    "now only NRI": "leads lead_count | by city | where (city eq Kolkata and residency eq nri)",
    "same for Mumbai": "leads lead_count | by city | where city eq Mumbai",
    "what about Pune": "leads lead_count | by city | where city eq Pune",
    "by month instead": "leads lead_count | by created_at_month | where city eq Kolkata",
    "by source": "leads lead_count | by source | where city eq Kolkata",
    "top 5 only": "leads lead_count | by city | where city eq Kolkata | top 5 of lead_count",
    "without the luxury ones": "leads lead_count | by city | where (city eq Kolkata and segment ne luxury)",
    "last month": "leads lead_count | by city | where city eq Kolkata | when created_at last month",
    "only hot": "leads lead_count | by city | where (city eq Kolkata and <hot>)",
}


@pytest.mark.parametrize(("prompt", "expected"), CASES.items(), ids=list(CASES))
def test_a_follow_up_changes_the_block(prompt: str, expected: str) -> None:
    planned = after(prompt)
    assert planned.steps[0].op == "change"
    assert planned.steps[0].block_id == "block_0"
    assert said(planned) == expected


def test_the_title_says_what_the_changed_block_shows() -> None:
    assert "Mumbai" in after("same for Mumbai").steps[0].title
    assert "Kolkata" not in after("same for Mumbai").steps[0].title


def test_a_block_can_be_drawn_otherwise_where_it_fits() -> None:
    assert after("as a table").steps[0].kind == "table"
    assert after("as a bar chart", "leads by month").steps[0].kind == "bar_chart"
    assert after("as a line chart").refusals


def test_a_block_can_be_removed() -> None:
    step = after("remove the chart").steps[0]
    assert (step.op, step.block_id) == ("remove", "block_0")
    assert after("remove the table").refusals


def test_a_question_of_its_own_is_added() -> None:
    assert after("units by project").steps[0].op == "add"
    assert after("also show leads by source").steps[0].op == "add"


@pytest.mark.parametrize(
    "prompt", ["now only NRI", "same for Mumbai", "by month instead", "as a line chart", "top 5 only"]
)
def test_on_an_empty_page_there_is_nothing_to_change(prompt: str) -> None:
    assert said(ask(prompt)).startswith("refused")


def test_the_same_answer_can_be_added_by_something_else() -> None:
    step = after("also show by source").steps[0]
    assert step.op == "add"
    assert step.block_id is None
    assert line(step.queries["main"]) == "leads lead_count | by source | where city eq Kolkata"


def test_an_unknown_word_in_a_follow_up_is_named() -> None:
    planned = after("now only balcony")
    assert "balcony" in planned.not_understood
