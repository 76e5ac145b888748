"""Follow-ups change what a page shows; on an empty page they are not understood."""

# ruff: noqa: E501  (a case reads best on one line)
from __future__ import annotations

import pytest

from oracle_kit.model import Block, Plan
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


ON_OTHER_BLOCKS = {
    ("won deals by city", "what about last month"): "deals count+pipeline_value | by city | where stage eq won | when closed_at last month",
    ("deals won in FY26", "what about this quarter"): "deals list | where stage eq won | when closed_at this quarter",
    ("number of deals won by week in FY26", "by month instead"): "deals deal_count | by closed_at_month | where stage eq won | when closed_at FY26",
    ("deals by advisor in FY26", "created last month"): "deals count+pipeline_value | by owner_name | when opened_at last month",
    ("top 5 cities by win rate", "sort by lowest first"): "deals win_rate | by city | where city not_null | bottom 5 of win_rate",
    ("deals by city", "sort by win rate"): "deals count+pipeline_value+win_rate | by city",
    ("NRI leads by city", "remove NRI filter"): "leads lead_count | by city",
    ("NRI leads in Kolkata and Pune", "remove Pune"): "leads list | where (residency eq nri and city eq Kolkata)",
    ("NRI leads in Kolkata by source", "clear all filters"): "leads lead_count | by source",
    ("leads by city last month", "remove the time filter"): "leads lead_count | by city",
    ("NRI leads by city", "remove the residency filter"): "leads lead_count | by city",
    ("top 5 cities by win rate", "remove the limit"): "deals win_rate | by city",
}  # fmt: skip


@pytest.mark.parametrize(("start", "prompt"), ON_OTHER_BLOCKS, ids=lambda text: text)
def test_a_follow_up_keeps_what_it_does_not_mention(start: str, prompt: str) -> None:
    planned = after(prompt, start)
    assert planned.steps[0].op == "change"
    assert said(planned) == ON_OTHER_BLOCKS[start, prompt]


def test_a_figure_of_the_rows_shown_is_added_beside_them() -> None:
    step = after("how many of those are hot", "NRI leads by city").steps[0]
    assert (step.op, step.kind) == ("add", "kpi_tile")
    assert line(step.queries["main"]) == "leads count | where (residency eq nri and <hot>)"


def test_an_order_that_the_block_cannot_have_is_not_made_up() -> None:
    planned = after("sort by win rate", "leads by city")
    assert planned.steps[0].kind == "notice"
    assert "win rate" in planned.not_understood


def test_removing_what_is_not_there_removes_nothing() -> None:
    planned = after("remove the NRI filter")
    assert planned.refusals[0].suggestions == ("Leads by city: Kolkata",)


def two_answers() -> tuple[Block, ...]:
    """A page with two answers, each with company of its own template."""
    made = [
        ("leads by city", "leads.cities"), ("leads by source", "leads.cities"),
        ("deals by city", "deals.cities"), ("deals by stage", "deals.cities"),
    ]  # fmt: skip
    blocks = [blocks_of(ask(prompt))[0].model_copy(update={"template_id": name}) for prompt, name in made]
    return tuple(block.model_copy(update={"id": f"block_{at}"}) for at, block in enumerate(blocks))


def test_of_several_blocks_the_one_that_answers_is_removed_and_the_others_are_named() -> None:
    planned = ask("remove the chart", two_answers())
    assert [step.block_id for step in planned.steps] == ["block_2"]
    assert "by stage" in planned.reservations[0]


def test_the_plural_removes_all_of_a_kind() -> None:
    planned = ask("remove all charts", two_answers())
    assert [step.block_id for step in planned.steps] == ["block_0", "block_1", "block_2", "block_3"]
    assert all(step.op == "remove" for step in planned.steps)


@pytest.mark.parametrize("prompt", ["delete the chart", "remove the pipeline chart", "delete the filters"])
def test_blocks_and_filters_may_be_deleted_though_rows_may_not(prompt: str) -> None:
    assert not ask(prompt, blocks_of(ask("pipeline in Pune by city"))).refusals
    assert ask("delete all leads", blocks_of(ask("leads by city"))).refusals[0].code == "out_of_scope"
    assert ask("delete the chart").steps[0].kind == "notice"


def test_a_filter_changes_all_blocks_of_the_newest_answer_and_no_other() -> None:
    planned = ask("only in Pune", two_answers())
    assert [step.block_id for step in planned.steps] == ["block_2", "block_3"]


def test_groups_change_the_block_that_answers_alone() -> None:
    planned = ask("by month instead", two_answers())
    assert [step.block_id for step in planned.steps] == ["block_2"]


def test_an_unknown_word_in_a_follow_up_is_named() -> None:
    planned = after("now only balcony")
    assert "balcony" in planned.not_understood
