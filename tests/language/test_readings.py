"""Prompts of every kind, and the one query that each must become."""

# ruff: noqa: E501  (a case reads best on one line)
from __future__ import annotations

import pytest

from tests.language.desk import ask, line, said

CASES = {
    # values, terms, synonyms
    "show me hot leads in bangalore": "leads list | where (<hot> and city eq Bengaluru)",
    "list NRI buyers from calcutta": "leads list | where (residency eq nri and city eq Kolkata)",
    "NRI and resident leads": "leads list | where residency in nri,resident",
    "leads in Kolkata, Mumbai and Pune": "leads list | where city in Kolkata,Mumbai,Pune",
    "leads from website or referral in Mumbai": "leads list | where (source in website,referral and city eq Mumbai)",
    "leads living in Pune": "leads list | where home_city eq Pune",
    "leads in negotiation": "leads list | where stage eq negotiation",
    "deals in negotiation": "deals list | where stage eq negotiation",
    # negation
    "leads except brokers": "leads list | where source ne broker",
    "leads not in Kolkata or Mumbai": "leads list | where city not_in Kolkata,Mumbai",
    "leads neither booked nor lost": "leads list | where stage not_in booked,lost",
    "non-NRI leads": "leads list | where residency ne nri",
    "available units except luxury": "units list | where (status eq available and segment ne luxury)",
    "leads that are not hot": "leads list | where not(<hot>)",
    "leads excluding NRI and Pune": "leads list | where (residency ne nri and city ne Pune)",
    "leads other than NRI in Mumbai": "leads list | where (residency ne nri and city eq Mumbai)",
    "leads without visits or calls": "leads list | where (visits[eq 0] and calls[eq 0])",
    "leads with visits or calls": "leads list | where (visits[ge 1] or calls[ge 1])",
    # related rows
    "leads without a visit": "leads list | where visits[eq 0]",
    "leads that never visited": "leads list | where visits[eq 0]",
    "leads with a completed visit": "leads list | where visits[ge 1 status eq completed]",
    "leads with at least 3 calls this month": "leads list | where calls[ge 3 occurred_at this month]",
    "leads not without a visit": "leads list | where visits[ge 1]",
    # comparisons
    "leads with budget above 2 crore": "leads list | where budget_max gt 20000000",
    "leads above 2 crore": "leads list | where budget_max gt 20000000",
    "units under 80 lakh": "units list | where price lt 8000000",
    "leads with qd over 80 and budget above 1 crore": "leads list | where (qd_score gt 80 and budget_max gt 10000000)",
    "leads with budget over 1 crore or qd over 90": "leads list | where (budget_max gt 10000000 or qd_score gt 90)",
    "lead 123": "leads list | where lead_id eq 123",
    "units between 50 and 80 lakh": "units list | where price between 5000000,8000000",
    "10cr+ units": "units list | where price ge 100000000",
    "units under 1200 sq ft": "units list | where area lt 1200",
    "leads of advisor 12": "leads list | where owner_id eq 12",
    "cities with conversion above 20%": "leads conversion | by city | having conversion gt 0.2",
    "5 hot leads": "leads list | where <hot> | top 5 of qd_score",
    # windows
    "leads created last month": "leads list | when created_at last month",
    "new leads this month": "leads list | when created_at this month",
    "new leads": "leads list | where stage eq new",
    "leads older than 90 days still new": "leads list | where stage eq new | when created_at older than 90 days",
    "new leads older than 90 days": "leads list | where stage eq new | when created_at older than 90 days",
    "leads created last month still new": "leads list | where stage eq new | when created_at last month",
    "new leads created this month": "leads list | when created_at this month",
    "deals won this quarter": "deals list | where stage eq won | when closed_at this quarter",
    "follow-ups due this week": "reminders list | where kind eq follow_up | when due_at this week",
    "visits scheduled this week": "visits list | when scheduled_at this week",
    "deals closing this month above 1 crore": "deals list | where amount gt 10000000 | when expected_close_on this month",
    "leads never contacted": "leads list | where last_contacted_at is_null",
    "leads since March": "leads list | when created_at since March",
    "leads this fiscal year": "leads list | when created_at this fiscal year",
    "leads created last month that visited this month": "leads list | where visits[ge 1 scheduled_at this month] | when created_at last month",
    "leads latest first": "leads list",
    # rows in time
    "show visits timeline": "visits list",
    "activity feed of calls": "interactions list | where channel eq call",
    # grouping
    "leads by city": "leads lead_count | by city",
    "city wise leads": "leads lead_count | by city",
    "source mix of leads": "leads lead_count | by source",
    "leads by city and source": "leads lead_count | by city,source",
    "count of leads by stage for each city": "leads lead_count | by stage,city",
    "conversion by source": "leads conversion | by source",
    "average budget by source": "leads avg_budget_max | by source",
    "leads by month": "leads lead_count | by created_at_month",
    "trend of leads": "leads lead_count | by created_at_month",
    "win rate by advisor last quarter": "deals win_rate | by owner_name | when closed_at last quarter",
    # numbers
    "how many leads in Mumbai": "leads lead_count | where city eq Mumbai",
    "kitne leads hain Mumbai mein": "leads lead_count | where city eq Mumbai",
    "median price of 3BHK in Pune": "units median_price | where (configuration eq 3BHK and city eq Pune)",
    "highest budget": "leads max_budget_max",
    "total pipeline value": "deals pipeline_value",
    "how many cities have leads": "leads count_distinct_city",
    # ranking
    "top 5 cities by conversion": "leads conversion | by city | where city not_null | top 5 of conversion",
    "bottom 3 sources by conversion": "leads conversion | by source | bottom 3 of conversion",
    "which city has the most leads": "leads lead_count | by city | where city not_null | top 1 of lead_count",
    "cities with the most leads": "leads lead_count | by city | where city not_null | top 10 of lead_count",
    "which stage has the most deals": "deals deal_count | by stage | top 1 of deal_count",
    "advisor with the fewest open leads": "leads lead_count | by owner_name | where (<open> and owner_name not_null) | bottom 1 of lead_count",
    "who has overdue follow ups": "reminders reminder_count | by owner_name | where (<overdue> and kind eq follow_up)",
    "who has the most leads": "leads lead_count | by owner_name | where owner_name not_null | top 1 of lead_count",
    "worst cities by no show rate": "visits no_show_rate | by city | where city not_null | top 10 of no_show_rate",
    "worst projects": "units absorption | by project | where project not_null | bottom 10 of absorption",
    "newest 5 leads": "leads list | top 5 of created_at",
    "largest 5 deals in Mumbai": "deals list | where city eq Mumbai | top 5 of amount",
    "biggest 3 open deals": "deals list | where <pipeline> | top 3 of amount",
    "latest won deals": "deals list | where stage eq won",
    # bounds on groups
    "cities with more than 50 leads": "leads lead_count | by city | having lead_count gt 50",
    "which advisors have more than 20 open leads": "leads lead_count | by owner_name | where <open> | having lead_count gt 20",
    # shares, growth, comparison
    "share of leads by source": "leads lead_count | by source | share",
    "percentage of units sold by project": "units share(status eq sold) | by project",
    "share of leads by source in Mumbai": "leads lead_count | by source | where city eq Mumbai | share",
    "what percentage of leads are NRI": "leads share(residency eq nri)",
    "what percentage of leads in Pune are NRI": "leads share(residency eq nri) | where city eq Pune",
    "running total of leads by month": "leads lead_count | by created_at_month | running",
    "compare Kolkata and Mumbai leads": "leads lead_count | by city | where city in Kolkata,Mumbai",
    "luxury vs premium units": "units unit_count | by segment | where segment in luxury,premium",
    "leads compared to last year by city": "leads lead_count | by city | periods created_at April 2026 to March 2027 / created_at last year",
    "leads vs last month": "leads lead_count | periods created_at April 2026 / created_at last month",
    "leads this month vs last month": "leads lead_count | periods created_at this month / created_at last month",
    "compare cities by conversion": "leads conversion | by city",
    "a Kolkata luxury inventory comparison": "units unit_count | by project | where (city eq Kolkata and segment eq luxury)",
    # mine, names
    "my hot leads": "leads list | where (owner_id eq 7 and <hot>)",
    "leads owned by Rahul": "leads list | where owner_name in Rahul Sen,Rahul Roy",
    "units in Green Park": "units list | where project eq Green Park",
    # misspelt, inflected
    "how many leads in kolkatta": "leads lead_count | where city eq Kolkata",
    "leads creatd last mnth": "leads list | when created_at last month",
    "overdue folow ups": "reminders list | where (<overdue> and kind eq follow_up)",
}


@pytest.mark.parametrize(("prompt", "expected"), CASES.items(), ids=list(CASES))
def test_a_prompt_becomes_its_query(prompt: str, expected: str) -> None:
    assert said(ask(prompt)) == expected


def test_two_questions_become_two_steps() -> None:
    planned = ask("show overdue follow-ups and the pipeline by city")
    assert [step.queries["main"].dataset for step in planned.steps] == ["intel.reminders", "crm.deals"]
    assert planned.steps[1].queries["main"].dimensions[0].field == "city"


def test_a_bare_first_noun_shares_the_grouping_of_the_second() -> None:
    planned = ask("leads and deals by city")
    assert [step.queries["main"].dimensions[0].field for step in planned.steps] == ["city", "city"]


@pytest.mark.parametrize(
    "prompt",
    [
        "top 5 leads per city",
        "leads by day of week",
        "top 5 advisors by number of visits",
        "most leads",
        "lead 42 and 43",
        "leads by city top 3 sources",
        "second highest city by leads",
    ],
)
def test_what_no_query_can_say_is_not_answered_by_something_near(prompt: str) -> None:
    assert said(ask(prompt)).startswith("refused")


def test_conditions_stay_with_their_own_question() -> None:
    planned = ask("leads in Pune and visits in Mumbai")
    assert [line(step.queries["main"]) for step in planned.steps] == [
        "leads list | where city eq Pune",
        "visits list | where city eq Mumbai",
    ]


def test_a_window_that_is_not_over_is_a_reservation() -> None:
    assert ask("leads created this month").reservations
    assert not ask("leads created last month").reservations


def test_a_repaired_spelling_is_stated() -> None:
    planned = ask("how many leads in kolkatta")
    assert any("kolkatta" in text for text in planned.reservations)


def test_words_that_fit_two_datasets_alike_are_shown_with_the_other_reading() -> None:
    planned = ask("negotiation")
    assert planned.choices
    assert planned.reservations


def test_the_default_city_is_a_chip_that_can_be_changed() -> None:
    (step,) = ask("leads in Pune").steps
    chip = next(chip for chip in step.chips if chip.field == "city")
    assert any(choice.field == "home_city" for choice in chip.alternatives)
