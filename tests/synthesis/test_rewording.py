"""Asks in other words: only words that content declares, plural where the word was, one phrase at a time."""

from __future__ import annotations

import pytest

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.rewording import reworded
from oracle_kit.language.spans import find_spans
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.query import Measure
from oracle_kit.words import DatasetWords, FieldWords, TermWords, ValueWords
from tests.language.desk import CLOCK

ROOMS = DatasetWords(
    id="inn.rooms",
    title="Rooms",
    words=("room", "chamber", "suite of rooms", "lodging quality"),
    key="room_id",
    fields=(
        FieldWords(name="room_id", label="Room", type="integer", role="id"),
        FieldWords(
            name="floor",
            label="Floor",
            type="text",
            role="dimension",
            words=("floor", "storey"),
            values=(ValueWords(value="attic", label="Attic", words=("loft",)),),
        ),
    ),
    measures=(),
    terms=(TermWords(name="free", label="Free", words=("free", "vacant")),),
    default_measure=Measure(fn="count"),
)
LEXICON = Lexicon.compile((ROOMS,), load_tongue(), load_speech())


def others(prompt: str) -> list[str]:
    return list(reworded(prompt, find_spans(prompt, LEXICON, CLOCK), ROOMS.id, LEXICON))


@pytest.mark.parametrize(
    ("prompt", "made"),
    [
        ("free rooms by floor", {"vacant rooms by floor", "free chambers by floor", "free rooms by storey"}),
        ("Free rooms in the attic", {"Free rooms in the loft", "Free lodging qualities in the attic"}),
        ("room by storey", {"chamber by storey", "room by floor"}),
    ],
)
def test_each_phrase_is_exchanged_for_what_content_says_of_the_same(prompt: str, made: set[str]) -> None:
    assert made <= set(others(prompt))


def test_phrases_take_turns() -> None:
    first = others("free rooms by floor")[:3]
    assert [one.split()[0] for one in first] == ["vacant", "free", "free"]


@pytest.mark.parametrize("prompt", ["", "zebra", "12 34", "по этажам"])
def test_what_has_no_known_word_has_no_other_words(prompt: str) -> None:
    assert others(prompt) == []
