"""Blocks as Panel views: the one picture, a chart to explore, a table to sort and turn."""

from __future__ import annotations

import panel as pn
import pytest

from oracle_kit.preview.render import block_view, blocks_view
from tests.canvas import hostile, samples
from tests.canvas.markup import read, unsafe
from tests.canvas.samples import KINDS, field


def picture(view: pn.viewable.Viewable) -> str:
    return str(view.select(pn.pane.HTML)[0].object)


def test_page_stands_in_twelve_columns() -> None:
    view = blocks_view((samples.kpi(), samples.bars(), samples.table()), KINDS, theme="dark")
    assert [one.css_classes for one in view.objects] == [["o-w4"], ["o-w12"], ["o-w12"]]
    assert 'data-theme="dark"' in picture(view)


@pytest.mark.parametrize("kind", sorted(KINDS.names))
def test_hostile_words_stay_text_in_every_kind(kind: str) -> None:
    assert unsafe(read(picture(block_view(hostile.texts(kind), KINDS)))) == []


def test_table_is_sorted_and_turned() -> None:
    name = field("name", "Name")
    found = samples.rows((name,), [(f"n{at:02}",) for at in range(60)])
    view = block_view(samples.block("table", "Names", {"main": found}), KINDS)
    by, falling, page = (
        view.select(kind)[0] for kind in (pn.widgets.Select, pn.widgets.Checkbox, pn.widgets.IntInput)
    )
    by.value, falling.value = "1. Name", True
    assert read(picture(view)).texts("td")[0] == "n59"
    page.value = 3
    assert read(picture(view)).texts("td") == [f"n{at:02}" for at in range(9, -1, -1)]
    assert "of 60" in picture(view)


def test_chart_can_be_explored() -> None:
    view = block_view(samples.split_line(), KINDS)
    (card,) = view.select(pn.Card)
    assert card.collapsed
    assert "<svg" in picture(view)


def test_without_panel_the_studio_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from oracle_kit import preview
    from oracle_kit.errors import NotInstalled

    monkeypatch.setattr(preview, "find_spec", lambda name: None)
    with pytest.raises(NotInstalled) as error:
        preview.mount_studio(None, lambda: pytest.fail("nothing is opened"))
    assert error.value.hint == "Run: pip install 'oracle-kit[preview]'"
