"""Blocks of data that no chart likes, in a browser: each shows something true and readable on every theme and size."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit import Oracle
from oracle_kit.model import Block
from oracle_kit.preview.cards import Look, Setting, card_html
from tests.browser.conftest import DESK, PHONE, Opens, page_with
from tests.browser.test_studio import faults_by_axe
from tests.canvas import hostile, samples

pytestmark = pytest.mark.browser
NEWER = {
    "of an unknown kind": samples.bars().model_copy(update={"kind": "hologram"}),
    "of another version": samples.bars().model_copy(update={"props": {"depth": 3}}),
}
CASES: dict[str, Block] = {**hostile.CASES, **NEWER}
SAYS = {
    "bars, null everywhere": "–",
    "bars, 200 categories": "Others",
    "line, one point": "Jan 25",
    "table, never read": "has not been run yet",
    "of an unknown kind": "hologram",
    "of another version": "other properties",
}


@pytest.fixture(scope="module")
def page_id(oracle: Oracle) -> str:
    """A page of all the cases."""
    blocks = (case.model_copy(update={"id": f"blk_{at}"}) for at, case in enumerate(CASES.values()))
    return page_with(oracle, tuple(blocks), "Bad input")


@pytest.mark.parametrize(
    ("theme", "size"), [("light", DESK), ("dark", PHONE)], ids=["light desk", "dark phone"]
)
def test_each_shows_something_readable(window: Opens, page_id: str, theme: str, size: Any) -> None:
    one = window("analyst", f"?page={page_id}", theme=theme, size=size)
    page = one.page
    page.locator(f"#blk_{len(CASES) - 1}").wait_for()
    for at, name in enumerate(CASES):
        card = page.locator(f"#blk_{at}")
        body = card.locator(".o-body")
        box, text = card.bounding_box(), body.inner_text()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= size["width"], name
        assert text.strip() or body.locator("svg").count(), name
        for nonsense in ("NaN", "Infinity", "undefined", "None", "Traceback", "[object"):
            assert nonsense not in text, name
        assert SAYS.get(name, "") in text, name
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert faults_by_axe(page) == []


def test_a_million_rows_are_a_page_of_rows(window: Opens, oracle: Oracle, chromium: Any) -> None:
    setting = Setting(first=True, last=True, may_edit=False, kinds=oracle.kinds, download="x?")
    one = window()
    one.page.set_content(f"<main>{card_html(hostile.million(), Look(), setting)}</main>")
    assert one.page.locator("tbody tr").count() <= 50
    assert one.page.get_by_text("10,00,000").count() >= 1
