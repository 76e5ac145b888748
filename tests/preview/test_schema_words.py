"""What may stand at the cursor of a template."""

from __future__ import annotations

import pytest

from oracle_kit import Oracle
from oracle_kit.codebook.ground import Ground
from oracle_kit.preview.schema_words import words_at


@pytest.fixture
def ground(studio_oracle: Oracle) -> Ground:
    return studio_oracle.drafts.ground(viewer=studio_oracle.viewer("author"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ti", "title: "),
        ("blocks:\n  - ki", "kind: "),
        ("blocks:\n  - kind: bar", "bar_chart"),
        ("shape: tr", "trend"),
        ("dataset: crm.le", "crm.leads"),
        ("dataset: crm.leads\nblocks:\n  - query:\n      mea", "measures: "),
        ("dataset: crm.leads\nblocks:\n  - query: {mea", "measures: "),
        ("dataset: crm.leads\nblocks:\n  - query: {measures: [lead_c", "lead_count"),
        ("dataset: crm.leads\nblocks:\n  - query:\n      columns:\n        - person_n", "person_name"),
        ("dataset: crm.leads\nblocks:\n  - query: {columns: [lead_id, person_n", "person_name"),
    ],
)
def test_words_go_on_from_what_is_written(ground: Ground, text: str, word: str) -> None:
    assert word in words_at(text, len(text), ground)


@pytest.mark.parametrize(
    "text", ["title: Lea", "dataset: crm.leads\nasks:\n  - how many ", "dataset: no.such\nmeasures: [x"]
)
def test_free_text_gets_no_names(ground: Ground, text: str) -> None:
    assert not [word for word in words_at(text, len(text), ground) if word.startswith(("lead", "person"))]
