"""`bar_chart`: one measure by a dimension, in order, cut to the first N; a second dimension stacked or beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from oracle_kit.canvas.chart import ChartSpec, Drawing, Encoding, Point
from oracle_kit.canvas.chart_html import chart_html, pixels_of
from oracle_kit.canvas.chart_ticks import number_ticks
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds.bars import Bars, bars_of, summary
from oracle_kit.canvas.kinds.columns import checked, figures, groups, is_complete, main_rows, named, pick
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.rows_table import count_text, details_table, html_table
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

TOP = 12
LETTER = 7  # pixels


class BarProps(Value):
    """Which columns are drawn, how many groups, and whether a second dimension is stacked or stands beside."""

    measure: str | None = None
    category: str | None = None
    series: str | None = None
    layout: Literal["stacked", "grouped"] | None = None
    horizontal: bool | None = None
    top: int = Field(default=TOP, ge=1, le=100)


class BarChart:
    """Bars of one measure."""

    name = "bar_chart"
    title = "Bar chart"
    Props = BarProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> BarProps:
        """The first measure by the first dimension, split by the second, unless the step says otherwise."""
        props = checked(self.name, BarProps, step.props)
        main = results.get("main")
        if main is None:
            return props
        category = pick(main, props.category, groups(main))
        rest = tuple(column for column in groups(main) if column.name != category)
        return props.model_copy(
            update={
                "measure": pick(main, props.measure, figures(main)),
                "category": category,
                "series": pick(main, props.series, rest),
            }
        )

    def html(self, block: Block) -> Html:
        """The chart, with its numbers as a table folded away."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        bars = bars_in(block)
        if bars is None:
            return joined(
                (
                    html_table(rows, rows.columns, caption=block.title),
                    element("p", count_text(rows, 200), class_="o-note"),
                )
            )
        drawing = drawing_of(block, bars)
        order = block.queries["main"].order if "main" in block.queries else ()
        return joined(
            (
                element("p", _heading(bars), class_="o-axis"),
                chart_html(drawing, block.width),
                *(element("p", note, class_="o-note") for note in notes(bars)),
                details_table(rows, block.title, order),
            )
        )


def _heading(bars: Bars) -> Html:
    time = f" by {bars.category.grain}, " if bars.category.grain else " by "
    return joined((said(bars.measure.label), time, said(bars.category.label)))


def notes(bars: Bars) -> list[str]:
    """What a reader must know of the bars: the period that is not whole, what was left out."""
    partial = any(group.partial for group in bars.groups)
    return [
        *(["* not a whole period: it is running, or the window cuts it."] if partial else []),
        *filter(None, [bars.cut]),
    ]


def bars_in(block: Block) -> Bars | None:
    """The block's rows as bars; None where they have no measure or nothing to group by."""
    rows = main_rows(block)
    props = BarProps.model_validate(block.props)
    measure, category = named(rows, props.measure), named(rows, props.category)
    if rows is None or measure is None or category is None:
        return None
    order = block.queries["main"].order if "main" in block.queries else ()
    series = named(rows, props.series)
    return bars_of(rows, measure, category, series, order=order, top=props.top, complete=is_complete(block))


def drawing_of(block: Block, bars: Bars) -> Drawing:
    """The bars as a drawing."""
    props = BarProps.model_validate(block.props)
    negative = any(value is not None and value < 0 for group in bars.groups for value in group.values)
    stacked = bool(bars.series) and bars.measure.additive and not negative and props.layout != "grouped"
    horizontal = _is_horizontal(bars) if props.horizontal is None else props.horizontal
    sizes = [
        float(v)
        for group in bars.groups
        for v in ([group.size] if stacked else group.values)
        if v is not None
    ]
    spec = ChartSpec(mark="bar", encodings=tuple(_encodings(bars)), stacked=stacked)
    return Drawing(
        spec=spec,
        points=tuple(_points(bars)),
        series=bars.series,
        summary=summary(bars, block.title),
        y_ticks=number_ticks(
            min(sizes, default=0.0),
            max(sizes, default=0.0),
            bars.measure.unit,
            whole=bars.measure.type == "integer",
        ),
        horizontal=horizontal,
        labelled=not stacked and (horizontal or _fits(bars, block.width)),
    )


def _fits(bars: Bars, width: int) -> bool:
    """Whether what is written over upright bars does not run together."""
    longest = max((len(bars.text(value)) for group in bars.groups for value in group.values), default=0)
    count = len(bars.groups) * max(1, len(bars.series))
    return count * (longest * LETTER + LETTER) <= pixels_of(width)


def _is_horizontal(bars: Bars) -> bool:
    """Names run down the side; time and bands run along the bottom."""
    return not (
        bars.category.grain or bars.category.type in ("integer", "decimal", "float", "date", "timestamp")
    )


def _encodings(bars: Bars) -> Iterator[Encoding]:
    yield Encoding(channel="x", field=bars.category.name, type="nominal", title=bars.category.label)
    yield Encoding(channel="y", field=bars.measure.name, type="quantitative", title=bars.measure.label)
    if bars.series:
        yield Encoding(channel="series", field="series", type="nominal")


def _points(bars: Bars) -> Iterator[Point]:
    labels = _distinct([group.label for group in bars.groups])
    for label, group in zip(labels, bars.groups, strict=True):
        for at, value in enumerate(group.values):
            name = bars.series[at] if bars.series else ""
            where = f"{group.label}, {name}" if name else group.label
            yield Point(
                x=label,
                y=float(value or 0),  # nothing is drawn for nothing; its label says so
                series=name,
                label=bars.text(value) + (f" · {group.share}" if group.share else ""),
                tip=f"{where}: {bars.exact(value)}",
                rest=group.rest or (bars.series_rest and at == len(bars.series) - 1),
            )


def _distinct(labels: list[str]) -> list[str]:
    """The labels, equal ones told apart by an invisible mark so that they do not fall together."""
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, -1) + 1
        made.append(label + "\u200b" * seen[label])
    return made
