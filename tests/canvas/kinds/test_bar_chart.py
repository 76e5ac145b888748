"""Bars: their order, the cut, the others, and two dimensions."""

from __future__ import annotations

from decimal import Decimal

from oracle_kit.canvas.kinds.bar_chart import bars_in, drawing_of, notes
from oracle_kit.canvas.kinds.bars import Bars
from oracle_kit.model import Block
from oracle_kit.query import Having, Order, Query
from tests.canvas import samples
from tests.canvas.samples import CITY, COUNT, MONTH, RATE, STAGE, VALUE, block, dimension, measure, rows


def drawn(made: Block) -> Bars:
    """The bars of a block."""
    bars = bars_in(made)
    assert bars is not None
    return bars


def test_the_largest_stands_first_and_the_querys_order_wins() -> None:
    found = rows((CITY, COUNT), [("Pune", 3), ("Agra", 9), ("Kolkata", None)])
    assert [g.label for g in drawn(block("bar_chart", "x", {"main": found})).groups] == [
        "Agra",
        "Pune",
        "Kolkata",
    ]
    query = Query(dataset="d", order=(Order(by="city"),))
    ordered = block("bar_chart", "x", {"main": found}, queries={"main": query})
    assert [g.label for g in drawn(ordered).groups] == ["Pune", "Agra", "Kolkata"]


def test_listed_values_keep_business_order_and_empty_ones_up_to_the_last_found() -> None:
    found = rows((STAGE, COUNT), [("booking", 2), ("qualification", 9)])
    groups = drawn(block("bar_chart", "x", {"main": found})).groups
    assert [g.label for g in groups] == ["Qualification", "Site visit", "Proposal", "Negotiation", "Booking"]
    assert [g.size for g in groups] == [
        9,
        0,
        0,
        0,
        2,
    ]  # won and lost may be filtered away: nothing is said of them
    having = Query(dataset="d", having=(Having(measure="deal_count", op="ge", values=(2,)),))
    bounded = block("bar_chart", "x", {"main": found}, queries={"main": having})
    assert len(drawn(bounded).groups) == 2


def test_what_lies_beyond_the_first_is_added_up_exactly() -> None:
    data = [(f"City {at}", f"{100 - at}.10") for at in range(20)]
    bars = drawn(block("bar_chart", "x", {"main": rows((CITY, VALUE), [*data])}, props={"top": 17}))
    assert len(bars.groups) == 18
    assert bars.groups[-1].label == "Others (3)"
    assert bars.groups[-1].size == Decimal("83.10") + Decimal("82.10") + Decimal("81.10")


def test_others_that_would_dwarf_the_rest_are_told_instead() -> None:
    data = [(f"City {at}", 200 - at) for at in range(200)]
    made = block("bar_chart", "x", {"main": rows((CITY, COUNT), [*data])})
    assert len(drawn(made).groups) == 12
    assert notes(drawn(made)) == ["Others (188): 17,766 in all, not drawn."]


def test_rates_are_never_added_up() -> None:
    data = [(f"City {at}", at / 20) for at in range(20)]
    bars = drawn(block("bar_chart", "x", {"main": rows((CITY, RATE), [*data])}))
    assert len(bars.groups) == 12
    assert bars.cut == "first 12 of 20; all of them are in the table"


def test_the_querys_own_others_stand_last_with_their_count() -> None:
    found = rows(
        (CITY, COUNT), [("Pune", 3), (None, 2), (None, 4)], others_count=7, truncated=True, total_count=9
    )
    groups = drawn(block("bar_chart", "x", {"main": found})).groups
    assert [g.label for g in groups] == ["Pune", "Not set", "Others (7)"]
    assert groups[-1].rest


def test_two_dimensions_are_stacked_unless_they_cannot_be() -> None:
    made = samples.stacked()
    drawing = drawing_of(made, drawn(made))
    assert drawing.spec.stacked
    assert drawing.series == ("Qualification", "Site visit", "Proposal", "Negotiation", "Booking")
    below = block(
        "bar_chart", "x", {"main": rows((CITY, STAGE, COUNT), [("Pune", "won", -1), ("Pune", "lost", 2)])}
    )
    assert not drawing_of(below, drawn(below)).spec.stacked
    rates = block(
        "bar_chart", "x", {"main": rows((CITY, STAGE, RATE), [("Pune", "won", 0.1), ("Pune", "lost", 0.2)])}
    )
    assert not drawing_of(rates, drawn(rates)).spec.stacked
    beside = samples.stacked(props={"layout": "grouped"})
    assert not drawing_of(beside, drawn(beside)).spec.stacked


def test_many_series_become_seven_and_the_others() -> None:
    kind = dimension("kind", "Kind")
    data = [("Pune", f"Kind {at:02}", 20 - at) for at in range(12)]
    bars = drawn(block("bar_chart", "x", {"main": rows((CITY, kind, COUNT), [*data])}))
    assert bars.series[-1] == "Others (5)"
    assert bars.groups[0].values[-1] == sum(20 - at for at in range(7, 12))


def test_months_are_filled_and_the_running_one_is_starred() -> None:
    made = samples.columns_by_month()
    groups = drawn(made).groups
    assert len(groups) == 12
    assert groups[5].label == "Oct 2025"
    assert groups[5].size == 0
    assert groups[-1].label == "Apr 2026*"
    assert "* not a whole period" in samples.KINDS.html(made)
    best = Query(dataset="d", order=(Order(by="deal_value", descending=True),))
    found = rows((MONTH, VALUE), [("2026-03-01", "9.00"), ("2025-12-01", "4.00")])
    top = drawn(block("bar_chart", "x", {"main": found}, queries={"main": best}))
    assert [g.label for g in top.groups] == ["Mar 2026", "Dec 2025"]


def test_shares_stand_beside_the_figures() -> None:
    share = measure("deal_count_share", "Opportunities, share", "float", "percent").model_copy(
        update={"role": "share"}
    )
    made = block(
        "bar_chart", "x", {"main": rows((CITY, COUNT, share), [("Pune", 30, 0.75), ("Agra", 10, 0.25)])}
    )
    assert [point.label for point in drawing_of(made, drawn(made)).points] == ["30 · 75%", "10 · 25%"]


def test_bars_of_the_same_name_stay_apart() -> None:
    found = rows((dimension("city", "City", type="boolean"), COUNT), [(None, 3), (True, 4), (False, 1)])
    points = drawing_of(made := block("bar_chart", "x", {"main": found}), drawn(made)).points
    assert len({point.x for point in points}) == 3


def test_rows_of_one_name_are_bars_of_their_own() -> None:
    """Two people of one name, told apart by their ids: neither figure is lost, in one series or several."""
    found = rows((CITY, COUNT), [("Pune", 9), ("Agra", 5), ("Pune", 3)])
    groups = drawn(block("bar_chart", "x", {"main": found})).groups
    assert [(g.label, g.size) for g in groups] == [("Pune", 9), ("Agra", 5), ("Pune", 3)]
    split = rows((CITY, STAGE, COUNT), [("Pune", "booking", 9), ("Pune", "booking", 3), ("Pune", "won", 1)])
    several = drawn(block("bar_chart", "x", {"main": split})).groups
    assert sum(g.size for g in several) == 13
    assert [g.label for g in several] == ["Pune", "Pune"]
