"""`table`: typed columns, a line of totals, and what part of the whole is shown."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from oracle_kit.canvas.html import Html, element, joined
from oracle_kit.canvas.kinds.columns import checked, is_blank, named
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.rows_table import MOST_ROWS, count_text, html_table, total_row
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Value


class TableProps(Value):
    """`columns`: which ones and in which order (default: all); `most`: rows drawn; `totals`: the last line."""

    columns: tuple[str, ...] = ()
    most: int = Field(default=MOST_ROWS, ge=1, le=1000)
    totals: bool = True


class Table:
    """Rows as they are."""

    name = "table"
    title = "Table"
    Props = TableProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> TableProps:
        """The props as the step gives them."""
        return checked(self.name, TableProps, step.props)

    def html(self, block: Block) -> Html:
        """A table, its totals, and "first 50 of 1,203"."""
        rows = block.results.get("main")
        if rows is None or is_blank(rows):
            return empty(block)
        props = TableProps.model_validate(block.props)
        columns = shown_columns(rows, props)
        total = total_row(rows, columns, block.results.get("total")) if props.totals else None
        order = block.queries["main"].order if "main" in block.queries else ()
        table = html_table(rows, columns, caption=block.title, order=order, total=total, most=props.most)
        return joined((table, element("p", count_text(rows, props.most), class_="o-note")))


def shown_columns(rows: Rows, props: TableProps) -> tuple[Column, ...]:
    """The columns to draw, in order."""
    wanted = tuple(column for name in props.columns if (column := named(rows, name)))
    return wanted or rows.columns
