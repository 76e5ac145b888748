"""A drawing as HTML: SVG where there is room and the extra is installed, plain bars otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from oracle_kit.canvas.chart import Drawing, Point
from oracle_kit.canvas.chart_svg import can_draw, chart_svg
from oracle_kit.canvas.chart_vega import colour_of
from oracle_kit.canvas.html import Html, element, joined, said

NARROW = 340
_COLUMN, _GAP, _EDGES = 81.67, 20, 50  # of a page 1,200 pixels wide
MOST_BARS = 60


def chart_html(drawing: Drawing, width: int) -> Html:
    """The chart for a block of so many of twelve columns, its legend, and a second form for narrow screens."""
    pixels = pixels_of(width)
    legend = _legend(drawing)
    if not can_draw():
        return joined((legend, bars(drawing)))
    narrow = bars(drawing) if drawing.spec.mark == "bar" else chart_svg(drawing, NARROW)
    wide = chart_svg(drawing, pixels)
    if pixels <= NARROW + 40:
        return joined((legend, wide if drawing.spec.mark != "bar" else narrow))
    return joined(
        (
            legend,
            element("div", wide, class_="o-chart o-wide"),
            element("div", narrow, class_="o-chart o-narrow"),
        )
    )


def pixels_of(width: int) -> int:
    """How wide the inside of a block of so many of twelve columns is on a full page."""
    return max(NARROW, round(_COLUMN * width + _GAP * (width - 1)) - _EDGES)


def _legend(drawing: Drawing) -> Html:
    if not drawing.series:
        return Html()
    items = [_entry(drawing, at, name) for at, name in enumerate(drawing.series)]
    return element("ul", *items, class_="o-legend")


def _entry(drawing: Drawing, at: int, name: str) -> Html:
    colour = colour_of(at, drawing)
    swatch = element("rect", width=12, height=12, rx=3, fill=colour)
    picture = element("svg", swatch, width=12, height=12, aria_hidden="true")
    return element("li", picture, said(name))


def bars(drawing: Drawing) -> Html:
    """The points as a list of bars drawn in percents, which fits any width and needs nothing installed."""
    groups = [(x, list(points)) for x, points in groupby(drawing.points, key=lambda point: point.x)]
    if drawing.spec.mark != "bar":
        groups = _by_time(drawing)
    low, high = _ends(groups, stacked=drawing.spec.stacked)
    rows = [_row(drawing, str(x), points, low, high) for x, points in groups[:MOST_BARS]]
    more = (
        f"first {MOST_BARS} of {len(groups)}; all of them are in the table" if len(groups) > MOST_BARS else ""
    )
    note = element("p", more, class_="o-note") if more else None
    return joined((element("ul", *rows, class_="o-bars", aria_label=drawing.summary), note))


def _by_time(drawing: Drawing) -> list[tuple[str | int, list[Point]]]:
    """The points by day, each told by its own text: the axis has texts only for some."""
    days = sorted({point.x for point in drawing.points if isinstance(point.x, int)})
    found = {day: [point for point in drawing.points if point.x == day] for day in days}
    return [(points[0].tip.partition(":")[0], points) for points in found.values()]


def _ends(groups: Sequence[tuple[object, Sequence[Point]]], *, stacked: bool) -> tuple[float, float]:
    sizes = [[point.y for point in points if point.y is not None] for _, points in groups]
    values = [sum(group) for group in sizes] if stacked else [value for group in sizes for value in group]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    return low, high if high > low else low + 1


def _row(drawing: Drawing, name: str, points: Sequence[Point], low: float, high: float) -> Html:
    head = element("span", said(name), class_="o-bar-name")
    if drawing.spec.stacked:
        track = _stack(drawing, points, low, high)
        total = element("span", ", ".join(p.label for p in points if p.y), class_="o-bar-value o-hidden")
        return element("li", head, total, track)
    lines = []
    for point in points:
        who = f"{point.series}: " if drawing.series else ""
        value = element("span", said(point.label), class_="o-bar-value")
        line = _track([_rect(drawing, point, min(0.0, point.y or 0.0), max(0.0, point.y or 0.0), low, high)])
        lines.append(
            element(
                "span", element("span", who, class_="o-hidden") if who else None, value, line, class_="o-bar"
            )
        )
    return element("li", head, *lines)


def _stack(drawing: Drawing, points: Sequence[Point], low: float, high: float) -> Html:
    parts, at = [], 0.0
    for point in points:
        parts.append(_rect(drawing, point, at, at + (point.y or 0.0), low, high))
        at += point.y or 0.0
    return _track(parts)


def _track(parts: Sequence[Html]) -> Html:
    return element("svg", *parts, class_="o-track", width="100%", height=10, aria_hidden="true")


def _rect(drawing: Drawing, point: Point, start: float, end: float, low: float, high: float) -> Html:
    span = high - low
    left, size = (start - low) / span * 100, (end - start) / span * 100
    at = drawing.series.index(point.series) if point.series in drawing.series else -1
    colour = colour_of(at, drawing) if at >= 0 else ("#858e9e" if point.rest else "#2457a6")
    return element(
        "rect",
        element("title", point.tip),
        x=f"{left:.3f}%",
        width=f"{size:.3f}%",
        height=10,
        rx=2,
        fill=colour,
    )
