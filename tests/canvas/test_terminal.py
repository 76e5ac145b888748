"""Blocks in a terminal: figures, sparklines, bars, and what must look different."""

from __future__ import annotations

from decimal import Decimal

from oracle_kit.canvas.terminal import bar, sparkline
from tests.canvas import samples
from tests.canvas.kinds.test_contract import terminal


def test_a_number_has_its_change_and_sparkline() -> None:
    text = terminal(samples.kpi())
    assert "₹1.25 Cr  Value" in text
    assert "▲ +13.8% from ₹1.1 Cr in the same part of the month before" in text
    assert "▄▄▃▅▅▁▅▆▆▇█▄" in text
    assert "Created this month (by default)" in text


def test_bars_and_sparklines_are_to_scale() -> None:
    assert bar(Decimal(10), Decimal(10)) == "█" * 28
    assert bar(Decimal(5), Decimal(10)) == "█" * 14
    assert bar(Decimal(0), Decimal(10)) == ""
    assert sparkline([Decimal(0), None, Decimal(7)]) == "▁ █"
    assert sparkline([None]) == ""
    assert sparkline([Decimal(3), Decimal(3)]) == "▁▁"


def test_tables_say_how_much_they_show() -> None:
    text = terminal(samples.table(), width=140)
    assert "first 12 of 1,203" in text
    assert "Amount ↓" in text
    assert "98••••••10" in text
    assert "Total" in terminal(samples.totals_table())


def test_boards_comparisons_and_trends_have_their_figures() -> None:
    board = [line for line in terminal(samples.board()).splitlines() if "Proposal" in line]
    assert board[0].split() == ["Proposal", "0", "₹0"]
    assert "▼ −₹44.25 Cr (−52.4%)" in terminal(samples.comparison())
    trend = terminal(samples.line())
    assert "₹96 L in Apr 2026" in trend
    assert "May 2025 to Apr 2026, lowest ₹0, highest ₹1.88 Cr" in trend
    assert "Apr 2026 is not over" in trend


def test_notices_and_suggestions_are_framed() -> None:
    assert terminal(samples.notice()).splitlines()[0].startswith("╭─ Not understood")
    assert "Say it in other words, or take one of the suggestions." in terminal(samples.notice())
    assert (
        terminal(samples.bars(suggestion=True))
        .splitlines()[0]
        .startswith("╭─ Suggestion, not the answer: Pipeline")
    )


def test_a_suggested_table_is_short_and_dates_stay_on_one_line() -> None:
    assert "first 5 of 1,203" in terminal(samples.table(suggestion=True))
    assert "18 Apr 2026, 08:30" in terminal(samples.table(), width=140)


def test_columns_stand_whole_and_the_ones_that_do_not_fit_are_named() -> None:
    text = terminal(samples.table(), width=60)
    assert "Ananya Sen" in text
    assert "…" not in text
    assert "more columns: " in text
    assert "Phone" in text.partition("more columns: ")[2]


def test_markup_of_data_is_text() -> None:
    found = samples.rows((samples.CITY, samples.COUNT), [("[bold red]x[/] [link=http://x]y", 3)])
    assert "[bold red]x[/] [link=http://x]y" in terminal(samples.block("table", "[b]t[/b]", {"main": found}))
