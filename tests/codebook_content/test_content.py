"""What the shipped codebook holds: its size, its asks, general templates for every dataset, every kind of block."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from oracle_kit.codebook.asks import same_ask
from oracle_kit.model import Kind
from tests.codebook_content.shipped import catalog, codebook

EVERYWHERE = {"number", "breakdown", "list", "comparison", "share"}
WITH_STAGES = (
    "crm.leads",
    "crm.opportunities",
    "crm.property_interests",
    "crm.stage_changes",
    "intel.visits",
)


def test_it_is_as_large_as_a_demo_needs() -> None:
    book = codebook()
    assert len(book.chapters) >= 6
    assert len(book.subchapters) >= 24
    assert len(book.templates) >= 110
    assert sum(not one.general for one in book.templates.values()) >= 100
    assert all(one.count for one in (*book.chapters.values(), *book.subchapters.values()))


def test_every_dataset_has_templates_of_its_own() -> None:
    specific = Counter(one.dataset for one in codebook().templates.values() if not one.general)
    assert {name for name in catalog().datasets if specific[name] < 3} == set()


def test_every_template_has_five_asks_and_no_ask_stands_twice() -> None:
    templates = codebook().templates.values()
    assert {one.id: len(one.asks) for one in templates if not 5 <= len(one.asks) <= 8} == {}
    asks = Counter(same_ask(ask) for one in templates for ask in one.asks)
    assert [ask for ask, times in asks.items() if times > 1] == []


def test_the_asks_of_a_template_say_it_in_different_words() -> None:
    """No two asks of a template hold the same words in another order."""
    alike = {}
    for one in codebook().templates.values():
        bags = Counter(frozenset(same_ask(ask).split()) for ask in one.asks)
        if max(bags.values()) > 1:
            alike[one.id] = [sorted(bag) for bag, times in bags.items() if times > 1]
    assert alike == {}


@pytest.mark.parametrize("dataset", catalog().datasets)
def test_every_dataset_has_its_general_templates(dataset: str) -> None:
    """One for each shape that the dataset can take: a trend where it has times, a funnel where it has stages."""
    shapes = {one.shape for one in codebook().templates.values() if one.general and one.dataset == dataset}
    wanted = set(EVERYWHERE)
    wanted |= {"trend"} if catalog().datasets[dataset].file.default_time else set()
    wanted |= {"funnel"} if dataset in WITH_STAGES else set()
    assert wanted <= shapes


def test_general_templates_leave_measure_and_group_to_the_prompt() -> None:
    fixed = [
        one.id
        for one in codebook().templates.values()
        if one.general and not one.blocks[0].queries["main"].columns and not one.blocks[0].slots
    ]
    assert fixed == []


def test_every_kind_of_block_that_shows_rows_is_used() -> None:
    used = {block.kind for one in codebook().templates.values() for block in one.blocks}
    assert set(get_args(Kind)) - used <= {"notice", "media"}


def test_blocks_stand_in_rows_of_twelve() -> None:
    """Blocks of less than full width fill the row that they begin."""
    ragged = []
    for one in codebook().templates.values():
        filled = 0
        for block in one.blocks:
            filled = block.width if filled + block.width > 12 else filled + block.width
            filled = 0 if filled == 12 else filled
        if filled and len(one.blocks) > 1:
            ragged.append(one.id)
    assert ragged == []
