"""A block as Markdown that reads well where nothing else is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from oracle_kit.canvas.format import format_value, grouped, plain_text
from oracle_kit.canvas.format_time import bounds_text
from oracle_kit.canvas.kinds.columns import cell, is_blank, main_rows
from oracle_kit.canvas.kinds.empty import empty_sentence, filters_of, next_step
from oracle_kit.canvas.kinds.kpi_tile import change_of, compare_sentence, measure_of
from oracle_kit.canvas.kinds.notice import NEXT, NoticeProps, notice_text
from oracle_kit.canvas.kinds.rows_table import count_text, is_number
from oracle_kit.canvas.kinds.text import filled_text
from oracle_kit.canvas.page_html import source_text
from oracle_kit.model import Block, Rows

MOST_ROWS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~$^=-])")


def block_markdown(block: Block, most: int = MOST_ROWS) -> str:
    """Title, chips, the first rows as a table, source; data is escaped, so none of it is markup."""
    mark = "**Suggestion, not the answer.** " if block.suggestion else ""
    chips = " · ".join(escaped(chip.label) for chip in block.chips)
    parts = [f"## {escaped(block.title)}", mark, chips, _body(block, most), _small(source_text(block))]
    return "\n\n".join(part for part in parts if part)


def escaped(text: str) -> str:
    """The text in one line with every sign that Markdown reads taken literally."""
    return _SPECIAL.sub(r"\\\1", " ".join(plain_text(text).split()))


def _small(text: str) -> str:
    return f"_{escaped(text)}_" if text else ""


def _body(block: Block, most: int) -> str:
    if block.withheld is not None:
        return _paragraphs((block.withheld, NEXT["withheld"]))
    if block.kind == "notice":
        return _paragraphs(notice_text(NoticeProps.model_validate(block.props)))
    if block.kind == "text":
        return "\n\n".join(
            escaped(part).replace("\\*\\*", "**") for part in filled_text(block).splitlines() if part
        )
    rows = main_rows(block)
    if rows is None or is_blank(rows):
        return _paragraphs((empty_sentence(block), *filters_of(block), next_step(block)))
    return _figure(block, rows) if block.kind == "kpi_tile" and measure_of(block) else _table(rows, most)


def _paragraphs(lines: Iterable[str]) -> str:
    return "\n\n".join(escaped(line) for line in lines if line)


def _figure(block: Block, rows: Rows) -> str:
    column = measure_of(block)
    if column is None:
        return ""
    lines = [
        f"**{escaped(format_value(cell(rows, rows.rows[0], column.name), column))}** {escaped(column.label)}"
    ]
    change = change_of(block, column)
    if change is not None:
        lines.append(escaped(f"{change.arrow} {change.text} from {compare_sentence(block, column)}"))
    return "\n\n".join([*lines, escaped(bounds_text(rows.bounds))])


def _table(rows: Rows, most: int) -> str:
    columns = rows.columns
    lines = [_line([escaped(column.label) for column in columns])]
    lines.append(_line(["---:" if is_number(column) else "---" for column in columns]))
    for row in rows.rows[:most]:
        cells = [escaped(format_value(value, column)) for value, column in zip(row, columns, strict=True)]
        if rows.others_count and row is rows.rows[-1]:
            cells[0] = f"Others \\({grouped(rows.others_count)}\\)"
        lines.append(_line(cells))
    return "\n".join(lines) + f"\n\n{escaped(count_text(rows, most))}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
