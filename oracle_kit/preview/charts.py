"""A chart to explore: the block's own drawing as a Bokeh figure with exact values on hover, zoom, and a legend."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, PlainText
from bokeh.plotting import figure
from pydantic import ValidationError

from oracle_kit.canvas.chart import Drawing, Point
from oracle_kit.canvas.chart_vega import DASHES, colour_of, height_of
from oracle_kit.canvas.kinds.bar_chart import bars_in
from oracle_kit.canvas.kinds.bar_chart import drawing_of as bars_drawn
from oracle_kit.canvas.kinds.line_chart import drawing_of as lines_drawn
from oracle_kit.canvas.kinds.line_chart import lines_in
from oracle_kit.model import Block

DARK = {
    "#2457a6": "#6fa3ee",
    "#c06f17": "#f0a457",
    "#16806a": "#4cc2a4",
    "#a3478a": "#d98ac4",
    "#3a8fc4": "#8fd0f5",
    "#c0392b": "#f08a7c",
    "#7a6a1f": "#c9b75a",
    "#6b7280": "#a2aab8",
    "#858e9e": "#667085",
}
INK, GRID = {False: "#3d4656", True: "#c5ccd8"}, {False: "#e3e6ec", True: "#2b3240"}
FONT = "system-ui, sans-serif"


def drawing_in(block: Block) -> Drawing | None:
    """What a block's chart draws; None where it is no chart, has nothing to draw, or is of another version."""
    if block.withheld is not None:
        return None
    try:
        return _drawn(block)
    except ValidationError:  # props of another version: the picture says so
        return None


def _drawn(block: Block) -> Drawing | None:
    if block.kind == "bar_chart" and (bars := bars_in(block)) is not None:
        return bars_drawn(block, bars)
    if block.kind == "line_chart" and (lines := lines_in(block)) is not None and lines.lines:
        return lines_drawn(block, lines)
    return None


def figure_of(drawing: Drawing, *, dark: bool = False) -> Any:
    """The drawing as a Bokeh figure that fills its width; texts are plain text, and no number is formatted anew."""
    names = list(dict.fromkeys(point.x for point in drawing.points))
    made = _bars(drawing, names, dark) if drawing.spec.mark == "bar" else _lines(drawing, dark)
    _dressed(made, drawing, dark)
    return made


def _figure(zoom: str, **more: Any) -> Any:
    made = figure(
        tools=f"{zoom}pan,{zoom}wheel_zoom,{zoom}box_zoom,reset,save",
        active_drag=None,
        active_scroll=None,
        sizing_mode="stretch_width",
        toolbar_location="above",
        **more,
    )
    made.toolbar.logo = None
    return made


def _bars(drawing: Drawing, names: list[str | int], dark: bool) -> Any:
    """Bars at whole numbers, one for each name; zoom runs along the names."""
    high = drawing.horizontal
    height = max(280, min(900, height_of(drawing) + 60))
    ends = (len(names) - 0.5, -0.5) if high else (-0.5, len(names) - 0.5)
    made = _figure("y" if high else "x", height=height, **{"y_range" if high else "x_range": ends})
    beside = 1 if drawing.spec.stacked else max(1, len(drawing.series))
    base: dict[int, float] = {}
    for at, series in enumerate(drawing.series or ("",)):
        points = [point for point in drawing.points if point.series == series]
        places = [names.index(point.x) for point in points]
        shift = 0.0 if beside == 1 else (at - (beside - 1) / 2) * 0.8 / beside
        starts = [base.get(place, 0.0) if drawing.spec.stacked else 0.0 for place in places]
        ends_at = [start + (point.y or 0.0) for start, point in zip(starts, points, strict=True)]
        base.update(zip(places, ends_at, strict=True))
        source = _source(points, [place + shift for place in places], ends_at)
        source.data["from"] = starts
        fill = [_colour(drawing, at, point, dark) for point in points]
        source.data["fill"] = fill
        shape = {"height": 0.8 / beside} if high else {"width": 0.8 / beside}
        across = (
            {"y": "x", "left": "from", "right": "y"} if high else {"x": "x", "bottom": "from", "top": "y"}
        )
        bar = made.hbar if high else made.vbar
        drawn = bar(**across, **shape, source=source, fill_color="fill", line_color=None, **_legend(series))
        made.add_tools(_hover(drawn))
    axis = made.yaxis if high else made.xaxis
    axis.ticker = list(range(len(names)))
    axis.major_label_overrides = {at: PlainText(text=_short(str(name))) for at, name in enumerate(names)}
    return made


def _lines(drawing: Drawing, dark: bool) -> Any:
    made = _figure("x", height=320, x_axis_type="datetime")
    for at, series in enumerate(drawing.series or ("",)):
        points = [point for point in drawing.points if point.series == series]
        colour = _shade(colour_of(at, drawing) if drawing.series else "#2457a6", dark)
        values = [float("nan") if point.y is None else point.y for point in points]
        source = _source(points, [point.x for point in points], values)
        dash = DASHES[at % len(DASHES)] if drawing.series else []
        made.line(
            "x",
            "y",
            source=source,
            line_color=colour,
            line_width=2.25,
            line_dash=_dash(dash),
            **_legend(series),
        )
        dots = made.scatter("x", "y", source=source, color=colour, size=7, **_legend(series))
        made.add_tools(_hover(dots))
    return made


def _source(points: list[Point], places: list[Any], values: list[float]) -> ColumnDataSource:
    return ColumnDataSource({"x": places, "y": values, "tip": [point.tip for point in points]})


def _hover(drawn: Any) -> HoverTool:
    return HoverTool(renderers=[drawn], tooltips=[("", "@tip")], visible=False)


def _legend(series: str) -> dict[str, Any]:
    return {"legend_label": series} if series else {}


def _dash(dash: list[int]) -> list[int]:
    return [] if dash == [1, 0] else list(dash)


def _short(text: str) -> str:
    return text if len(text) <= 32 else f"{text[:31]}…"


def _colour(drawing: Drawing, at: int, point: Point, dark: bool) -> str:
    rest = "#858e9e" if point.rest else None
    return _shade(rest or (colour_of(at, drawing) if drawing.series else "#2457a6"), dark)


def _shade(colour: str, dark: bool) -> str:
    return DARK.get(colour, colour) if dark else colour


def _dressed(made: Any, drawing: Drawing, dark: bool) -> None:
    """Axes, grid and legend in the colours of the page, the value axis with the drawing's own texts."""
    value, other = (made.xaxis, made.yaxis) if drawing.horizontal else (made.yaxis, made.xaxis)
    value.ticker = [tick for tick, _ in drawing.y_ticks]
    value.major_label_overrides = {tick: PlainText(text=text) for tick, text in drawing.y_ticks}
    for axis in (*value, *other):
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color, axis.major_label_text_font = INK[dark], FONT
    made.background_fill_color = made.border_fill_color = None
    made.outline_line_color = None
    made.grid.grid_line_color = None
    (made.xgrid if drawing.horizontal else made.ygrid).grid_line_color = GRID[dark]
    if drawing.series:
        for legend in made.legend:
            made.add_layout(legend, "below")
        made.legend.orientation, made.legend.click_policy, made.legend.ncols = "horizontal", "hide", 4
        made.legend.background_fill_color = made.legend.border_line_color = None
        made.legend.label_text_color, made.legend.label_text_font = INK[dark], FONT
