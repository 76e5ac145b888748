"""Summaries: what a model is shown of rows, and which of its sentences are kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from oracle_kit.errors import NoProvider
from oracle_kit.llm.departures import Departures
from oracle_kit.llm.policy import Wanted
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.summary import Summary, Summed, summarise, summary_request
from oracle_kit.model import Column, Rows
from oracle_kit.query import Dimension, Measure, Query
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import MakeRouter

CITIES = Summed(
    title="Deal value by city, last month",
    query=Query(
        dataset="crm.deals", measures=(Measure(name="value"),), dimensions=(Dimension(field="city"),)
    ),
    rows=Rows(
        columns=(
            Column(name="city", label="City", type="text", role="dimension"),
            Column(name="value", label="Deal value", type="decimal", unit="INR", role="measure"),
            Column(name="deals", label="Deals", type="integer", role="measure"),
            Column(name="win_rate", label="Win rate", type="float", role="measure"),
        ),
        rows=(("Kolkata", "12345678.90", 41, 0.347), ("Navi Mumbai", "9876543.00", 9, 0.5)),
        as_of=datetime(2026, 4, 19),
    ),
)
PEOPLE = Summed(
    title="Leads",
    query=Query(dataset="crm.leads", columns=("name", "phone", "email", "score")),
    rows=Rows(
        columns=(
            Column(name="name", label="Name", type="text"),
            Column(name="phone", label="Phone", type="text"),
            Column(name="email", label="Email", type="text", masked=True),
            Column(name="score", label="Score", type="integer"),
        ),
        rows=(("Asha Rao", "9876543210", "•••", 88),),
        as_of=datetime(2026, 4, 19),
    ),
)
PERSONAL = {"crm.leads": frozenset({"phone", "email"})}
_WORDS = "the in has have is of and with deals most leads win rate value a its at all last month see call"
ORDINARY = frozenset(_WORDS.split())


def summed(router: ModelRouter, *blocks: Summed) -> tuple[Summary, Departures]:
    departures = Departures("ana", "summary", sees=lambda lane: lane.own.sees)
    wanted = Wanted(workload="summary")
    got = summarise(router, blocks or (CITIES,), PERSONAL, wanted, departures, ordinary=ORDINARY.__contains__)
    return got, departures


def says(*sentences: str) -> Play:
    return Play(text=json.dumps({"sentences": list(sentences)}))


@pytest.mark.parametrize(
    "sentence",
    [
        "Kolkata has 41 deals.",
        "Kolkata has ₹1.23 Cr of deal value.",
        "Kolkata has ₹1,23,45,678.90 of deal value.",
        "Kolkata has 123.5 lakh of deal value.",
        "Navi Mumbai has a win rate of 50%.",
        "The win rate of Kolkata is 35 percent.",
        "The win rate of Kolkata is 34.7%.",
        "Kolkata has most of the deals.",
        "Kolkata and Navi Mumbai have 41 and 9 deals.",
    ],
)
def test_a_sentence_that_the_rows_say_is_kept(
    router: ModelRouter, ollama: FakeModelServer, sentence: str
) -> None:
    ollama.play(says(sentence))
    assert summed(router)[0].sentences == (sentence,)


@pytest.mark.parametrize(
    "sentence",
    [
        "Kolkata has 42 deals.",  # no such number
        "Kolkata has 9 deals.",  # another row's
        "Kolkata has ₹1.24 Cr of deal value.",  # rounded wrongly
        "Kolkata has 12 crore of deal value.",
        "The win rate is 0.4%.",
        "All have 50 deals.",  # computed
        "Kolkata has twice the deals.",
        "Kolkata has forty deals.",
        "Delhi has 41 deals.",  # a name that is in no row
        "Kolkata is ahead of Delhi.",
        "Call Asha.",
        "Kolkata has 41 deals <script>alert(1)</script>.",
        "See https://evil.example.com for Kolkata.",
        "Kolkata has {value} of deals.",
        "Kolkata has -41 deals.",
    ],
)
def test_a_sentence_that_the_rows_do_not_say_is_dropped(
    router: ModelRouter, ollama: FakeModelServer, sentence: str
) -> None:
    ollama.play(says("Kolkata has 41 deals.", sentence))
    got, _ = summed(router)
    assert got.sentences == ("Kolkata has 41 deals.",)
    assert got.dropped == 1
    assert (got.provider, got.model) == ("ollama", "small")


def test_a_hosted_provider_is_not_asked_by_default(
    make_router: MakeRouter, nemoclaw: FakeModelServer
) -> None:
    with pytest.raises(NoProvider, match="may not see"):
        summed(make_router(None, nemoclaw.address))
    assert nemoclaw.asked == []


@pytest.mark.parametrize("sees", ["schema", "aggregates", "rows"])
def test_personal_values_are_in_no_request(sees: Any) -> None:
    request = summary_request((CITIES, PEOPLE), PERSONAL, sees)
    text = request.model_dump_json() if request else ""
    assert "9876543210" not in text
    assert "•••" not in text
    assert ("Kolkata" in text) is (sees != "schema")
    assert ("Asha Rao" in text) is (sees == "rows")


def test_listed_rows_are_not_shown_at_the_level_of_aggregates(
    router: ModelRouter, ollama: FakeModelServer
) -> None:
    with pytest.raises(NoProvider):
        summed(router, PEOPLE)
    assert ollama.asked == []


def test_an_answer_out_of_form_is_mended_once(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(Play(text='{"sentences": []}'), says("Kolkata has 41 deals."))
    assert summed(router)[0].text == "Kolkata has 41 deals."


def test_what_left_is_noted(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(says("Kolkata has 41 deals."))
    _, departures = summed(router)
    assert [(entry.subject, entry.detail["sees"]) for entry in departures.entries] == [
        ("ollama/small", "aggregates")
    ]
