"""Blocks in a terminal: tables, bars, sparklines, numbers; notices and suggestions look different."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from oracle_kit.canvas.format import NOTHING, format_value, grouped, plain_text
from oracle_kit.canvas.format_time import bounds_text, format_time
from oracle_kit.canvas.kinds.activity_stream import activity_in
from oracle_kit.canvas.kinds.bar_chart import bars_in
from oracle_kit.canvas.kinds.bar_chart import notes as bar_notes
from oracle_kit.canvas.kinds.change import Change
from oracle_kit.canvas.kinds.columns import cell, groups, is_blank, main_rows
from oracle_kit.canvas.kinds.comparison import notes as comparison_notes
from oracle_kit.canvas.kinds.comparison import subjects_in
from oracle_kit.canvas.kinds.empty import empty_sentence, filters_of, next_step
from oracle_kit.canvas.kinds.events import Event
from oracle_kit.canvas.kinds.geo_map import notes as map_notes
from oracle_kit.canvas.kinds.geo_map import places_in
from oracle_kit.canvas.kinds.kpi_tile import change_of, compare_sentence, measure_of, trend_of
from oracle_kit.canvas.kinds.line_chart import Line, Lines, lines_in
from oracle_kit.canvas.kinds.line_chart import notes as line_notes
from oracle_kit.canvas.kinds.notice import NEXT, NoticeProps, next_of
from oracle_kit.canvas.kinds.pipeline_board import BoardProps, size_of, stages_in
from oracle_kit.canvas.kinds.rows_table import count_text, total_row
from oracle_kit.canvas.kinds.table import TableProps, shown_columns
from oracle_kit.canvas.kinds.text import filled_text
from oracle_kit.canvas.kinds.timeline import timeline_in
from oracle_kit.canvas.page_html import source_text
from oracle_kit.canvas.terminal_table import RowsTable
from oracle_kit.model import Block, Chip, Column, Rows

MOST_ROWS, MOST_SUGGESTED, BAR_WIDTH = 20, 5, 28
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"
_COLOURS = {"good": "green", "bad": "red", "even": ""}


def block_text(block: Block) -> RenderableType:
    """The block for a terminal: its title, what was understood, its rows, its source."""
    body = _body(block)
    chips = _chips(block.chips)
    parts: list[RenderableType] = [part for part in (chips, Text(), body) if part is not None]
    source = source_text(block)
    if source:
        parts.append(_dim(source))
    if block.kind == "notice" or block.withheld is not None:
        return Panel(body, title=_title(block), title_align="left", border_style="yellow", padding=(0, 1))
    if block.suggestion:
        title = Text.assemble(("Suggestion, not the answer: ", "bold magenta"), _title(block))
        return Panel(Group(*parts), title=title, title_align="left", border_style="magenta", padding=(0, 1))
    return Group(_title(block), *parts)


def _title(block: Block) -> Text:
    return Text(plain_text(block.title), style="bold")


def _dim(text: str) -> Text:
    return Text(plain_text(text), style="dim")


def _chips(chips: Iterable[Chip]) -> Text | None:
    marks = {"default": " (by default)", "policy": " (by policy)", "word": ""}
    made = [plain_text(chip.label) + marks[chip.origin] for chip in chips]
    return Text(" · ".join(made), style="cyan") if made else None


def _body(block: Block) -> RenderableType:
    if block.withheld is not None:
        return _lines(block.withheld, NEXT["withheld"])
    known = _BODIES.get(block.kind)
    if known is None:
        return _lines(f"This version of Oracle cannot show a block of kind {block.kind}.", NEXT["unknown"])
    if block.kind not in ("notice", "text") and is_blank(block.results.get("main")):
        filters = [f"  {label}" for label in filters_of(block)]
        return _lines(empty_sentence(block), *filters, next_step(block))
    return known(block)


def _lines(*lines: str) -> Group:
    return Group(*(Text(plain_text(line)) for line in lines if line))


def _notice(block: Block) -> RenderableType:
    props = NoticeProps.model_validate(block.props)
    items = [Text(f"  • {plain_text(item)}", style="cyan") for item in props.items]
    return Group(Text(plain_text(props.message)), *items, _dim(next_of(props)))


def _kpi(block: Block) -> RenderableType:
    column, rows = measure_of(block), main_rows(block)
    if rows is None or column is None:
        return _lines(empty_sentence(block), next_step(block))
    value = format_value(cell(rows, rows.rows[0], column.name), column)
    parts: list[RenderableType] = [Text.assemble((value, "bold green"), f"  {column.label}")]
    for name in ("compare", "elapsed"):
        change = change_of(block, column, name)
        if change is not None:
            parts.append(Text.assemble(_change(change), f" from {compare_sentence(block, column, name)}"))
    trend = trend_of(block, column)
    if len(trend) > 1:
        parts.append(Text(sparkline(trend), style="blue"))
    return Group(*parts, _dim(bounds_text(rows.bounds)))


def _change(change: Change, text: str = "") -> Text:
    return Text(f"{change.arrow} {text or change.text}", style=_COLOURS[change.verdict])


def sparkline(values: Sequence[Decimal | None]) -> str:
    """The values as block characters of eight heights; a space where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or Decimal(1)
    return "".join(" " if v is None else _SPARKS[int((v - low) / span * 7)] for v in values)


def _bars(block: Block) -> RenderableType:
    bars, rows = bars_in(block), block.results["main"]
    if bars is None:
        return RowsTable(rows, rows.columns)
    if bars.series:
        return RowsTable(rows, rows.columns)
    largest = max((abs(group.size) for group in bars.groups), default=Decimal(0)) or Decimal(1)
    table = _grid(bars.category.label, bars.measure.label, "")
    for group in bars.groups:
        share = f"  {group.share}" if group.share else ""
        drawn = Text(bar(group.size, largest), style="red" if group.size < 0 else "blue")
        table.add_row(
            Text(plain_text(group.label)), Text(bars.text(group.values[0]) + share, justify="right"), drawn
        )
    return Group(table, *(_dim(note) for note in bar_notes(bars)))


def bar(size: Decimal, largest: Decimal) -> str:
    """A bar of block characters, exact to an eighth of one."""
    eighths = int(abs(size) / largest * BAR_WIDTH * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _line(block: Block) -> RenderableType:
    lines, rows = lines_in(block), block.results["main"]
    if lines is None or not lines.lines:
        return RowsTable(rows, rows.columns)
    table = _grid("", lines.measure.label, "")
    for line in lines.lines:
        table.add_row(*_line_row(line, lines))
    return Group(table, _dim(_ends(lines)), *(_dim(note) for note in line_notes(lines, rows)))


def _line_row(line: Line, lines: Lines) -> tuple[Text, Text, Text]:
    known = [point for point in line.points if point.value is not None]
    last = format_value(format(known[-1].value or 0, "f"), lines.measure) if known else NOTHING
    when = format_time(known[-1].day.isoformat(), lines.time) if known else ""
    drawn = Text(sparkline([point.value for point in line.points]), style="blue")
    return (
        Text(plain_text(line.name or lines.measure.label)),
        Text(f"{last} in {when}", justify="right"),
        drawn,
    )


def _ends(lines: Lines) -> str:
    days = sorted({point.day for line in lines.lines for point in line.points})
    values = [point.value for line in lines.lines for point in line.points if point.value is not None]
    if not days or not values:
        return ""
    first, last = (format_time(day.isoformat(), lines.time) for day in (days[0], days[-1]))
    low, high = (format_value(format(value, "f"), lines.measure) for value in (min(values), max(values)))
    return f"{first} to {last}, lowest {low}, highest {high}"


def _table(block: Block) -> RenderableType:
    rows = block.results["main"]
    columns = shown_columns(rows, TableProps.model_validate(block.props))
    order = block.queries["main"].order if "main" in block.queries else ()
    total = total_row(rows, columns, block.results.get("total"))
    return RowsTable(rows, columns, order, total, MOST_SUGGESTED if block.suggestion else MOST_ROWS)


def _board(block: Block) -> RenderableType:
    rows, props = block.results["main"], BoardProps.model_validate(block.props)
    names = {column.name: column for column in rows.columns}
    count, value = names.get(props.count or ""), names.get(props.value or "")
    stages = stages_in(block)
    largest = max((abs(size_of(stage)) for stage in stages), default=Decimal(0)) or Decimal(1)
    heads = [column.label for column in (count, value) if column]
    table = _grid(names[props.stage].label if props.stage in names else "", *heads, "")
    for stage in stages:
        sizes = [(stage.count, count), (stage.value, value)]
        texts = [_figure(number, column) for number, column in sizes if column]
        drawn = Text(bar(size_of(stage), largest), style="blue")
        table.add_row(Text(plain_text(stage.label)), *texts, drawn)
    return table


def _figure(number: Decimal | None, column: Column) -> Text:
    return Text(format_value(None if number is None else format(number, "f"), column), justify="right")


def _map(block: Block) -> RenderableType:
    made, rows = places_in(block), block.results["main"]
    if made is None:
        return RowsTable(rows, rows.columns)
    table = _grid("Place", made.measure.label if made.measure else "", "")
    largest = max((abs(place.size or Decimal(0)) for place in made.places), default=Decimal(0)) or Decimal(1)
    for place in made.places[:MOST_ROWS]:
        drawn = Text(bar(place.size or Decimal(0), largest), style="blue")
        table.add_row(Text(plain_text(place.label)), Text(place.text, justify="right"), drawn)
    return Group(table, *(_dim(note) for note in map_notes(made)[1:]))


def _events(found: tuple[tuple[Event, ...], int], rows: Rows) -> RenderableType:
    events, undated = found
    if not events:
        return RowsTable(rows, rows.columns)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for event in events[:MOST_ROWS]:
        details = " · ".join(
            format_value(value, column) for column, value in event.details if value is not None
        )
        name = Text(plain_text(event.name), style="bold")
        table.add_row(
            _dim(event.when), name, Text(plain_text(event.lane), style="cyan"), Text(plain_text(details))
        )
    left = f"; {grouped(undated)} without a date are left out" if undated else ""
    return Group(table, _dim(f"newest first, {count_text(rows, min(MOST_ROWS, len(events)))}{left}"))


def _comparison(block: Block) -> RenderableType:
    rows, made = block.results["main"], subjects_in(block)
    if made is None:
        return RowsTable(rows, (*groups(rows), *(c for c in rows.columns if c not in groups(rows))))
    table = _grid(made.column.label, *(subject.label for subject in made.subjects))
    for measure in made.measures:
        cells = []
        for at, subject in enumerate(made.subjects):
            change = made.change(rows, measure, at)
            value = Text(format_value(cell(rows, subject.row, measure.name), measure), justify="right")
            percent = (
                f" ({change.percent_text})"
                if change and change.percent is not None and change.difference
                else ""
            )
            more = [Text("\n"), _change(change, change.difference_text + percent)] if change else []
            cells.append(Text.assemble(value, *more, justify="right"))
        table.add_row(Text(plain_text(measure.label)), *cells)
    return Group(table, *(_dim(note) for note in comparison_notes(block, made, rows)))


def _text(block: Block) -> RenderableType:
    text = plain_text(filled_text(block)).replace("**", "")
    return Padding(Text(text or "An empty note."), (0, 0, 0, 2))


def _grid(first: str, *rest: str) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(Text(plain_text(first)))
    for at, name in enumerate(rest):
        last = at == len(rest) - 1 and not name
        table.add_column(Text(plain_text(name)), justify="left" if last else "right", no_wrap=last)
    return table


_BODIES: dict[str, Callable[[Block], RenderableType]] = {
    "kpi_tile": _kpi,
    "bar_chart": _bars,
    "line_chart": _line,
    "table": _table,
    "pipeline_board": _board,
    "geo_map": _map,
    "timeline": lambda block: _events(timeline_in(block), block.results["main"]),
    "activity_stream": lambda block: _events(activity_in(block), block.results["main"]),
    "comparison": _comparison,
    "text": _text,
    "notice": _notice,
}
