"""Rows as an HTML table: typed columns, totals, and how much of the whole it shows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.html import Html, element, joined, said, shown
from oracle_kit.canvas.kinds.columns import NUMBERS, groups, is_id, named, numbers
from oracle_kit.model import Column, Rows
from oracle_kit.query import Order, Scalar

MOST_ROWS = 200


def html_table(
    rows: Rows,
    columns: Sequence[Column],
    *,
    caption: str,
    order: Sequence[Order] = (),
    total: Sequence[Scalar] | None = None,
    most: int = MOST_ROWS,
) -> Html:
    """The first rows in a table that can be scrolled and reached by keyboard; `total` has a value per column."""
    sorts = {one.by: one.descending for one in reversed(order)}
    head = [
        _heading(column, sorts if place == _first_sorted(columns, order) else {})
        for place, column in enumerate(columns)
    ]
    places = [rows.index(column.name) for column in columns]
    others = len(rows.rows) - 1 if rows.others_count else -1
    body = [
        element(
            "tr",
            *_cells([row[place] for place in places], columns, rows.others_count if at == others else None),
        )
        for at, row in enumerate(rows.rows[:most])
    ]
    foot = element("tfoot", element("tr", *_total_cells(total, columns))) if total is not None else None
    table = element(
        "table",
        element("caption", caption, class_="o-hidden"),
        element("thead", element("tr", *head)),
        element("tbody", *body),
        foot,
    )
    return element("div", table, class_="o-scroll", tabindex="0", role="region", aria_label=caption)


def count_text(rows: Rows, most: int) -> str:
    """ "first 50 of 1,203" where the rows are a cut, else how many there are."""
    drawn = min(len(rows.rows), most)
    known = rows.total_count if rows.total_count is not None else len(rows.rows)
    if rows.others_count:
        return f"first {grouped(drawn - 1)} of {grouped(max(known, drawn))}, the rest as others"
    if drawn < known:
        return f"first {grouped(drawn)} of {grouped(known)}"
    if rows.truncated:
        return f"first {grouped(drawn)}; there are more"
    return f"{grouped(drawn)} {'row' if drawn == 1 else 'rows'}"


def total_row(rows: Rows, columns: Sequence[Column], total: Rows | None) -> list[Scalar] | None:
    """A value per column for the last line: from the query `total`, or sums of complete groups; None for none."""
    if total is not None and total.rows:
        made = [_found(total, column) for column in columns]
        return made if any(value is not None for value in made) else None
    sides = [column.role for column in rows.columns]
    if "dimension" not in sides or "period" in sides or (rows.truncated and not rows.others_count):
        return None
    sums = [_sum(rows, column) for column in columns]
    return sums if len(rows.rows) > 1 and any(value is not None for value in sums) else None


def _found(total: Rows, column: Column) -> Scalar:
    there = named(total, column.name)
    return total.rows[0][total.index(column.name)] if there and column.role in ("measure", "field") else None


def _sum(rows: Rows, column: Column) -> Scalar:
    if column.role != "measure" or not column.additive or column.type not in NUMBERS:
        return None
    known = [value for value in numbers(rows, column.name) if value is not None]
    return format(sum(known, Decimal(0)), "f") if known else None


def _first_sorted(columns: Sequence[Column], order: Sequence[Order]) -> int:
    names = [column.name for column in columns]
    return names.index(order[0].by) if order and order[0].by in names else -1


def is_number(column: Column) -> bool:
    """Whether the column stands to the right."""
    return column.type in NUMBERS and not is_id(column)


def _heading(column: Column, sorts: dict[str, bool]) -> Html:
    sort = {True: "descending", False: "ascending", None: None}[sorts.get(column.name)]
    arrow = {"descending": " ↓", "ascending": " ↑", None: None}[sort]
    return element(
        "th",
        said(column.label),
        element("span", arrow, aria_hidden="true") if arrow else None,
        scope="col",
        class_="o-n" if is_number(column) else None,
        aria_sort=sort,
    )


def _cells(row: Sequence[Scalar], columns: Sequence[Column], others: int | None) -> list[Html]:
    made = []
    for value, column in zip(row, columns, strict=True):
        is_rest = others is not None and value is None and column.role == "dimension"
        inside = element("i", f"Others ({grouped(others or 0)})") if is_rest else shown(value, column)
        masked = (
            element("span", inside, class_="o-masked", title="masked by policy") if column.masked else inside
        )
        made.append(element("td", masked, class_=_cell_class(value, column)))
    return made


def _cell_class(value: Scalar, column: Column) -> str | None:
    words = ["o-n"] if is_number(column) else []
    words += ["o-nothing"] if value is None else []
    words += ["o-nowrap"] if column.type in ("date", "timestamp") or is_id(column) else []
    return " ".join(words) or None


def _total_cells(total: Sequence[Scalar], columns: Sequence[Column]) -> list[Html]:
    cells = [
        element(
            "td",
            shown(value, column) if value is not None else None,
            class_="o-n" if is_number(column) else None,
        )
        for value, column in zip(total, columns, strict=True)
    ]
    if total[0] is None:
        cells[0] = element("th", "Total", scope="row")
    return cells


def details_table(rows: Rows, caption: str, order: Sequence[Order] = ()) -> Html:
    """A chart's numbers as a table, folded away until it is opened."""
    columns = (*groups(rows), *(c for c in rows.columns if c.role not in ("dimension", "period")))
    summary = element("summary", "Show as table")
    table = html_table(rows, columns, caption=caption, order=order)
    note = element("p", count_text(rows, MOST_ROWS), class_="o-note") if len(rows.rows) > MOST_ROWS else None
    return element("details", summary, joined((table, note)), class_="o-details")
