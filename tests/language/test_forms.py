"""Word forms, joined and split words, and spelling within its limits."""

from __future__ import annotations

import pytest

from oracle_kit.language.morphology import root, singular
from oracle_kit.language.spelling import distance_allowed, repair
from oracle_kit.language.tokens import squash, tokenise
from tests.language.desk import lexicon


@pytest.mark.parametrize(
    ("word", "expected"),
    [("leads", "lead"), ("cities", "city"), ("visits", "visit"), ("status", "status"), ("ups", "up"), ("bus", "bus"),
     ("branches", "branch"), ("advisor's", "advisor"), ("class", "class")],
)  # fmt: skip
def test_singular(word: str, expected: str) -> None:
    assert singular(word) == expected


def test_verb_forms_share_a_root() -> None:
    assert len({root(word) for word in ("visit", "visits", "visited", "visiting")}) == 1
    assert len({root(word) for word in ("cancel", "cancelled", "cancels")}) == 1
    assert len({root(word) for word in ("close", "closed", "closing")}) == 1


def test_hyphen_space_and_dot_do_not_matter() -> None:
    assert squash("Follow-Ups") == squash("follow ups") == "followups"
    assert squash("sq.ft.") == "sqft"


def test_tokens_keep_their_places() -> None:
    prompt = "Leads in Kolkata, please"
    assert [prompt[token.start : token.end] for token in tokenise(prompt)] == [
        "Leads",
        "in",
        "Kolkata",
        ",",
        "please",
    ]


def test_devanagari_words_stay_whole() -> None:
    assert [token.text for token in tokenise("कितने leads")] == ["कितने", "leads"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("kolkatta", "kolkata"), ("mumbia", "mumbai"), ("luxary", "luxury"), ("bengalurru", "bengaluru"), ("lead", None),
     ("pune", None), ("puen", "pune"), ("xyzzy", None), ("dog", None), ("balcony", None), ("4bhk", None)],
)  # fmt: skip
def test_repair(word: str, expected: str | None) -> None:
    assert repair(word, lexicon()) == expected


def test_longer_words_may_hold_more_errors() -> None:
    assert [distance_allowed("x" * length) for length in (3, 4, 7, 8)] == [0, 1, 1, 2]


def test_roots_of_two_words_and_of_short_names_are_no_other_words() -> None:
    """ "basin" is not "based in"; only the words of a phrase together have its roots."""
    assert list(lexicon().find(["based", "in"]))
    assert not list(lexicon().find(["basin"]))
    assert not [e for how, entries in lexicon().find(["visitings"]) for e in entries if e.kind == "past"]
