"""Turns of phrase that once lost or added a word: each prompt with the query that it means."""

# ruff: noqa: E501  (a case reads best on one line)
from __future__ import annotations

from dataclasses import replace

import pytest

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.spans import find_spans
from oracle_kit.language.spelling import repair
from oracle_kit.query import Measure, Order
from oracle_kit.words import DatasetWords, MeasureWords
from tests.language.company import COMPANY, field
from tests.language.desk import CLOCK, ask, lexicon, said

CASES = {
    # a noun inside a longer phrase is said
    "visits rated above 3": "visits list | where rating gt 3",
    "no. of leads with more than 2 visits": "leads lead_count | where visits[gt 2]",
    "number of leads living in Mumbai": "leads lead_count | where home_city eq Mumbai",
    # values of one field listed together
    "whatsapp and email interactions": "interactions list | where channel in whatsapp,email",
    # percentages by every ending
    "what % of leads are NRI": "leads share(residency eq nri)",
    "what portion of units are sold": "units share(status eq sold)",
    "no show % by city": "visits no_show_rate | by city",
    "conversion percentage by source": "leads conversion | by source",
    "Mumbai's share of leads": "leads share(city eq Mumbai)",
    "what share of leads came in from brokers": "leads share(source eq broker)",
    "% split of pipeline value by city": "deals pipeline_value | by city | share",
    # ends of an order
    "advisors with the most leads, top 3": "leads lead_count | by owner_name | where owner_name not_null | top 3 of lead_count",
    "highest budget hot leads top 10": "leads list | where <hot> | top 10 of budget_max",
    "last 5 visits": "visits list | top 5 of scheduled_at",
    "sabse mehnge 5 flats": "units list | top 5 of price",
    # times
    "leads last month vs month before": "leads lead_count | periods created_at last month / created_at month before",
    "growth in leads last quarter over the previous quarter": "leads lead_count | periods created_at last quarter / created_at previous quarter",
    "new leads created last month": "leads list | when created_at last month",
    "units sold by month": "units unit_count | by sold_on_month | where sold_on not_null",
    # what is left out, said behind it
    "broker ke alawa kitne leads": "leads lead_count | where source ne broker",
    "leads from Pune excluded": "leads list | where city ne Pune",
    "kam se kam 3 visit wale kitne leads": "leads lead_count | where visits[ge 3]",
    "kaunse leads ko call nahi kiya": "leads list | where calls[eq 0]",
    "city ke hisaab se open leads": "leads lead_count | by city | where <open>",
    # places in an order are figures where a number field stands beside
    "leads with intent above 20th": "leads list | where intent_score gt 20",
}


@pytest.mark.parametrize(("prompt", "expected"), CASES.items(), ids=list(CASES))
def test_a_turn_of_phrase_becomes_its_query(prompt: str, expected: str) -> None:
    assert said(ask(prompt)) == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "leads created on weekends",  # no single weekend
        "visits on mondays",
        "highest budget leads, lowest 3",  # two ends of one order
        "won value last quarter vs last quarter",  # one time beside itself
        "the 5th lead",
    ],
)
def test_what_is_not_said_plainly_is_not_guessed(prompt: str) -> None:
    assert said(ask(prompt)).startswith("refused")


@pytest.mark.parametrize(
    "prompt",
    [
        "change budget of lead 100 to 2 crore",
        "move lead 12 to negotiation",
        "set stage of lead 12 to booked",
        "increase price of unit 20 by 10%",
    ],
)
def test_a_change_of_a_row_is_refused_as_one(prompt: str) -> None:
    assert ask(prompt).refusals[0].code == "out_of_scope"


@pytest.mark.parametrize("prompt", ["increase in leads this month", "change in won deals last month"])
def test_a_change_of_a_figure_is_a_question(prompt: str) -> None:
    assert not said(ask(prompt)).startswith("refused")


def test_a_day_that_is_yesterday_or_tomorrow_is_said_to_be_open() -> None:
    assert any("kal" in text for text in ask("kal ki visits").reservations)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("how mnay leads", "leads lead_count"),
        ("lst month leads", "leads list | when created_at last month"),
        ("stle leads", "leads list | where <stale>"),
        ("leads coutn", "leads lead_count"),
    ],
)
def test_short_words_are_repaired_where_the_words_beside_them_tell(typed: str, expected: str) -> None:
    planned = ask(typed)
    assert said(planned) == expected
    assert planned.reservations


def test_two_spellings_of_one_value_are_one_repair() -> None:
    assert repair("kolkta", lexicon()) == "kolkata"
    assert repair("zzzzz", lexicon()) is None


def test_a_code_is_a_value_only_as_it_is_written() -> None:
    codes = {"US": lexicon().exact["mumbai"]}
    known: Lexicon = replace(lexicon(), codes=codes)
    assert any(span.text == "US" for span in find_spans("US leads", known, CLOCK))
    assert not any(span.text == "us" for span in find_spans("show us leads", known, CLOCK))
    assert not any(span.text == "US" for span in find_spans("SHOW US LEADS", known, CLOCK))


def test_every_word_of_the_company_still_stands_in_the_lexicon() -> None:
    nouns = [word for words in COMPANY for word in words.words]
    assert all(lexicon().knows(word.split()[0]) for word in nouns)


PATIENTS = DatasetWords(
    id="care.patients",
    title="Patients",
    words=("patient",),
    key="patient_id",
    fields=(
        field("patient_id", "Patient", "integer", "id"),
        field("age", "Age", "float", "number", unit="year", words=("age",)),
        field("registered_at", "Registered", "timestamp", "time", past=("registered",)),
    ),
    measures=(MeasureWords(name="patients", label="Patients", type="integer", words=("number of patients",), counts=True),),
    default_time="registered_at",
    default_measure=Measure(name="patients"),
    list_columns=("patient_id", "age"),
    list_order=(Order(by="patient_id"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("patients older than 65", "patients list | where age gt 65"),
        ("patients older than 65 years", "patients list | where age gt 65"),
        ("patients younger than 12", "patients list | where age lt 12"),
        ("patients older than 30 days", "patients list | when registered_at older than 30 days"),
    ],
)
def test_an_age_is_asked_of_the_field_that_counts_years(prompt: str, expected: str) -> None:
    assert said(ask(prompt, words=(PATIENTS,))) == expected


def test_an_age_where_nothing_counts_years_is_not_understood() -> None:
    assert said(ask("leads older than 65")).startswith("refused")
