"""A Drawing compiled to Vega-Lite with inline data; every expression in it is a constant of ours."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from oracle_kit.canvas.chart import Drawing, Point

SERIES = ("#2457a6", "#c06f17", "#16806a", "#a3478a", "#3a8fc4", "#c0392b", "#7a6a1f", "#6b7280")
REST = "#858e9e"
TEXT, QUIET, GRID, SURFACE = "#3d4656", "#5b6476", "#e3e6ec", "#fefefe"
DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4], [3, 2], [1, 3])
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Helvetica, Arial, sans-serif"
BAR, GAP, LETTER, MOST_NAME = 20, 12, 7, 190
_Spec = dict[str, Any]


def vega_lite(drawing: Drawing, width: int) -> _Spec:
    """The Vega-Lite spec of a drawing that is `width` pixels wide in all."""
    layers = _bars(drawing, width) if drawing.spec.mark == "bar" else _lines(drawing, width)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": max(60, width - _beside(drawing)),
        "height": height_of(drawing),
        "padding": {"left": 0, "right": 4, "top": 4, "bottom": 0},
        "data": {"values": [_datum(point, drawing.series) for point in drawing.points]},
        "layer": layers,
        "config": _config(),
    }


def _beside(drawing: Drawing) -> int:
    """How much room what is written left of the plot takes, about: fitting exactly would lay everything out twice."""
    if drawing.horizontal:
        return min(MOST_NAME, LETTER * max((len(str(point.x)) for point in drawing.points), default=0)) + 14
    written = drawing.labelled and drawing.spec.mark == "bar"
    return 8 if written else LETTER * max((len(text) for _, text in drawing.y_ticks), default=0) + 16


def height_of(drawing: Drawing) -> int:
    """How high the drawing is, in pixels."""
    if not drawing.horizontal:
        return 250
    groups = len({point.x for point in drawing.points})
    beside = 1 if drawing.spec.stacked else max(1, len(drawing.series))
    return (
        12
        + groups * (GAP + BAR * beside if beside == 1 else GAP + 15 * beside)
        + (0 if drawing.labelled else 24)
    )


def _datum(point: Point, series: tuple[str, ...]) -> _Spec:
    return {
        "at": series.index(point.series) if point.series in series else 0,
        "x": point.x,
        "y": point.y,
        "s": point.series,
        "label": point.label,
        "tip": point.tip,
        "partial": point.partial,
        "rest": point.rest,
    }


def _config() -> _Spec:
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": QUIET,
            "labelFontSize": 12,
            "gridColor": GRID,
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
            "title": None,
        },
    }


def _lookup(ticks: tuple[tuple[float, str], ...]) -> str:
    """A constant expression that gives each tick its text."""
    texts, values = json.dumps([text for _, text in ticks]), json.dumps([value for value, _ in ticks])
    return f"{texts}[indexof({values}, datum.value * 1)]"


def _category(drawing: Drawing) -> _Spec:
    axis: _Spec = {"labelLimit": MOST_NAME, "labelColor": TEXT, "grid": False, "labelAngle": 0}
    if not drawing.horizontal:
        axis |= {"labelLimit": 96, "labelOverlap": True}
    padding = GAP / (GAP + BAR) if drawing.horizontal else 0.35
    return {
        "field": "x",
        "type": "nominal",
        "sort": None,
        "axis": axis,
        "scale": {"paddingInner": padding, "paddingOuter": padding / 2},
    }


def _amount(drawing: Drawing, width: int) -> _Spec:
    values = [value for value, _ in drawing.y_ticks]
    low, high = min([*values, 0.0]), max([*values, 0.0])
    axis: _Spec | None = {"values": values, "labelExpr": _lookup(drawing.y_ticks), "grid": True}
    if drawing.labelled and drawing.spec.mark == "bar":
        axis, low, high = None, *_room(drawing, width)
    high = high if high > low else low + 1
    return {
        "field": "y",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [low, high], "nice": False},
    }


def _room(drawing: Drawing, width: int) -> tuple[float, float]:
    """The ends of the bars, with room beside them for what is written there."""
    values = [point.y for point in drawing.points if point.y is not None] or [0.0]
    if drawing.spec.stacked:
        totals: dict[Any, float] = {}
        for point in drawing.points:
            totals[point.x] = totals.get(point.x, 0.0) + (point.y or 0.0)
        values = list(totals.values())
    low, high = min(0.0, *values), max(0.0, *values)
    longest = max((len(point.label) for point in drawing.points), default=0)
    taken = min(0.6, (longest * LETTER + 14) / (width * 0.75)) if drawing.horizontal else 0.1
    extra = (high - low) * taken / (1 - taken)
    return low - (extra if low < 0 else 0), high + (extra if high > 0 else 0)


def _colour(drawing: Drawing) -> _Spec:
    if drawing.series:
        return {"field": "s", "type": "nominal", "scale": _scale(drawing), "legend": None}
    return {"condition": {"test": "datum.rest", "value": REST}, "value": SERIES[0]}


def _scale(drawing: Drawing) -> _Spec:
    return {
        "domain": list(drawing.series),
        "range": [colour_of(at, drawing) for at in range(len(drawing.series))],
    }


def colour_of(at: int, drawing: Drawing) -> str:
    """The colour of a series; what stands for the others is grey."""
    rest = any(point.rest and point.series == drawing.series[at] for point in drawing.points)
    return REST if rest else SERIES[at % len(SERIES)]


def _bars(drawing: Drawing, width: int) -> list[_Spec]:
    across, along = ("y", "x") if drawing.horizontal else ("x", "y")
    encoding: _Spec = {
        across: _category(drawing),
        along: _amount(drawing, width) | ({"stack": "zero"} if drawing.spec.stacked else {"stack": None}),
        "color": _colour(drawing),
        "description": {"field": "tip"},
    }
    if drawing.series and not drawing.spec.stacked:
        encoding[f"{across}Offset"] = {"field": "s", "type": "nominal", "sort": list(drawing.series)}
    if drawing.spec.stacked:
        encoding["order"] = {"field": "at", "type": "quantitative"}
    mark: _Spec = {"type": "bar", "cornerRadiusEnd": 0 if drawing.spec.stacked else 3, "minBandSize": 2}
    if drawing.spec.stacked:
        mark |= {"stroke": SURFACE, "strokeWidth": 1}
    layers = [{"mark": mark, "encoding": encoding}, _zero(drawing, along)]
    return [*layers, *_bar_labels(drawing, encoding, across, along)]


def _zero(drawing: Drawing, along: str) -> _Spec:
    return {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": QUIET, "strokeWidth": 1},
        "encoding": {along: {"field": "zero", "type": "quantitative"}},
    }


def _bar_labels(drawing: Drawing, encoding: _Spec, across: str, along: str) -> list[_Spec]:
    if not drawing.labelled or drawing.spec.stacked:
        return []
    outside = "datum.y < 0"
    if drawing.horizontal:
        place: _Spec = {
            "align": {"expr": f"{outside} ? 'right' : 'left'"},
            "dx": {"expr": f"{outside} ? -6 : 6"},
        }
    else:
        place = {"baseline": {"expr": f"{outside} ? 'top' : 'bottom'"}, "dy": {"expr": f"{outside} ? 5 : -5"}}
    shown = {name: encoding[name] for name in (across, along, f"{across}Offset") if name in encoding}
    mark = {"type": "text", "color": TEXT, "fontSize": 12, "aria": False, **place}
    return [{"mark": mark, "encoding": shown | {"text": {"field": "label"}}}]


def _lines(drawing: Drawing, width: int) -> list[_Spec]:
    time: _Spec = {
        "field": "x",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False},
        "axis": {
            "values": [value for value, _ in drawing.x_ticks],
            "labelExpr": _lookup(drawing.x_ticks),
            "grid": False,
            "labelBound": False,
            "labelFlush": True,
            "labelOverlap": True,
        },
    }
    encoding: _Spec = {"x": time, "y": _amount(drawing, width), "color": _colour(drawing)}
    if drawing.series:
        dashes = [DASHES[at % len(DASHES)] for at in range(len(drawing.series))]
        encoding["strokeDash"] = {
            "field": "s",
            "type": "nominal",
            "scale": {"domain": list(drawing.series), "range": dashes},
            "legend": None,
        }
    line = {
        "type": "line",
        "strokeWidth": 2.25,
        "strokeJoin": "round",
        "interpolate": "linear",
        "clip": False,
        "aria": False,
    }
    whole = {"transform": [{"filter": "!datum.partial"}], "mark": line, "encoding": encoding}
    return [
        *_area(drawing, encoding),
        whole,
        *_unfinished(drawing, encoding, line),
        *_dots(drawing, encoding),
    ]


def _area(drawing: Drawing, encoding: _Spec) -> list[_Spec]:
    if drawing.series:
        return []
    mark = {"type": "area", "opacity": 0.08, "color": SERIES[0], "aria": False}
    shape = {name: encoding[name] for name in ("x", "y")}
    return [{"transform": [{"filter": "!datum.partial"}], "mark": mark, "encoding": shape}]


def _unfinished(drawing: Drawing, encoding: _Spec, line: _Spec) -> list[_Spec]:
    """The ways between whole periods and those that are not, dotted."""
    stretches = [pair for name in drawing.series or ("",) for pair in _dotted(drawing, name)]
    if not stretches:
        return []
    tails = [_datum(one, drawing.series) | {"way": at} for at, pair in enumerate(stretches) for one in pair]
    shape = {name: encoding[name] for name in ("x", "y", "color")}
    shape["detail"] = {"field": "way", "type": "nominal"}
    mark = line | {"strokeDash": [2, 4], "strokeCap": "round", "aria": False}
    return [{"data": {"values": tails}, "mark": mark, "encoding": shape}]


def _dotted(drawing: Drawing, series: str) -> list[tuple[Point, Point]]:
    """The pairs of neighbours of which one is not whole."""
    run = [point for point in drawing.points if point.series == series]
    return [(one, two) for one, two in pairwise(run) if one.partial or two.partial]


def _dots(drawing: Drawing, encoding: _Spec) -> list[_Spec]:
    """A dot for each point where they are few, else only for points that stand alone; hollow while unfinished."""
    few = len(drawing.points) <= 80
    shape = {name: encoding[name] for name in ("x", "y", "color")} | {"description": {"field": "tip"}}
    mark: _Spec = {"type": "point", "size": 42 if few else 14, "opacity": 1, "strokeWidth": 2}
    mark |= {"fill": {"expr": f"datum.partial ? '{SURFACE}' : null"}}
    filled = {"type": "circle", "size": 42 if few else 12, "opacity": 1 if few else 0.001}
    return [
        {"transform": [{"filter": "!datum.partial"}], "mark": filled, "encoding": shape},
        {"transform": [{"filter": "datum.partial"}], "mark": mark, "encoding": shape},
    ]
