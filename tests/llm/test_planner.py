"""The planner rung: what a model is shown, what it may answer, and what becomes of words that it leaves out."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from oracle_kit.llm.planner_prompt import planning_request
from oracle_kit.llm.router import ModelRouter
from oracle_kit.model import Plan, Step, Viewer
from oracle_kit.pipeline.plan import Handover, plan
from oracle_kit.pipeline.plan_codebook import CodebookPlanner
from oracle_kit.pipeline.plan_model import ModelAsk, ModelPlanner
from oracle_kit.pipeline.plan_suggest import SuggestionPlanner
from oracle_kit.query import Dimension, Predicate, Term
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import MakeRouter
from tests.llm.planning import (
    ANALYST,
    answer,
    as_text,
    asked,
    candidates_of,
    catalog,
    context,
    lexicon,
    step,
)

HOT = "hottest prospects above 2 crore last month by city"
HOT_STEP = step(
    "crm.leads",
    "bar_chart",
    terms=["hot"],
    groups=[{"field": "city"}],
    filters=[{"field": "budget_max", "op": "gt", "values": [20000000]}],
    window={"field": "created_at", "text": "last month"},
)
POSH = "how many posh units in Kolkata"
POSH_STEP = step(
    "inventory.units",
    filters=[
        {"field": "segment", "op": "eq", "values": ["luxury"]},
        {"field": "city", "op": "eq", "values": ["Kolkata"]},
    ],
)


def planner(router: ModelRouter, **ask: Any) -> ModelPlanner:
    return ModelPlanner(router, lexicon(), catalog(), ModelAsk(who="ana", **ask))


def planned(router: ModelRouter, prompt: str, viewer: Viewer = ANALYST, **ask: Any) -> Plan | Handover:
    return planner(router, **ask).plan(prompt, candidates_of(prompt, viewer), context(viewer))


def steps_of(plan: Plan | Handover) -> tuple[Step, ...]:
    assert isinstance(plan, Plan), plan
    return plan.steps


# what it may answer ------------------------------------------------------------------------------


def test_a_word_that_content_does_not_know_is_taken_as_the_model_says_and_stated(
    router: ModelRouter, ollama: FakeModelServer
) -> None:
    ollama.play(Play(text=as_text(POSH_STEP, posh="luxury")))
    got = planned(router, POSH)
    (one,) = steps_of(got)
    assert (one.mode, one.provider, one.model, one.suggestion) == ("ollama_local", "ollama", "small", False)
    assert one.queries["main"].where is not None
    assert Predicate(field="segment", op="eq", values=("luxury",)) in one.queries["main"].where.parts  # type: ignore[union-attr]  # an And
    assert isinstance(got, Plan)
    assert got.reservations == ("“posh” is read as segment luxury by a model.",)
    assert got.not_understood == ()
    assert "luxury" in one.title.lower()


def test_terms_windows_comparisons_and_groups(router: ModelRouter, ollama: FakeModelServer) -> None:
    ollama.play(Play(text=as_text(HOT_STEP, hottest="hot")))
    (one,) = steps_of(planned(router, HOT))
    query = one.queries["main"]
    assert Term(name="hot") in query.where.parts  # type: ignore[union-attr]  # an And
    assert query.window is not None
    assert (query.window.form, query.window.unit, query.window.offset) == ("calendar", "month", -1)
    assert query.dimensions == (Dimension(field="city"),)
    assert one.kind == "bar_chart"
    assert {chip.op for chip in one.chips} >= {"group", "window", "measure"}


def test_a_hosted_model_says_so(make_router: MakeRouter, nemoclaw: FakeModelServer) -> None:
    nemoclaw.always = Play(text=as_text(POSH_STEP, posh="luxury"))
    (one,) = steps_of(planned(make_router(None, nemoclaw.address), POSH))
    assert (one.mode, one.provider) == ("nemoclaw_hosted", "nemoclaw")


def test_one_mending_with_the_errors(router: ModelRouter, ollama: FakeModelServer) -> None:
    wrong = step("inventory.units", filters=[{"field": "segment", "op": "eq", "values": ["palatial"]}])
    ollama.play(Play(text=as_text(wrong, posh="luxury")), Play(text=as_text(POSH_STEP, posh="luxury")))
    assert steps_of(planned(router, POSH))
    told = ollama.asked[1]["messages"][-1]["content"]
    assert "neither read in the question nor declared" in told


# the law of honesty ------------------------------------------------------------------------------

IN_KOLKATA = {"field": "city", "op": "eq", "values": ["Kolkata"]}
IN_MUMBAI = {"field": "city", "op": "eq", "values": ["Mumbai"]}
LUXURY = {"field": "segment", "op": "eq", "values": ["luxury"]}
JUST_KOLKATA, JUST_LUXURY = (step("inventory.units", filters=[one]) for one in (IN_KOLKATA, LUXURY))
DROPPED: list[tuple[str, dict[str, Any], dict[str, str], tuple[str, ...]]] = [
    # an unknown word is not mentioned, is called nothing, or is put onto something that another word says
    ("how many posh units with a balcony", POSH_STEP, {}, ("posh", "balcony")),
    (POSH, JUST_KOLKATA, {"posh": "nothing"}, ("posh",)),
    (POSH, JUST_KOLKATA, {"posh": "Kolkata"}, ("posh",)),
    (POSH, JUST_KOLKATA, {"posh": "inventory.units"}, ("posh",)),
    # a known word is left out, whatever the model claims
    (POSH, JUST_LUXURY, {"posh": "luxury", "Kolkata": "luxury"}, ("Kolkata",)),
    ("leads above 2 crore", step("crm.leads"), {"crore": "crm.leads"}, ("above 2 crore",)),
    ("leads last month", step("crm.leads"), {"month": "crm.leads"}, ("last month",)),
    ("leads by city", step("crm.leads"), {}, ("by", "city")),
    ("hot leads", step("crm.leads"), {"hot": "crm.leads"}, ("hot",)),
    ("leads not in Kolkata", step("crm.leads", filters=[IN_KOLKATA]), {}, ("not", "Kolkata")),
    (
        "leads without a visit",
        step("crm.leads", related=[{"relation": "visits", "has": True}]),
        {},
        ("visit",),
    ),
    # a name or value that the data does not have is never taken for a neighbour
    (
        "how many units in Jaipur",
        step("inventory.units", filters=[IN_MUMBAI]),
        {"Jaipur": "Mumbai"},
        ("Jaipur",),
    ),
]


@pytest.mark.parametrize(("prompt", "one", "words", "left"), DROPPED)
def test_a_word_that_is_dropped_is_named_and_makes_a_suggestion_or_the_plan_is_refused(
    router: ModelRouter,
    ollama: FakeModelServer,
    nemoclaw: FakeModelServer,
    prompt: str,
    one: dict[str, Any],
    words: dict[str, str],
    left: tuple[str, ...],
) -> None:
    ollama.always = nemoclaw.always = Play(text=as_text(one, **words))
    got = planned(router, prompt)
    if isinstance(got, Handover):
        assert "does not say" in got.reason
        return
    assert set(left) <= set(got.not_understood)
    assert all(step.suggestion or step.kind == "notice" for step in got.steps)
    assert got.steps[0].kind == "notice"
    assert left[-1] in got.steps[0].props["message"]


LOST = {"field": "stage", "op": "eq", "values": ["lost"]}
NOT_KOLKATA = {"field": "city", "op": "ne", "values": ["Kolkata"]}
INVENTED: list[tuple[str, dict[str, Any]]] = [
    ("leads in Kolkata", step("crm.leads", filters=[IN_KOLKATA, LOST])),
    ("leads in Kolkata", step("crm.leads", terms=["hot"], filters=[IN_KOLKATA])),
    ("leads in Kolkata", step("crm.leads", groups=[{"field": "source"}], filters=[IN_KOLKATA])),
    ("leads in Kolkata", step("crm.leads", filters=[NOT_KOLKATA])),
    ("leads not in Kolkata and hot", step("crm.leads", filters=[NOT_KOLKATA], without_terms=["hot"])),
    (
        "leads above 2 crore",
        step("crm.leads", filters=[{"field": "budget_max", "op": "lt", "values": [20000000]}]),
    ),
    ("leads above 2 crore", step("crm.leads", filters=[{"field": "budget_max", "op": "gt", "values": [2]}])),
    ("leads last month", step("crm.leads", window={"field": "created_at", "text": "last year"})),
    ("leads last month", step("crm.leads", window={"field": "last_contacted_at", "text": "last month"})),
    ("leads", step("crm.leads", "table", limit=500)),
    ("leads", step("crm.leads", filters=[{"field": "owner_id", "op": "eq", "values": [7]}])),
]


@pytest.mark.parametrize(("prompt", "one"), INVENTED)
def test_what_the_question_does_not_say_is_not_planned(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer, prompt: str, one: dict[str, Any]
) -> None:
    ollama.always = nemoclaw.always = Play(text=as_text(one))
    assert isinstance(planned(router, prompt), Handover)
    assert len(ollama.asked) == 2  # one mending, then the next


def test_every_rung_that_was_passed_over_is_in_the_notes(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(text="I will not.")
    nemoclaw.always = Play(kind="status", status=500, body='{"error": "no GPU"}')
    rungs = (
        CodebookPlanner(lexicon(), {}),
        planner(router),
        SuggestionPlanner(lexicon(), {}),
    )
    got = plan(POSH, candidates_of(POSH), context(), rungs)
    assert got.mode == "deterministic_fallback"
    codebook, local, hosted = got.notes
    assert codebook.startswith("codebook_retrieval: not understood: “posh”")
    assert local == "ollama_local: ollama: its answer does not fit the schema"
    assert hosted == "nemoclaw_hosted: nemoclaw: it failed inside"  # what the server said is the operator's


def test_a_prompt_that_the_codebook_answers_asks_no_model(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    prompt = "how many leads in Kolkata"
    got = plan(prompt, candidates_of(prompt), context(), (CodebookPlanner(lexicon(), {}), planner(router)))
    assert got.mode == "codebook_retrieval"
    assert ollama.paths == nemoclaw.paths == []


def test_with_no_provider_the_next_rung_comes_at_once(make_router: MakeRouter) -> None:
    router = make_router(None, None)
    started = time.monotonic()
    got = planned(router, POSH)
    assert isinstance(got, Handover)
    assert got.reason == "no model is configured"
    assert time.monotonic() - started < 0.1


def test_a_private_prompt_goes_to_no_hosted_model(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=500)
    assert isinstance(planned(router, POSH, private=True), Handover)
    assert nemoclaw.asked == []


# what it is shown --------------------------------------------------------------------------------


def shown(body: dict[str, Any]) -> Any:
    return json.loads(body["messages"][1]["content"])


def test_names_and_words_are_shown_and_values_only_as_far_as_allowed() -> None:
    for sees, cities in (("schema", False), ("aggregates", True), ("rows", True)):
        request = planning_request(asked("units by segment"), sees)  # type: ignore[arg-type]  # one of the three
        units = json.loads(request.messages[1].content)["datasets"][0]
        assert "decimal INR" in units["fields"]["list_price"]
        assert "= affordable | mid | premium | luxury" in units["fields"]["segment"]  # a list of the business
        assert ("Kolkata | Mumbai" in units["fields"]["city"]) is cities  # a list of the data


def test_names_from_the_data_addresses_and_numbers_leave_only_with_rows(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = nemoclaw.always = Play(kind="status", status=400)
    prompt = "posh leads of Asha Rao, asha@example.com or +91 98765 43210"
    for viewer in (ANALYST, Viewer(id="adv", roles=("advisor",), attributes={"user_id": 1, "team": "a"})):
        planned(router, prompt, viewer)
    assert ollama.asked
    assert nemoclaw.asked
    for body in (*ollama.asked, *nemoclaw.asked):
        text = json.dumps(body)
        for personal in ("Asha", "Rao", "asha@", "example.com", "98765", "43210"):
            assert personal not in text
        assert "[name 14]" in text
    request = planning_request(asked(prompt), "rows")
    assert "Asha Rao" in request.messages[1].content
    assert "98765" not in request.messages[1].content


def test_a_placeholder_is_the_name_again_in_the_query(router: ModelRouter, ollama: FakeModelServer) -> None:
    name = {"field": "person_name", "op": "eq", "values": ["[name 14]"]}
    ollama.play(Play(text=as_text(step("crm.leads", "table", terms=["hot"], filters=[name]), posh="hot")))
    (one,) = steps_of(planned(router, "posh leads of Asha Rao"))
    assert Predicate(field="person_name", op="eq", values=("Asha Rao",)) in one.queries["main"].where.parts  # type: ignore[union-attr]  # an And


def test_masked_fields_are_not_even_named() -> None:
    text = planning_request(asked("leads"), "rows").model_dump_json()
    assert '"email":' not in text.replace("\\", "")
    assert '"phone":' not in text.replace("\\", "")


def test_a_viewer_is_shown_only_datasets_that_they_may_read() -> None:
    operator = Viewer(id="op", roles=("operator",))
    text = planning_request(asked("units by city", operator), "rows").model_dump_json()
    assert "inventory.units" in text
    assert "crm.leads" not in text


def test_what_left_is_noted_with_its_level(
    router: ModelRouter, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=400)
    nemoclaw.always = Play(text=json.dumps(answer(POSH_STEP, posh="luxury")))
    one = planner(router)
    one.plan(POSH, candidates_of(POSH), context())
    sent = one._ask.sent
    assert [(entry.subject, entry.detail["sees"], entry.detail["local"]) for entry in sent] == [
        ("ollama/small", "aggregates", True),
        ("nemoclaw/small", "schema", False),
    ]
    assert "posh" not in json.dumps([entry.model_dump() for entry in sent])
