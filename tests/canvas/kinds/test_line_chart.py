"""Lines over time: what is filled in, what is not, and what is marked as not whole."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from oracle_kit.canvas.kinds.line_chart import lines_in, notes
from oracle_kit.canvas.kinds.periods import PeriodPoint
from oracle_kit.model import Block, Bound
from oracle_kit.query import Having, Query
from tests.canvas import samples
from tests.canvas.samples import CITY, COUNT, MONTH, RATE, VALUE, block, dimension, rows


def points(made: Block, line: int = 0) -> tuple[PeriodPoint, ...]:
    """The points of one line of a block."""
    lines = lines_in(made)
    assert lines is not None
    return lines.lines[line].points


def test_missing_months_of_a_sum_are_zero_between_the_windows_bounds() -> None:
    found = {point.day: point for point in points(samples.line())}
    assert len(found) == 12
    assert (min(found), max(found)) == (date(2025, 5, 1), date(2026, 4, 1))
    assert (found[date(2025, 10, 1)].value, found[date(2025, 10, 1)].made) == (Decimal(0), True)
    assert not found[date(2025, 9, 1)].made


def test_months_before_the_first_row_are_filled_and_the_future_is_not() -> None:
    window = Bound(field="created_at", start=datetime(2026, 1, 1), end=datetime(2027, 1, 1), text="this year")
    found = rows((MONTH, COUNT), [("2026-03-01", 4)], bounds=(window,))
    days = [point.day.month for point in points(block("line_chart", "x", {"main": found}))]
    assert days == [1, 2, 3, 4]  # now is April


def test_rates_have_gaps_instead_of_zero() -> None:
    found = rows((MONTH, RATE), [("2025-05-01", 0.5), ("2025-08-01", 0.4)])
    values = [point.value for point in points(block("line_chart", "x", {"main": found}))]
    assert values == [Decimal("0.5"), None, None, Decimal("0.4")]


def test_groups_that_a_bound_or_a_cut_left_out_are_not_zero() -> None:
    data = [("2025-05-01", 50), ("2025-08-01", 40)]
    having = Query(dataset="d", having=(Having(measure="deal_count", op="ge", values=(30,)),))
    bounded = block("line_chart", "x", {"main": rows((MONTH, COUNT), [*data])}, queries={"main": having})
    cut = block("line_chart", "x", {"main": rows((MONTH, COUNT), [*data], truncated=True, total_count=9)})
    for made in (bounded, cut):
        assert [point.day.month for point in points(made)] == [5, 8]
    lines = lines_in(cut)
    assert lines is not None
    assert "The line has the first 2 of 9 periods." in [*notes(lines, cut.results["main"])]


@pytest.mark.parametrize("hours", [-10.0, -5.0, 0.0, 5.5, 12.0])
def test_a_time_zone_shifts_no_period(hours: float) -> None:
    """Bounds are in UTC; a local month begins up to half a day before or after."""
    from datetime import timedelta

    shift = timedelta(hours=hours)
    start, end = datetime(2025, 10, 1) - shift, datetime(2026, 2, 1) - shift
    bound = Bound(field="created_at", start=start, end=end, text="four months")
    found = rows((MONTH, COUNT), [("2025-11-01", 4)], bounds=(bound,))
    made = points(block("line_chart", "x", {"main": found}))
    assert [point.day for point in made] == [
        date(2025, 10, 1),
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
    assert not any(point.partial for point in made)


def test_the_running_period_and_the_one_the_window_cuts_are_marked() -> None:
    bound = Bound(
        field="created_at", start=datetime(2026, 2, 18), end=datetime(2026, 4, 19, 9), text="last 60 days"
    )
    found = rows((MONTH, COUNT), [("2026-02-01", 4), ("2026-03-01", 9), ("2026-04-01", 5)], bounds=(bound,))
    made = block("line_chart", "x", {"main": found})
    assert [(p.clipped, p.running) for p in points(made)] == [(True, False), (False, False), (False, True)]
    html = samples.KINDS.html(made)
    assert "Feb 2026 lies only partly inside the window and is drawn dotted." in html
    assert "Apr 2026 is not over: it is counted up to 19 Apr 2026 and drawn dotted." in html
    assert "Apr 2026: 5 so far" in html


def test_series_share_the_same_periods_and_the_smallest_are_left_to_the_table() -> None:
    data = [
        (f"2025-{month:02}-01", f"City {city}", city + 1)
        for city in range(10)
        for month in range(1, 4)
        if month != city
    ]
    made = block("line_chart", "x", {"main": rows((MONTH, CITY, COUNT), [*data])})
    lines = lines_in(made)
    assert lines is not None
    assert len(lines.lines) == 8
    assert {len(line.points) for line in lines.lines} == {3}
    assert "the 8 largest of 10 series; all of them are in the table" in samples.KINDS.html(made)


def test_rows_without_a_date_are_counted() -> None:
    made = block("line_chart", "x", {"main": rows((MONTH, COUNT), [("2025-05-01", 2), (None, 7)])})
    assert "1 without a date is left out; the table has them." in samples.KINDS.html(made)


def test_a_running_total_is_drawn_and_rows_without_time_become_bars() -> None:
    running = VALUE.model_copy(update={"name": "deal_value_running", "role": "running", "additive": False})
    made = block("line_chart", "x", {"main": rows((MONTH, VALUE, running), [("2025-05-01", "1.00", "1.00")])})
    assert made.props["measure"] == "deal_value_running"
    bars = block("line_chart", "x", {"main": rows((CITY, COUNT), [("Pune", 3)])})
    assert "Opportunities by City" in samples.KINDS.html(bars).replace("<bdi>", "").replace("</bdi>", "")


@pytest.mark.parametrize(
    ("grain", "first", "second"),
    [
        ("day", "2026-02-28", "2026-03-02"),
        ("week", "2025-12-29", "2026-01-12"),
        ("quarter", "2025-10-01", "2026-04-01"),
        ("year", "2023-04-01", "2025-04-01"),
    ],
)
def test_every_grain_is_filled(grain: str, first: str, second: str) -> None:
    time = dimension(f"created_at_{grain}", "Created", type="date", grain=grain)
    made = points(block("line_chart", "x", {"main": rows((time, COUNT), [(first, 1), (second, 2)])}))
    assert [point.value for point in made] == [1, 0, 2]
