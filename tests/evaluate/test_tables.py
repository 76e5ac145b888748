"""Rows against gold rows: what counts as equal, and what does not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from oracle_kit.evaluate.tables import difference, plain, same
from tests.evaluate.made import rows

CITIES = rows("city:text leads:integer", ("Pune", 3), ("Mumbai", 5))


def test_equal_rows_in_any_order_with_extra_columns() -> None:
    assert difference(CITIES, [("Mumbai", 5), ("Pune", 3)], "set") == ""
    assert difference(CITIES, [(5, "Mumbai"), (3, "Pune")], "set") == ""
    assert difference(CITIES, [(3,), (5,)], "set") == ""


def test_order_counts_only_when_it_is_asked_for() -> None:
    assert difference(CITIES, [("Pune", 3), ("Mumbai", 5)], "ordered") == ""
    assert difference(CITIES, [("Mumbai", 5), ("Pune", 3)], "ordered") != ""


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ([("Pune", 3)], "2 rows where 1 were expected"),
        ([("Pune", 3), ("Mumbai", 5), ("Kolkata", 1)], "2 rows where 3 were expected"),
        ([("Pune", 3), ("Mumbai", 6)], "no column has the values of the gold's column 2"),
        ([("Pune", 5), ("Mumbai", 3)], "other rows or another order"),
        ([], "2 rows where 0 were expected"),
    ],
)
def test_other_rows_differ(gold: list[tuple[Any, ...]], told: str) -> None:
    assert told in difference(CITIES, gold, "set")


def test_values_of_different_rows_are_not_mixed() -> None:
    crossed = rows("a:integer b:integer", (1, 2), (2, 1), (3, 3))
    assert difference(crossed, [(1, 1), (2, 2), (3, 3)], "set") != ""
    assert difference(crossed, [(2, 1), (1, 2), (3, 3)], "set") == ""


def test_a_number_is_one_row_and_is_shown_when_it_differs() -> None:
    one = rows("leads:integer", (7,))
    assert difference(one, [(7,)], "scalar") == ""
    assert difference(one, [(8,)], "scalar") == "(7) where (8) was expected"


def test_a_repeated_row_needs_its_double() -> None:
    twice = rows("n:integer", (1,), (1,))
    assert difference(twice, [(1,), (1,)], "set") == ""
    assert difference(twice, [(1,), (2,)], "set") != ""


def test_exact_numbers_are_exact_and_floats_near() -> None:
    assert same(plain("10.50", "decimal"), plain(Decimal("10.5")))
    assert not same(plain("10.51", "decimal"), plain(Decimal("10.5")))
    assert same(plain(1 / 3), plain(1 / 3 * (1 + 1e-12)))
    assert not same(plain(1 / 3), plain(0.3333))
    assert same(plain(0.25), plain(Decimal("0.25")))
    assert not same(plain(1), plain(True))
    assert not same(plain(None), plain(0))
    assert same(plain(float("nan")), None)


def test_dates_and_times_meet() -> None:
    assert same(plain("2026-04-01", "date"), plain(datetime(2026, 4, 1)))
    assert same(plain("2026-04-01T00:00:00", "timestamp"), plain(date(2026, 4, 1)))
    assert same(plain("2026-04-01T05:30:00+05:30", "timestamp"), plain(datetime(2026, 4, 1)))
    assert not same(plain("2026-04-02", "date"), plain(date(2026, 4, 1)))


def test_floats_on_the_edge_of_rounding_still_meet() -> None:
    edge = 0.1234565
    shown = rows("city:text rate:float", ("Pune", edge * (1 + 4e-10)), ("Mumbai", 0.5))
    assert difference(shown, [("Mumbai", 0.5), ("Pune", edge * (1 - 4e-10))], "set") == ""


def test_a_cut_list_is_right_when_it_says_how_many_there_are() -> None:
    cut = rows("id:integer", (1,), (2,), truncated=True, total_count=4)
    gold = [(4,), (3,), (2,), (1,)]
    assert difference(cut, gold, "set") == ""
    assert difference(cut, [(1,), (2,), (3,), (4,)], "ordered") == ""
    assert difference(cut, gold, "ordered") != ""
    assert difference(cut, gold[:3], "set") == "2 rows where 3 were expected"
    assert difference(cut, [(1,), (9,), (8,), (7,)], "set") != ""


def test_a_cut_list_without_a_count_is_wrong() -> None:
    cut = rows("id:integer", (1,), (2,), truncated=True)
    assert difference(cut, [(1,), (2,), (3,)], "set") == "2 rows where 3 were expected"


def test_rows_cut_to_a_limit_that_was_asked_for_are_compared_one_to_one() -> None:
    top = rows("id:integer", (1,), (2,), truncated=True, total_count=4)
    assert difference(top, [(1,), (2,)], "ordered") == ""
    assert difference(top, [(2,), (1,)], "ordered") != ""


def test_the_row_for_the_others_is_apart() -> None:
    folded = rows("city:text n:integer", ("Pune", 9), ("Mumbai", 5), ("others", 3), others_count=2)
    gold = [("Pune", 9), ("Mumbai", 5), ("Kolkata", 2), ("Chennai", 1)]
    assert difference(folded, gold, "ordered") == ""
    assert difference(folded, gold[:3], "set") != ""
    assert difference(folded, gold[:2], "set") == "4 rows where 2 were expected"


def test_a_total_row_is_apart_and_no_other_row_is() -> None:
    for label in (None, "Total"):
        totalled = rows("city:text n:integer", ("Pune", 3), ("Mumbai", 5), (label, 8))
        assert difference(totalled, [("Mumbai", 5), ("Pune", 3)], "set") == ""
    more = rows("city:text n:integer", ("Pune", 3), ("Mumbai", 5), ("Goa", 8))
    assert difference(more, [("Mumbai", 5), ("Pune", 3)], "set") == "3 rows where 2 were expected"


def test_no_rows_equal_an_empty_gold() -> None:
    assert difference(rows("id:integer"), [], "set") == ""
    assert difference(rows("id:integer"), [(1,)], "set") == "0 rows where 1 were expected"
