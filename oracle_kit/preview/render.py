"""Blocks as Panel views, for a notebook or another Panel application: the picture, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import panel as pn

from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.kinds.columns import main_rows
from oracle_kit.canvas.kinds.table import TableProps, shown_columns
from oracle_kit.canvas.page_html import block_article
from oracle_kit.model import Block, Column
from oracle_kit.preview.charts import drawing_in, figure_of
from oracle_kit.preview.panes import Panes
from oracle_kit.preview.tables import PAGE, Reading, rows_read, table_html

AS_READ = "as read"
widgets: Any = pn.widgets  # Panel's widgets have no types


def blocks_view(blocks: Iterable[Block], kinds: Kinds, *, theme: str = "") -> pn.viewable.Viewable:
    """The blocks in twelve columns; `theme` is light, dark, or empty for the reader's own."""
    panes = Panes(theme)
    return panes.grid([block_view(block, kinds, panes=panes, dark=theme == "dark") for block in blocks])


def block_view(
    block: Block, kinds: Kinds, *, panes: Panes | None = None, dark: bool = False
) -> pn.viewable.Viewable:
    """One block: its picture; beneath a chart the same to explore, beneath a long table its order and pages."""
    panes = panes or Panes()
    picture = panes.html(block_article(block, kinds))
    beneath = [*_chart(block, dark), *_table(block, kinds, picture, panes)]
    return panes.column(picture, *beneath, css_classes=[f"o-w{block.width}"])


def _chart(block: Block, dark: bool) -> Iterable[Any]:
    drawing = drawing_in(block)
    if drawing is not None:
        figure = figure_of(drawing, dark=dark)
        yield pn.Card(  # type: ignore[no-untyped-call]  # Panel's layouts have no types
            figure, title="Explore the chart", collapsed=True, sizing_mode="stretch_width", margin=(6, 0)
        )


def _table(block: Block, kinds: Kinds, picture: Any, panes: Panes) -> Iterable[Any]:
    rows = main_rows(block)
    if table_html(block, Reading()) is None or rows is None or len(rows.rows) < 2:
        return
    columns = shown_columns(rows, TableProps.model_validate(block.props))
    by = widgets.Select(name="Sort by", options=[AS_READ, *_labels(columns)], width=220)
    falling = widgets.Checkbox(name="Largest first", margin=(28, 10, 0, 10))
    page = widgets.IntInput(name="Page", start=1, end=-(-len(rows.rows) // PAGE), value=1, width=90)

    def show(*_: object) -> None:
        at = None if by.value == AS_READ else _labels(columns).index(by.value)
        read = rows_read(rows, columns, Reading(at, bool(falling.value), page.value - 1))
        shown = block.model_copy(update={"results": {**block.results, "main": read}})
        picture.object = panes.themed(block_article(shown, kinds))

    for one in (by, falling, page):
        one.param.watch(show, "value")
    show()
    yield pn.Row(by, falling, page)


def _labels(columns: Sequence[Column]) -> list[str]:
    return [f"{at}. {column.label}" for at, column in enumerate(columns, 1)]
