"""A block's rows as CSV with exact values; what a spreadsheet would run as a formula is neutralised."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from oracle_kit.canvas.format import plain_text
from oracle_kit.canvas.kinds.columns import NUMBERS
from oracle_kit.model import Block, Column, Rows
from oracle_kit.query import Scalar

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def block_csv(block: Block) -> str:
    """The main rows under a line of column names; empty for a block without rows."""
    rows = block.results.get("main")
    return rows_csv(rows) if rows is not None else ""


def page_csv(blocks: Iterable[Block]) -> str:
    """Each block that has rows: its title, its rows, an empty line."""
    parts = []
    for block in blocks:
        rows = block.results.get("main")
        if rows is not None:
            parts.append(_written([[_safe(block.title)]]) + rows_csv(rows))
    return "\r\n".join(parts)


def rows_csv(rows: Rows) -> str:
    """Rows as RFC 4180 text; no value is an empty cell."""
    head = [_safe(column.name) for column in rows.columns]
    body = (
        [_cell(value, column) for value, column in zip(row, rows.columns, strict=True)] for row in rows.rows
    )
    return _written([head, *body])


def _written(lines: Iterable[Iterable[str]]) -> str:
    made = io.StringIO()
    csv.writer(made).writerows(lines)
    return made.getvalue()


def _cell(value: Scalar, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    is_number = column.type in NUMBERS and not isinstance(value, str)
    return (
        str(value) if is_number or (column.type in NUMBERS and _is_number(str(value))) else _safe(str(value))
    )


def _is_number(text: str) -> bool:
    return text.replace("-", "", 1).replace(".", "", 1).isdecimal() and text.isascii()


def _safe(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    plain = plain_text(text)
    return f"'{plain}" if plain.lstrip(" \u00a0").startswith(_FORMULA) else plain
