"""Labels within a sentence."""

from __future__ import annotations

import pytest

from oracle_kit.words import within


@pytest.mark.parametrize(
    ("label", "said"),
    [("Intent score", "intent score"), ("QD score", "QD score"), ("Carpet Area", "carpet area"), ("", "")],
)
def test_words_with_capitals_of_their_own_keep_them(label: str, said: str) -> None:
    assert within(label) == said
