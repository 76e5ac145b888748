"""Every run draws prompts of the development set and ordinary nouns, and holds them to the law of honesty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit import Settings, open_oracle
from tests.honesty.law import NOUNS, Court, cases, pairs

SAMPLE = 40
SEED = 20260419


@pytest.fixture(scope="module")
def court(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """A court over the demo warehouse."""
    home = tmp_path_factory.mktemp("honesty")
    oracle = open_oracle(Settings(warehouse_url=velocity_duckdb, home=home))
    yield Court(oracle)
    oracle.close()


def test_a_word_that_nobody_knows_is_always_named(court: Court) -> None:
    drawn = pairs(cases(), SAMPLE, SEED)
    breaches = [court.breach(case, noun, form, SEED) for case, noun, form in drawn]
    assert [breach for breach in breaches if breach is not None] == []


def test_the_nouns_are_words_that_the_company_does_not_use(court: Court) -> None:
    sample = NOUNS[:: max(1, len(NOUNS) // 20)]
    assert len(court.unknown(sample)) > 0.9 * len(sample)


def test_the_list_of_nouns_ships_with_the_tests() -> None:
    assert len(set(NOUNS)) == len(NOUNS) > 400
    assert (Path(__file__).parent / "nouns.txt").exists()
