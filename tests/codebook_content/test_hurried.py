"""Prompts as hurried people typed them, on the content that ships, against SQL written by hand.

Each once lost a word, read one otherwise than it was meant, or was refused although it is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit import Answer, Oracle, Settings, open_oracle
from oracle_kit.evaluate import Case, Gold, evaluate, load_cases

GOOD = ("right", "right_reserved", "refused_rightly")
CASES = load_cases(Path(__file__).with_name("hurried.jsonl"))


@pytest.fixture(scope="module")
def oracle(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """A workbench on the demo warehouse."""
    opened = open_oracle(Settings(warehouse_url=velocity_duckdb, home=tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_hurried_prompt_is_understood(case: Case, oracle: Oracle, velocity_duckdb: str) -> None:
    def ask(prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        page = None
        for one in (*on, prompt):
            answer = oracle.ask(one, viewer=oracle.viewer(viewer), page=page)
            page = answer.page_id
        return answer

    (result,) = evaluate(ask, [case], Gold(velocity_duckdb)).results
    assert result.outcome in GOOD, f"{result.reason} ({result.title})"
