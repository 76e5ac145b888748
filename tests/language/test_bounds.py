"""Prompts that are no questions end clearly, in work that does not grow with them; words may turn in circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import pytest

from oracle_kit.language.lexicon import MAX_PHRASE, How, Lexicon
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.spans import find_spans
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tokens import MOST_WORDS
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Candidates, Context, Entry
from oracle_kit.query import Scalar
from oracle_kit.words import DatasetWords, TermWords, ValueWords
from tests.language.company import COMPANY, LEADS
from tests.language.desk import ANALYST, CLOCK, ask, line

ODD = {
    "only stop words": "the of and please show me",
    "only numbers": "1 2 3 4 5 6 7 8 9",
    "another script": "покажите все заявки по городам",
    "chinese": "按城市显示所有客户",
    "devanagari": "मुझे सब दिखाओ",
    "arabic": "أظهر لي العملاء",
    "german": "zeige mir alle Kunden nach Stadt",
    "one letter": "a",
    "marks": "a ? ! , ;",
    "emoji": "leads 🚀🚀",
    "beyond the calendar": "leads in the last 99999 years",
    "many commas": "leads" + "," * 500,
    "one endless word": "a" * 5000,
    "only joining words": "and " * 90,
    "only pronouns": "those them they " * 20,
}
LONG = ["leads ", "balcony ", "the ", "7 ", "kolkatta and ", "last month ", "by city and leads "]


class CountingLexicon(Lexicon):
    """A lexicon that counts how often it is asked."""

    lookups: ClassVar[list[int]] = [0]

    def find(self, words: Iterable[str]) -> Iterator[tuple[How, tuple[Entry, ...]]]:
        """What the words mean, counted."""
        self.lookups[0] += 1
        return super().find(words)


def counted() -> CountingLexicon:
    """The company's lexicon, its count at nothing."""
    CountingLexicon.lookups[0] = 0
    made = CountingLexicon.compile(COMPANY, load_tongue(), load_speech())
    assert isinstance(made, CountingLexicon)
    return made


@pytest.mark.parametrize("prompt", ODD.values(), ids=list(ODD))
def test_odd_prompts_give_a_clear_result(prompt: str) -> None:
    planned = ask(prompt)
    assert planned.steps
    assert planned.steps[0].title


@pytest.mark.parametrize("word", LONG)
def test_ten_thousand_words_are_no_more_work_than_the_most_that_are_read(word: str) -> None:
    lexicon = counted()
    spans = find_spans(word * 10_000, lexicon, CLOCK)
    assert lexicon.lookups[0] <= MOST_WORDS * MAX_PHRASE
    assert len(spans) <= MOST_WORDS * MAX_PHRASE * 4
    assert spans == find_spans(word * MOST_WORDS, lexicon, CLOCK)


@pytest.mark.parametrize("word", LONG)
def test_ten_thousand_words_are_refused_with_their_number(word: str) -> None:
    planned = ask(word * 10_000)
    assert planned.steps[0].kind == "notice"
    assert "at most" in planned.refusals[0].message


@pytest.mark.parametrize("prompt", ["leads by city and " * 24, "leads, " * 45, "hot leads; " * 33])
def test_joined_questions_are_read_a_bounded_number_of_times(
    prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexicon, readings = counted(), [0]
    candidates = Candidates(datasets=COMPANY, spans=find_spans(prompt, lexicon, CLOCK))
    sentence = Sentence.of(prompt, candidates, Context(viewer=ANALYST, clock=CLOCK), lexicon)
    read = Sentence._on

    def watched(*given: object, **more: object) -> object:
        readings[0] += 1
        return read(*given, **more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(Sentence, "_on", watched)
    sentence.understood()
    assert readings[0] <= len(COMPANY) * 100


def test_unknown_words_are_looked_up_a_bounded_number_of_times() -> None:
    asked: list[str] = []

    def find(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
        asked.append(words)
        return ()

    ask(
        "leads of " + " ".join(f"Somebody{letter}" for letter in "abcdefghijklmnopqrstuvwxyz" * 10), find=find
    )
    assert 0 < len(asked) <= 24


def words_with(**changes: object) -> tuple[DatasetWords, ...]:
    """The leads alone, changed."""
    return (LEADS.model_copy(update={"relations": (), **changes}),)


def test_synonyms_that_turn_in_a_circle_mean_both_and_it_is_said() -> None:
    fields = {f.name: f for f in LEADS.fields}
    circle = (ValueWords(value="Bombay", words=("mumbai",)), ValueWords(value="Mumbai", words=("bombay",)))
    city = fields["city"].model_copy(update={"values": circle})
    planned = ask(
        "leads in bombay",
        words=words_with(fields=(*(f for f in LEADS.fields if f.name not in ("city", "home_city")), city)),
    )
    assert planned.reservations or planned.choices
    assert "Bombay" in line(planned.steps[0].queries["main"])


def test_glossary_words_that_overlap_are_answered_with_the_other_reading_said() -> None:
    terms = (
        TermWords(name="hot", label="Hot", words=("burning",)),
        TermWords(name="urgent", label="Urgent", words=("burning",)),
    )
    planned = ask("burning leads", words=words_with(terms=terms))
    assert line(planned.steps[0].queries["main"]) == "leads list | where <hot>"
    assert any("Urgent" in told for told in planned.reservations)


def test_a_longer_glossary_word_wins_over_one_inside_it() -> None:
    terms = (
        TermWords(name="hot", label="Hot", words=("hot",)),
        TermWords(name="red_hot", label="Red hot", words=("red hot",)),
    )
    assert (
        line(ask("red hot leads", words=words_with(terms=terms)).steps[0].queries["main"])
        == "leads list | where <red_hot>"
    )
