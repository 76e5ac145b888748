"""A codebook of one template: what it says is answered by it, everything else as ever; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from oracle_kit import Oracle, Settings, open_oracle
from tests.bikeshop.shop import CONTENT, NOW, build_shop


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """The shop with the template of its busiest stations alone."""
    home = tmp_path_factory.mktemp("alone")
    kept = Path("rentals/money/busiest.yaml")
    for name in (kept, kept.parent / "chapter.yaml", kept.parents[1] / "chapter.yaml"):
        target = home / "codebook" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(CONTENT / "codebook" / name, target)
    opened = open_oracle(
        Settings(
            warehouse_url=build_shop(home / "shop.duckdb"),
            home=home,
            datasets=CONTENT / "datasets",
            codebook=home / "codebook",
            now=NOW,
        )
    )
    yield opened
    opened.close()


@pytest.mark.parametrize("prompt", ["busiest stations", "rentals by station"])
def test_its_own_asks_are_answered(prompt: str, oracle: Oracle) -> None:
    answer = oracle.ask(prompt, viewer=oracle.viewer("analyst"))
    assert (answer.status, answer.blocks[0].template_id) == ("answered", "rentals.money.busiest")


@pytest.mark.parametrize("prompt", ["how many bikes", "open repairs by part", "riders from Kiel"])
def test_what_no_template_says_is_answered_from_the_datasets(prompt: str, oracle: Oracle) -> None:
    answer = oracle.ask(prompt, viewer=oracle.viewer("analyst"))
    assert answer.status != "refused"
    assert answer.blocks[0].template_id is None


@pytest.mark.parametrize(
    "prompt", ["how is the weather", "zebra", "of the and", "1 2 3", "alle Räder zeigen bitte"]
)
def test_what_is_no_question_of_the_shop_is_refused(prompt: str, oracle: Oracle) -> None:
    assert oracle.ask(prompt, viewer=oracle.viewer("analyst")).status == "refused"
