"""Charts to explore: the drawing's points and texts, whatever the figures are; no text is read as markup."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("panel")

from bokeh.models import ColumnDataSource, HoverTool, PlainText

from oracle_kit.canvas.kinds import standard_kinds
from oracle_kit.preview.cards import Look, Setting, card_html
from oracle_kit.preview.charts import drawing_in, figure_of
from oracle_kit.preview.tables import Reading, table_html
from tests.canvas import hostile, samples
from tests.canvas.samples import CITY, COUNT, rows

CHARTS = [samples.bars, samples.stacked, samples.columns_by_month, samples.line, samples.split_line]


def sources(figure: object) -> list[ColumnDataSource]:
    return [one.data_source for one in figure.renderers]  # type: ignore[attr-defined]  # of a figure


@pytest.mark.parametrize("make", CHARTS)
@pytest.mark.parametrize("dark", [False, True])
def test_every_point_is_there_with_its_exact_words(make: object, dark: bool) -> None:
    drawing = drawing_in(make())  # type: ignore[operator]  # one of the samples
    assert drawing is not None
    figure = figure_of(drawing, dark=dark)
    tips = {tip for one in sources(figure) for tip in one.data["tip"]}
    assert tips == {point.tip for point in drawing.points}
    assert all(tool.tooltips == [("", "@tip")] for tool in figure.select(HoverTool))


def test_texts_are_plain_text() -> None:
    data = [("$$\\href{x}{y}$$", 3), ("<b>", 2)]
    drawing = drawing_in(samples.block("bar_chart", "$$x$$", {"main": rows((CITY, COUNT), data)}))
    assert drawing is not None
    figure = figure_of(drawing)
    overrides = [*figure.xaxis.major_label_overrides.values(), *figure.yaxis.major_label_overrides.values()]
    assert overrides
    assert all(isinstance(one, PlainText) for one in overrides)


@pytest.mark.parametrize("kind", ["bar_chart", "line_chart"])
def test_hostile_names_make_a_figure(kind: str) -> None:
    drawing = drawing_in(hostile.texts(kind))
    assert drawing is not None
    assert figure_of(drawing).renderers


@pytest.mark.parametrize(
    "values", [[None], [0, 0], [-5, 5], [10**18, 1], ["0.0000001", "0.0000002"], [7]], ids=str
)
def test_odd_figures_are_finite(values: list[object]) -> None:
    data = [(f"c{at}", value) for at, value in enumerate(values)]
    drawing = drawing_in(samples.block("bar_chart", "Odd", {"main": rows((CITY, COUNT), data)}))  # type: ignore[arg-type]
    if drawing is None:
        return
    drawn = [value for one in sources(figure_of(drawing)) for value in one.data["y"]]
    assert drawn
    assert all(math.isfinite(value) for value in drawn)


def test_stacked_bars_stand_on_each_other() -> None:
    drawing = drawing_in(samples.stacked())
    assert drawing is not None
    assert drawing.spec.stacked
    made = sources(figure_of(drawing))
    assert list(made[1].data["from"]) == list(made[0].data["y"])


def test_other_kinds_and_withheld_blocks_are_not_explored() -> None:
    assert drawing_in(samples.kpi()) is None
    assert drawing_in(samples.bars().model_copy(update={"withheld": "Not for you."})) is None


@pytest.mark.parametrize("make", [samples.bars, samples.line, samples.table])
def test_block_of_another_version_has_no_chart_and_no_table(make: Any) -> None:
    block = make().model_copy(update={"props": {"depth": 3}})
    assert drawing_in(block) is None
    assert table_html(block, Reading()) is None
    setting = Setting(first=True, last=True, may_edit=True, kinds=standard_kinds(), download="x?")
    assert "other properties" in card_html(block, Look(), setting)
