"""`line_chart`: one measure over time, missing periods filled, the unfinished one marked; split in series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from oracle_kit.canvas.chart import ChartSpec, Drawing, Encoding, Point
from oracle_kit.canvas.chart_html import chart_html
from oracle_kit.canvas.chart_ticks import day_ticks, milliseconds, number_ticks
from oracle_kit.canvas.format import exact_value, format_value, grouped, label_of
from oracle_kit.canvas.format_time import day_text, format_time
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds.bar_chart import BarChart
from oracle_kit.canvas.kinds.bars import MOST_SERIES, NOT_SET
from oracle_kit.canvas.kinds.columns import (
    checked,
    figures,
    groups,
    is_complete,
    main_rows,
    named,
    numbers,
    pick,
)
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.periods import PeriodPoint, filled
from oracle_kit.canvas.kinds.rows_table import count_text, details_table
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Scalar, Value

X_TICKS = 8


class LineProps(Value):
    """Which columns are drawn."""

    measure: str | None = None
    time: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class Line:
    """One series: its name and its points, oldest first."""

    name: str
    points: tuple[PeriodPoint, ...]


@dataclass(frozen=True)
class Lines:
    """What a line chart shows; `cut` says which series were left out."""

    measure: Column
    time: Column
    lines: tuple[Line, ...]
    cut: str = ""


class LineChart:
    """A line over time."""

    name = "line_chart"
    title = "Line chart"
    Props = LineProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> LineProps:
        """The first measure over the first time, split by the other dimension, unless the step says otherwise."""
        props = checked(self.name, LineProps, step.props)
        main = results.get("main")
        if main is None:
            return props
        times = tuple(c for c in groups(main) if c.grain or c.type in ("date", "timestamp"))
        time = pick(main, props.time, times)
        rest = tuple(c for c in groups(main) if c.name != time)
        measure = (
            props.measure if named(main, props.measure) else _running(main) or pick(main, None, figures(main))
        )
        return props.model_copy(
            update={"measure": measure, "time": time, "series": pick(main, props.series, rest)}
        )

    def html(self, block: Block) -> Html:
        """The chart, what is unfinished in it, and its numbers as a table folded away."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        lines = lines_in(block)
        if lines is None or not lines.lines:
            bars = BarChart().build(_as_step(block), block.results)
            return BarChart().html(block.model_copy(update={"props": bars.model_dump()}))
        return joined(
            (
                element("p", said(lines.measure.label), class_="o-axis"),
                chart_html(drawing_of(block, lines), block.width),
                *(element("p", note, class_="o-note") for note in notes(lines, rows)),
                details_table(rows, block.title),
            )
        )


def _as_step(block: Block) -> Step:
    return Step(kind="bar_chart", title=block.title, width=block.width)


def _running(rows: Rows) -> str | None:
    return next((column.name for column in rows.columns if column.role == "running"), None)


def lines_in(block: Block) -> Lines | None:
    """The block's rows as lines; None where they have no measure or no time."""
    rows = main_rows(block)
    props = LineProps.model_validate(block.props)
    measure, time = named(rows, props.measure), named(rows, props.time)
    if rows is None or measure is None or time is None:
        return None
    series, whole = named(rows, props.series), is_complete(block)
    if series is None:
        return Lines(measure, time, (Line("", filled(rows, time, measure, complete=whole)),))
    names = _largest(rows, series, measure)
    made = tuple(
        Line(
            NOT_SET if name is None else label_of(name, series),
            filled(rows, time, measure, {series.name: name}, complete=whole),
        )
        for name in names[:MOST_SERIES]
    )
    cut = (
        f"the {MOST_SERIES} largest of {len(names)} series; all of them are in the table"
        if len(names) > MOST_SERIES
        else ""
    )
    return Lines(measure, time, made, cut)


def _largest(rows: Rows, series: Column, measure: Column) -> list[Scalar]:
    sizes: dict[Scalar, Decimal] = {}
    for name, value in zip(rows.column(series.name), numbers(rows, measure.name), strict=True):
        sizes[name] = sizes.get(name, Decimal(0)) + (value or 0)
    if series.values:
        return sorted(sizes, key=lambda name: series.values.index(name) if name in series.values else 99)
    return sorted(sizes, key=lambda name: -sizes[name])


def notes(lines: Lines, rows: Rows) -> Iterator[str]:
    """What a reader must know of the line: periods not whole or without rows, and what was left out."""
    points = lines.lines[0].points
    for point in points:
        period = format_time(point.day.isoformat(), lines.time)
        if point.running:
            yield f"{period} is not over: it is counted up to {day_text(rows.as_of.date())} and drawn dotted."
        elif point.clipped:
            yield f"{period} lies only partly inside the window and is drawn dotted."
    if all(point.value is None for line in lines.lines for point in line.points):
        yield "No period has a value."
    made = sum(point.made for point in points)
    if made and lines.measure.additive and len(lines.lines) == 1:
        stands = "periods have no rows and stand" if made > 1 else "period has no rows and stands"
        yield f"{made} {stands} at zero."
    undated = sum(value is None for value in rows.column(lines.time.name))
    if undated:
        yield f"{grouped(undated)} without a date {'is' if undated == 1 else 'are'} left out; the table has them."
    if rows.truncated:
        yield f"The line has the {count_text(rows, len(rows.rows))} periods."
    if lines.cut:
        yield lines.cut


def drawing_of(block: Block, lines: Lines) -> Drawing:
    """The lines as a drawing."""
    days = sorted({point.day for line in lines.lines for point in line.points})
    values = [float(p.value) for line in lines.lines for p in line.points if p.value is not None]
    series = tuple(line.name for line in lines.lines) if lines.lines[0].name else ()
    return Drawing(
        spec=ChartSpec(mark="line", encodings=tuple(_encodings(lines, bool(series)))),
        points=tuple(_points(lines)),
        series=series,
        summary=_summary(block.title, lines),
        y_ticks=number_ticks(
            min(values, default=0.0),
            max(values, default=0.0),
            lines.measure.unit,
            whole=lines.measure.type == "integer",
        ),
        x_ticks=day_ticks(days, lines.time.grain, X_TICKS if block.width > 6 else 5),
        labelled=False,
    )


def _encodings(lines: Lines, split: bool) -> Iterator[Encoding]:
    yield Encoding(channel="x", field=lines.time.name, type="temporal", title=lines.time.label)
    yield Encoding(channel="y", field=lines.measure.name, type="quantitative", title=lines.measure.label)
    if split:
        yield Encoding(channel="series", field="series", type="nominal")


def _points(lines: Lines) -> Iterator[Point]:
    for line in lines.lines:
        for point in line.points:
            text = None if point.value is None else format(point.value, "f")
            period = format_time(point.day.isoformat(), lines.time)
            who = f"{line.name}, {period}" if line.name else period
            so_far = " so far" if point.running else " in part" if point.clipped else ""
            yield Point(
                x=milliseconds(point.day),
                y=None if point.value is None else float(point.value),
                series=line.name,
                label=format_value(text, lines.measure),
                tip=f"{who}: {exact_value(text, lines.measure)}{so_far}",
                partial=point.partial,
            )


def _summary(title: str, lines: Lines) -> str:
    known = [point for line in lines.lines for point in line.points if point.value is not None]
    if not known:
        return title
    first, last = (format_time(p.day.isoformat(), lines.time) for p in (known[0], known[-1]))
    return f"{title}. {lines.measure.label} from {first} to {last}, {len(known)} points."
