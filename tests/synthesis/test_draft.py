"""A description and a few asks become a sound template, with neighbours, a look at live rows, and what was left out."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from oracle_kit import ContentError, NotFound, NotPermitted, Oracle, Refused
from oracle_kit.codebook.named_query import AGGREGATES
from oracle_kit.codebook.written import written_query, written_where
from oracle_kit.query import Having, Measure, Not, Or, Predicate, Query, Related, Term, Window
from oracle_kit.usecases.synthesis import Synthesized


def draft(oracle: Oracle, description: str, *asks: str, **more: Any) -> Synthesized:
    """What the workbench drafts for an author."""
    return oracle.synthesis.draft(description, asks=asks, viewer=oracle.viewer("author"), **more)


def block(made: Synthesized) -> dict[str, Any]:
    """The first block of the draft's text."""
    found: dict[str, Any] = yaml.safe_load(made.text)["blocks"][0]
    return found


def test_a_description_alone_is_drafted_with_five_asks(drafting: Oracle) -> None:
    made = draft(drafting, "Converted leads of NRI buyers by country")
    assert made.template_id.startswith("leads.")
    assert block(made)["query"] == {
        "measures": ["lead_count"],
        "dimensions": ["country"],
        "where": "stage = 'booked' and residency = 'nri'",
        "order": ["-lead_count"],
    }
    assert len(made.template.asks) == 5
    assert made.blocks[0].rows
    near = {one.template_id: one for one in made.neighbours}
    assert near["leads.priority.nri_by_country"].why
    assert [one.score for one in made.neighbours] == sorted(
        (one.score for one in made.neighbours), reverse=True
    )


def test_every_ask_that_was_made_is_understood_as_the_draft_says(drafting: Oracle) -> None:
    """Published, each of its asks is answered by it and says the same."""
    author, analyst = drafting.viewer("author"), drafting.viewer("analyst")
    made = draft(
        drafting, "Converted leads of NRI buyers by country", template_id="leads.priority.nri_booked"
    )
    proposal = drafting.approvals.propose_template(made.template_id, made.text, viewer=author)
    drafting.approvals.review(proposal.approval_id, "approve", viewer=drafting.viewer("reviewer"))
    try:
        for ask in made.template.asks:
            answer = drafting.ask(ask, viewer=analyst)
            assert (answer.status, answer.blocks[0].template_id) == ("answered", made.template_id), ask
            assert answer.blocks[0].rows == made.blocks[0].rows
    finally:
        drafting.templates.retire(made.template_id, viewer=author)


def test_an_ask_near_to_an_evaluation_prompt_is_not_made(drafting: Oracle) -> None:
    made = draft(drafting, "Converted leads of NRI buyers by country")
    leaked = [one for one in made.dropped if "evaluation prompt" in one.reason]
    assert [one.text for one in leaked] == ["Converted leads of nris buyers by country"]
    assert not {one.lower() for one in made.template.asks} & {leaked[0].text.lower()}


def test_what_asks_differ_in_becomes_a_slot(drafting: Oracle) -> None:
    made = draft(
        drafting,
        "Average silence of buyers",
        "average days since contact by team",
        "average days since contact by city",
    )
    assert block(made)["query"]["dimensions"] == ["$dimension"]
    assert made.template.blocks[0].slots == ("dimension",)
    assert any("$dimension" in note for note in made.notes)


def test_a_window_that_all_say_is_fixed_and_one_that_few_say_is_open(drafting: Oracle) -> None:
    both = draft(drafting, "leads created per month this year", "monthly leads this year")
    assert block(both)["query"]["window"] == {"field": "created_at", "text": "this year"}
    one = draft(drafting, "leads created per month this year", "monthly leads")
    assert "window" not in block(one)["query"]
    assert any("this year" in note for note in one.notes)


def test_given_asks_of_other_templates_are_left_out_with_the_reason(drafting: Oracle) -> None:
    made = draft(
        drafting, "Late reminders of each advisor", "overdue follow ups by advisor", "late reminders per rm"
    )
    reasons = {one.text: one.reason for one in made.dropped}
    assert "follow_ups.overdue.by_advisor" in reasons["overdue follow ups by advisor"]
    assert "late reminders per rm" in made.template.asks


def test_asks_that_ask_for_another_thing_are_left_out(drafting: Oracle) -> None:
    made = draft(
        drafting,
        "converted NRI leads by country",
        "converted NRI leads per country",
        "how many units are unsold",
    )
    assert "another thing" in {one.text: one.reason for one in made.dropped}["how many units are unsold"]


def test_words_that_nothing_explains_are_told(drafting: Oracle) -> None:
    made = draft(
        drafting, "NRI leads by country for the zebra meeting", "nri leads by their country of residence"
    )
    assert "zebra" in made.not_understood
    assert any("zebra" in note for note in made.notes)


NOTHING = [
    ("the weather in Pune", "weather"),
    ("zebra crossing", "zebra"),
    ("delete all leads", "Nothing can be drafted"),
    ("leads without a visit in Kolkata", "related rows"),
    ("bookings this month vs last month", "side by side"),
    ("cities with more than 50 leads", "cannot stand in a template"),
    ("12 34 56", "Nothing can be drafted"),
    ("list NRI leads with name and email", "personal data"),
    ("the of and", "Nothing can be drafted"),
    ("покажите все заявки", "Nothing can be drafted"),
]


@pytest.mark.parametrize(("description", "told"), NOTHING)
def test_what_cannot_be_drafted_says_why(drafting: Oracle, description: str, told: str) -> None:
    with pytest.raises(Refused) as caught:
        draft(drafting, description)
    assert told in str(caught.value)


def test_ten_thousand_words_and_many_asks_end_clearly(drafting: Oracle) -> None:
    with pytest.raises(Refused):
        draft(drafting, "leads " * 10_000)
    with pytest.raises(Refused, match="At most 50 asks"):
        draft(drafting, "leads by city", *(f"leads by city {number}" for number in range(51)))
    with pytest.raises(Refused, match="300 characters"):
        draft(drafting, "leads by city", "leads " * 100)


def test_rights_and_names_are_checked(drafting: Oracle) -> None:
    with pytest.raises(NotPermitted):
        drafting.synthesis.draft("leads by country", viewer=drafting.viewer("analyst"))
    with pytest.raises(NotFound, match=r"crm\.leads"):
        draft(drafting, "leads by country", dataset="crm.leeds")
    with pytest.raises(ContentError, match="subchapter"):
        draft(drafting, "converted nri leads by country", template_id="leads.nowhere.mine")


def test_a_dataset_that_is_named_is_the_one_that_is_read(drafting: Oracle) -> None:
    made = draft(drafting, "average price by segment", dataset="inventory.units")
    assert made.template.dataset == "inventory.units"
    assert (
        draft(drafting, "number by kind and city", dataset="intel.reminders").template.dataset
        == "intel.reminders"
    )


WRITTEN = [
    ("city", "eq", ("O'Hara",), "city = 'O''Hara'"),
    ("budget_max", "ge", (7_500_000.0,), "budget_max >= 7500000"),
    ("budget_max", "lt", (0.25,), "budget_max < 0.25"),
    ("is_active", "eq", (True,), "is_active = true"),
    ("city", "not_in", ("Pune", "Mumbai"), "city not in ('Pune', 'Mumbai')"),
    ("qd_score", "between", (10, 20), "qd_score between 10 and 20"),
    ("lost_reason", "is_null", (), "lost_reason is null"),
]


@pytest.mark.parametrize(("field", "op", "values", "text"), WRITTEN)
def test_predicates_are_written_in_the_grammar(
    field: str, op: Any, values: tuple[Any, ...], text: str
) -> None:
    assert written_where(Predicate(field=field, op=op, values=values)) == text


def test_a_written_query_reads_back_as_it_was(drafting: Oracle) -> None:
    hot, city = Term(name="hot"), Predicate(field="city", op="eq", values=("Pune",))
    where = Or(parts=(hot, Not(part=Or(parts=(city, hot)))))
    query = Query(dataset="crm.leads", measures=(Measure(fn="avg", field="qd_score"),), where=where)
    text = written_query(query, {})
    assert text == {"measures": ["avg(qd_score)"], "where": "hot or not (city = 'Pune' or hot)"}
    ground = drafting.drafts.ground(viewer=drafting.viewer("author"))
    assert ground.where(text["where"], "crm.leads") == where
    assert "avg" in AGGREGATES


@pytest.mark.parametrize(
    "query",
    [
        Query(dataset="d", columns=("a",), where=Related(relation="visits")),
        Query(dataset="d", measures=(Measure(fn="count", where=Term(name="hot")),)),
        Query(
            dataset="d",
            measures=(Measure(fn="count"),),
            having=(Having(measure="count", op="gt", values=(1,)),),
        ),
        Query(dataset="d", measures=(Measure(fn="count"),), periods=(Window(field="a", form="calendar"),)),
    ],
)
def test_what_a_template_cannot_hold_is_refused(query: Query) -> None:
    with pytest.raises(Refused, match="cannot stand in a template"):
        written_query(query, {})
