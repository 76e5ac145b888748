"""Rows in a terminal: as many columns as its width holds whole, the others named below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from oracle_kit.canvas.format import format_value, grouped, plain_text
from oracle_kit.canvas.kinds.columns import cell
from oracle_kit.canvas.kinds.rows_table import count_text, is_number
from oracle_kit.model import Column, Rows
from oracle_kit.query import Order, Scalar

GAP = 3  # characters between columns
WIDEST = 32  # characters of one column


@dataclass(frozen=True)
class RowsTable:
    """The columns of some rows, sorted as `order` says, at most `most` of them, with a total row where there is one."""

    rows: Rows
    columns: Sequence[Column]
    order: Sequence[Order] = ()
    total: Sequence[Scalar] | None = None
    most: int = 20

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table, how many rows there are, and the columns that the width does not hold."""
        shown = self._fitting(options.max_width)
        table = Table(
            box=SIMPLE_HEAD, header_style="bold", show_footer=self.total is not None, pad_edge=False
        )
        for at in range(shown):
            side: Literal["right", "left"] = "right" if is_number(self.columns[at]) else "left"
            foot = Text(self._foot(at), style="bold")
            table.add_column(self._head(at), footer=foot, justify=side, no_wrap=True, max_width=WIDEST)
        for row in self.rows.rows[: self.most]:
            table.add_row(*(self._cell(row, column) for column in self.columns[:shown]))
        yield table
        yield Text(count_text(self.rows, self.most), style="dim")
        if shown < len(self.columns):
            names = ", ".join(plain_text(column.label) for column in self.columns[shown:])
            yield Text(f"more columns: {names} (a wider terminal, --json, or the page as HTML)", style="dim")

    def _fitting(self, width: int) -> int:
        """How many columns, from the first, stand whole in the width; at least one."""
        used = shown = 0
        for at in range(len(self.columns)):
            used += self._width(at) + GAP
            if used > width and shown:
                break
            shown += 1
        return shown

    def _width(self, at: int) -> int:
        texts = [self._cell(row, self.columns[at]).cell_len for row in self.rows.rows[: self.most]]
        return min(WIDEST, max([self._head(at).cell_len, len(self._foot(at)), *texts]))

    def _head(self, at: int) -> Text:
        column = self.columns[at]
        sign = next((" ↓" if one.descending else " ↑" for one in self.order[:1] if one.by == column.name), "")
        return Text(plain_text(column.label) + sign)

    def _foot(self, at: int) -> str:
        if self.total is None:
            return ""
        if at == 0 and self.total[0] is None:
            return "Total"
        return "" if self.total[at] is None else format_value(self.total[at], self.columns[at])

    def _cell(self, row: tuple[Scalar, ...], column: Column) -> Text:
        value = cell(self.rows, row, column.name)
        rest = bool(self.rows.others_count) and row is self.rows.rows[-1]
        if rest and value is None and column.role == "dimension":
            return Text(f"Others ({grouped(self.rows.others_count or 0)})", style="italic")
        return Text(format_value(value, column), style="dim" if value is None or column.masked else "")
