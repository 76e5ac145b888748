"""A table that is sorted by its headings and read page by page; sorting is by the exact values, nulls last."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds.columns import NUMBERS, is_blank, main_rows
from oracle_kit.canvas.kinds.rows_table import count_text, html_table, is_number, total_row
from oracle_kit.canvas.kinds.table import TableProps, shown_columns
from oracle_kit.model import Block, Column, Rows
from oracle_kit.query import Scalar

PAGE = 25


@dataclass(frozen=True)
class Reading:
    """How a reader looks at a table: the column sorted by (None: as the rows came), the way, and the page."""

    column: int | None = None
    descending: bool = False
    page: int = 0

    def sorted_by(self, column: int) -> Reading:
        """Sorted by that column; the other way round where it was already."""
        return Reading(column, not self.descending if self.column == column else False, 0)


def table_html(block: Block, reading: Reading) -> Html | None:
    """The page of the table that is read, its headings to press; None for what is no table of this version."""
    rows = main_rows(block)
    if block.kind != "table" or rows is None or is_blank(rows) or block.withheld is not None:
        return None
    try:
        props = TableProps.model_validate(block.props)
    except ValidationError:  # props of another version: the picture says so
        return None
    columns = shown_columns(rows, props)
    last = max(0, (len(rows.rows) - 1) // PAGE)
    page = min(reading.page, last)
    shown = rows_read(rows, columns, reading)
    total = total_row(rows, columns, block.results.get("total")) if props.totals else None
    table = html_table(shown, columns, caption=block.title, total=total, most=PAGE)
    with_heads = re.sub(
        r"<thead>.*?</thead>", lambda _: _head(block, columns, reading), table, count=1, flags=re.DOTALL
    )
    return joined((Html(with_heads), _foot(block, rows, page, last)))


def rows_read(rows: Rows, columns: Sequence[Column], reading: Reading) -> Rows:
    """The rows of the page that is read, in the order that is read."""
    ordered = _sorted(rows, columns, reading).rows
    page = min(reading.page, max(0, (len(ordered) - 1) // PAGE))
    total = rows.total_count if rows.total_count is not None else len(ordered)
    update = {"rows": ordered[page * PAGE : (page + 1) * PAGE], "others_count": None, "total_count": total}
    return rows.model_copy(update=update)


def _sorted(rows: Rows, columns: Sequence[Column], reading: Reading) -> Rows:
    if reading.column is None or reading.column >= len(columns):
        return rows
    column = columns[reading.column]
    place = rows.index(column.name)
    known = [row for row in rows.rows if row[place] is not None]
    known.sort(key=lambda row: _key(row[place], column), reverse=reading.descending)
    return rows.model_copy(update={"rows": (*known, *(row for row in rows.rows if row[place] is None))})


def _key(value: Scalar, column: Column) -> tuple[int, Decimal, str]:
    """What a value is sorted by: its place in business order, its exact number, or its text."""
    if value in column.values:
        return (0, Decimal(column.values.index(value)), "")
    if column.type in NUMBERS:
        try:
            return (1, Decimal(str(value)), "")
        except InvalidOperation:
            pass  # a word among numbers stands behind them
    return (2, Decimal(0), str(value).casefold())


def _head(block: Block, columns: Sequence[Column], reading: Reading) -> Html:
    return element(
        "thead", element("tr", *(_heading(block, at, one, reading) for at, one in enumerate(columns)))
    )


def _heading(block: Block, at: int, column: Column, reading: Reading) -> Html:
    here = reading.column == at
    way = ("descending" if reading.descending else "ascending") if here else None
    arrow = {"descending": "↓", "ascending": "↑", None: "↕"}[way]
    button = element(
        "button",
        said(column.label),
        element("span", arrow, aria_hidden="true", class_="s-arrow"),
        type="button",
        class_="s-sort",
        data_message=json.dumps({"act": "sort", "block": block.id, "column": at}),
    )
    return element("th", button, scope="col", class_="o-n" if is_number(column) else None, aria_sort=way)


def _foot(block: Block, rows: Rows, page: int, last: int) -> Html:
    if not last:
        return element("p", count_text(rows, len(rows.rows)), class_="o-note")
    first, end = page * PAGE + 1, min(len(rows.rows), (page + 1) * PAGE)
    known = rows.total_count if rows.total_count is not None else len(rows.rows)
    cut = (
        f"; the first {grouped(len(rows.rows))} of {grouped(known)} are here"
        if known > len(rows.rows)
        else ""
    )
    text = f"{grouped(first)} to {grouped(end)} of {grouped(len(rows.rows))} rows{cut}"
    return element(
        "nav",
        _turn(block, page - 1, "‹ Before", page > 0),
        element("span", text, class_="s-quiet", role="status"),
        _turn(block, page + 1, "Next ›", page < last),
        class_="s-pages",
        aria_label=f"Pages of {block.title}",
    )


def _turn(block: Block, page: int, label: str, possible: bool) -> Html:
    message = json.dumps({"act": "turn", "block": block.id, "page": max(0, page)})
    return element(
        "button", label, type="button", class_="s-small", data_message=message, disabled=not possible
    )
