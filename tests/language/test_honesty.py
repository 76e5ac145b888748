"""No word is dropped: what nothing explains is named, and the answer is not given as though it
were absent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle_kit.model import Plan
from tests.language.desk import ask
from tests.language.test_readings import CASES

NOUNS = [
    "balcony",
    "garden",
    "parking",
    "swimming",
    "elevator",
    "lawyer",
    "umbrella",
    "kitchen",
    "guitar",
    "mountain",
    "bottle",
    "carpenter",
    "dentist",
    "engine",
    "fountain",
    "giraffe",
    "hammer",
    "island",
    "jacket",
    "kettle",
    "lantern",
    "magnet",
    "napkin",
    "orchard",
    "pillow",
    "quilt",
    "ribbon",
    "saddle",
    "tractor",
    "uncle",
    "violin",
    "wallet",
    "yogurt",
    "zebra",
    "anchor",
    "basket",
    "candle",
    "dolphin",
    "feather",
    "gravel",
    "helmet",
    "insect",
    "jungle",
]


def answers(planned: Plan) -> list[str]:
    """The digests of the queries that are given as the answer."""
    return [s.queries["main"].digest for s in planned.steps if s.kind != "notice" and not s.suggestion]


def mentions(planned: Plan, word: str) -> bool:
    """Whether anything that the reader sees names the word."""
    told = [r.message for r in planned.refusals] + [*planned.not_understood, *planned.reservations]
    return any(word.lower() in text.lower() for text in told)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.sampled_from(NOUNS), st.sampled_from(["with {}", "for {}", "{}"]))
def test_an_unknown_restriction_never_leaves_the_same_answer_unmentioned(
    prompt: str, noun: str, form: str
) -> None:
    planned = ask(f"{prompt} {form.format(noun)}")
    assert mentions(planned, noun) or not answers(planned)
    if answers(planned) and answers(planned) == answers(ask(prompt)):
        assert mentions(planned, noun)


@pytest.mark.parametrize("noun", NOUNS[:12])
def test_an_unknown_word_in_front_is_named_too(noun: str) -> None:
    planned = ask(f"{noun} leads by city")
    assert noun in planned.not_understood
    assert planned.steps[0].kind == "notice"
    assert planned.mode == "deterministic_fallback"


def test_a_value_that_the_data_does_not_have_is_reported_with_the_accepted_ones() -> None:
    planned = ask("leads in Jaipur")
    assert planned.refusals[0].code == "unknown_value"
    assert "Kolkata" in planned.refusals[0].message
    assert ask("5BHK units").refusals[0].code == "unknown_value"


def test_a_value_of_other_data_is_said_to_be_that() -> None:
    assert "Inventory" in ask("leads with 3BHK").refusals[0].message


def test_a_spelling_repair_never_turns_one_known_word_into_another() -> None:
    assert ask("leads in Pune").steps[0].queries["main"].where is not None
    assert (
        "pane" in " ".join(ask("leads in Pane").not_understood).lower() or ask("leads in Pane").reservations
    )


def test_the_same_prompt_always_gives_the_same_plan() -> None:
    assert ask("top 5 cities by conversion") == ask("top 5 cities by conversion")


@pytest.mark.parametrize(
    "prompt",
    ["why did visits drop last month", "cancelled visits last week and why", "leads kyun gire last month"],
)
def test_a_question_for_the_reason_is_answered_with_figures_and_says_so(prompt: str) -> None:
    told = ask(prompt)
    assert any("not the reasons" in one for one in told.reservations) or told.not_understood
