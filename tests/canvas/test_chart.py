"""Charts: our own Vega-Lite and nothing else in it, SVG with exact values, and the plain bars without the extra."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from oracle_kit.canvas import chart_html, chart_svg
from oracle_kit.canvas.chart import Drawing
from oracle_kit.canvas.chart_svg import chart_svg as draw
from oracle_kit.canvas.chart_ticks import number_ticks
from oracle_kit.canvas.chart_vega import REST, SERIES, vega_lite
from oracle_kit.canvas.kinds.bar_chart import bars_in, drawing_of
from oracle_kit.canvas.kinds.line_chart import drawing_of as line_drawing
from oracle_kit.canvas.kinds.line_chart import lines_in
from oracle_kit.errors import NotInstalled
from tests.canvas import hostile, samples
from tests.canvas.markup import read, unsafe
from tests.canvas.samples import KINDS


def bars() -> Drawing:
    """The drawing of the sample bars."""
    block = samples.bars()
    made = bars_in(block)
    assert made is not None
    return drawing_of(block, made)


def lines() -> Drawing:
    """The drawing of the sample line."""
    block = samples.line()
    made = lines_in(block)
    assert made is not None
    return line_drawing(block, made)


@pytest.mark.parametrize("drawing", [bars(), lines()])
def test_the_svg_is_a_named_picture_with_exact_values_and_nothing_active(drawing: Drawing) -> None:
    svg = draw(drawing, 700)
    root = ElementTree.fromstring(svg)  # noqa: S314  # drawn a line above
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawing.summary
    tags = {one.tag.partition("}")[2] for one in root.iter()}
    assert tags <= {
        "svg",
        "g",
        "path",
        "line",
        "rect",
        "circle",
        "text",
        "title",
        "defs",
        "clipPath",
        "tspan",
    }
    assert not re.search(r"\s(style|href|on\w+)=", svg)
    titles = [one.text for one in root.iter() if one.tag.endswith("title")]
    assert set(titles) == {point.tip for point in drawing.points}


def test_names_and_values_reach_the_picture_as_they_are() -> None:
    svg = draw(bars(), 700)
    texts = [one.text for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("text")]  # noqa: S314  # ours
    assert "Mumbai" in texts
    assert "₹95 Cr" in texts
    assert "Mumbai: ₹95,00,00,000.00" in svg


def test_expressions_are_constants_of_ours_and_hold_no_value_of_the_data() -> None:
    block = hostile.texts("bar_chart")
    made = bars_in(block)
    assert made is not None
    spec = vega_lite(drawing_of(block, made), 700)
    data = json.dumps(spec.pop("data"))
    assert "alert(1)" in data
    rest = json.dumps(spec)
    assert "alert" not in rest
    assert "deal_value" not in rest
    assert "url" not in rest


def test_a_line_with_series_and_hostile_names_holds_them_as_data_only() -> None:
    markup = read(KINDS.html(hostile.texts("line_chart")))
    assert unsafe(markup) == []
    assert len(markup.all("ul", "o-legend")) == 1


def test_equal_drawings_are_drawn_once() -> None:
    chart_svg._rendered.cache_clear()
    for _ in range(3):
        draw(bars(), 700)
    assert (chart_svg._rendered.cache_info().misses, chart_svg._rendered.cache_info().hits) == (1, 2)


def test_ids_inside_pictures_differ_between_pictures() -> None:
    ids = [re.findall(r'\bid="([^"]+)"', draw(bars(), width)) for width in (500, 700)]
    assert not set(ids[0]) & set(ids[1])


def test_without_the_extra_there_are_plain_bars_and_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_svg, "find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match="charts"):
        draw(bars(), 700)
    for block in (samples.bars(), samples.line(), samples.stacked(), samples.split_line()):
        markup = read(KINDS.html(block))
        assert markup.faults == []
        assert unsafe(markup) == []
        assert markup.all("ul", "o-bars")
        assert not markup.all("svg", "o-svg")
    names = read(KINDS.html(samples.bars())).texts(class_="o-bar-name")
    assert names[0] == "Mumbai"


def test_plain_bars_start_at_zero_on_either_side() -> None:
    block = hostile.CASES["bars, negative"]
    made = bars_in(block)
    assert made is not None
    rects = read(chart_html.bars(drawing_of(block, made))).all("rect")
    spans = [
        tuple(float((one.attributes[name] or "").rstrip("%")) for name in ("x", "width")) for one in rects
    ]
    zero = spans[0][0]
    assert spans[0][1] > 0
    assert spans[-1][0] + spans[-1][1] == pytest.approx(zero, abs=0.01)
    assert spans[-1][0] == pytest.approx(0, abs=0.01)


def test_every_colour_of_a_series_has_its_own_in_dark() -> None:
    from oracle_kit.canvas.html_style import sheet

    for colour in (*SERIES, REST):
        assert f'[fill="{colour}"]' in sheet("canvas")
        assert f'[stroke="{colour}"]' in sheet("canvas")


@pytest.mark.parametrize(
    ("low", "high", "unit", "texts"),
    [
        (0, 100, None, ["0", "25", "50", "75", "100"]),
        (-5, 12, None, [f"{chr(0x2212)}5", "0", "5", "10", "15"]),
        (0, 23_000_000, "INR", ["₹0", "₹1 Cr", "₹2 Cr", "₹3 Cr"]),
        (0, 0.43, "percent", ["0%", "20%", "40%", "60%"]),
        (0, 0, None, ["0"]),
        (0, 5e-7, None, ["0", "0.0000002", "0.0000004", "0.0000006"]),
    ],
)
def test_ticks_are_round(low: float, high: float, unit: str | None, texts: list[str]) -> None:
    assert [text for _, text in number_ticks(low, high, unit)] == texts


def test_whole_numbers_have_whole_ticks() -> None:
    assert [text for _, text in number_ticks(0, 2, None, whole=True)] == ["0", "1", "2"]
