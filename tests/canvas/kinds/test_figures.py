"""Numbers, comparisons, boards, maps, tables, texts and events: what they say."""

from __future__ import annotations

from datetime import datetime

import pytest

from oracle_kit.canvas.kinds.comparison import subjects_in
from oracle_kit.canvas.kinds.geo_map import outline, places_in
from oracle_kit.canvas.kinds.pipeline_board import stages_in
from oracle_kit.model import Block, Bound
from tests.canvas import samples
from tests.canvas.markup import Markup, read
from tests.canvas.samples import CITY, COUNT, KINDS, RATE, VALUE, block, field, measure, rows


def picture(made: Block) -> Markup:
    """A block's picture, read back."""
    return read(KINDS.html(made))


def test_a_number_says_its_change_its_window_and_its_exact_value() -> None:
    markup = picture(samples.kpi())
    assert markup.texts(class_="o-figure") == ["₹1.25 Cr"]
    assert "₹1,25,43,210.50" in [one.attributes.get("title") for one in markup.all("bdi")]
    assert markup.texts(class_="o-change") == ["▲ +13.8%"]
    assert markup.all(class_="o-good")
    against = "▲ +13.8% from ₹1.1 Cr in the same part of the month before (1 Mar 2026 – 19 Mar 2026, 09:00)"
    assert markup.texts(class_="o-against") == [against]
    assert markup.texts(class_="o-window") == ["this month (1–30 Apr 2026), so far"]
    assert markup.all("svg", "o-spark")[0].attributes["aria-label"] == "Value over time: 12 points"


@pytest.mark.parametrize(
    ("now", "before", "column", "text", "verdict"),
    [
        (5, 0, COUNT, "▲ +5", "o-good"),
        (0, 5, COUNT, "▼ −100%", "o-bad"),
        (5, 5, COUNT, "= no change", "o-even"),
        (0.4275, 0.451, RATE, "▼ −2.4 points", "o-bad"),
        (3, 2, measure("late", "Late", better="low"), "▲ +50%", "o-bad"),
        (3, 2, measure("plain", "Plain"), "▲ +50%", "o-even"),
        (-3, -2, COUNT, "▼ −50%", "o-bad"),
        (100001, 100000, COUNT, "▲ under 0.1%", "o-good"),
    ],
)
def test_a_change_reads_true(now: float, before: float, column: object, text: str, verdict: str) -> None:
    results = {"main": rows((column,), [(now,)]), "compare": rows((column,), [(before,)])}  # type: ignore[arg-type]
    change = picture(block("kpi_tile", "x", results)).all(class_="o-change")[0]
    assert change.text == text
    assert verdict in (change.attributes["class"] or "")


def test_a_number_that_is_nothing_is_no_zero() -> None:
    made = block("kpi_tile", "x", {"main": rows((RATE,), [(None,)])}, chips=(samples.CITY_CHIP,))
    text = picture(made).all(class_="o-kpi")[0].text
    assert text.startswith("–Win rate has no value")
    assert "City is Kolkata" in text


def test_subjects_differ_from_the_first_and_say_their_window() -> None:
    markup = picture(samples.comparison())
    assert markup.texts(class_="o-change")[:3] == ["▼ −46 (−32.4%)", "▼ −71 (−50%)", "▲ +₹6.5 Cr (+7.7%)"]
    assert "= 0 points" in markup.texts(class_="o-change")
    assert "Same window for all: last 12 months (1 May 2025 – 30 Apr 2026)." in markup.texts(class_="o-note")


def test_periods_differ_from_the_earliest_whatever_their_order() -> None:
    made = subjects_in(samples.periods())
    assert made is not None
    assert made.reference == 1
    notes = picture(samples.periods()).texts(class_="o-note")
    assert notes == ["This month is not over; its figures run up to now."]


def test_the_figure_of_the_same_elapsed_part_is_said() -> None:
    part = Bound(
        field="created_at", start=datetime(2026, 3, 1), end=datetime(2026, 3, 19, 9), text="the same part"
    )
    made = samples.periods()
    results = {**made.results, "elapsed": rows((COUNT, VALUE), [(101, "120500000.00")], bounds=(part,))}
    notes = picture(made.model_copy(update={"results": results})).texts(class_="o-note")
    assert "Opportunities of the same part: 101 in the same part (1 Mar 2026 – 19 Mar 2026, 09:00)." in notes


def test_at_most_six_subjects_stand_side_by_side() -> None:
    made = block("comparison", "x", {"main": rows((CITY, COUNT), [(f"City {at}", at) for at in range(9)])})
    assert len(picture(made).all("th")) == 1 + 6 + 1
    assert "The first 6 of 9 are shown." in picture(made).texts(class_="o-note")


def test_a_board_keeps_empty_stages_in_order_with_count_value_and_cards() -> None:
    stages = stages_in(samples.board())
    assert [stage.label for stage in stages] == [
        "Qualification",
        "Site visit",
        "Proposal",
        "Negotiation",
        "Booking",
    ]
    assert (stages[2].count, stages[2].value, stages[2].cards) == (0, 0, ())
    assert [card.title for card in stages[0].cards] == ["Ananya Sen", "Arjun Das", "Farah Khan"]
    markup = picture(samples.board())
    assert markup.texts(class_="o-count") == ["210", "142", "0", "64", "23"]
    assert "207 more" in markup.texts(class_="o-note")


def test_a_board_of_a_cut_keeps_only_what_is_there() -> None:
    made = samples.board()
    cut = made.results["main"].model_copy(update={"truncated": True})
    assert len(stages_in(made.model_copy(update={"results": {"main": cut}}))) == 4


def test_points_lie_where_they_are_and_those_that_do_not_are_counted() -> None:
    made = places_in(samples.geo())
    assert made is not None
    spots = {place.label: (place.x, place.y) for place in made.places}
    assert (
        spots["Golf Course Towers"][1] < spots["Marine Crest"][1] < spots["Indiranagar Greens"][1]
    )  # north is up
    assert (
        spots["Riverfront One"][0] < spots["Golf Course Towers"][0] < spots["South City Residency"][0]
    )  # east is right
    data = [("London", "51.5", "-0.12", "5.00"), ("Nowhere", None, None, "5.00"), ("Far", "900", "1", "5.00")]
    notes = picture(block("geo_map", "x", {"main": rows(samples.geo().columns, [*data])})).texts(
        class_="o-note"
    )
    assert "2 rows have no place." in notes
    assert "1 row has a place outside the map." in notes


def test_the_outline_is_closed_and_ships_with_the_product() -> None:
    assert outline().startswith("M")
    assert outline().count("M") == outline().count("Z") == 7
    assert picture(samples.geo()).all("path", "o-land")


def test_circles_follow_the_measure_by_area() -> None:
    sizes = [float(one.attributes["r"] or 0) for one in picture(samples.geo()).all("circle")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 22.0


def test_a_table_says_how_much_it_shows_sorts_and_adds_up() -> None:
    markup = picture(samples.table())
    assert markup.texts(class_="o-note") == ["first 12 of 1,203"]
    sorted_heads = [one.text for one in markup.all("th") if one.attributes.get("aria-sort") == "descending"]
    assert sorted_heads == ["Amount ↓"]
    assert {one.attributes["title"] for one in markup.all("span", "o-masked")} == {"masked by policy"}
    total = read(KINDS.html(samples.totals_table())).all("tfoot")[0].text
    assert total == "Total279₹196.7 Cr40.8%"


def test_sums_are_exact_and_only_of_what_adds_up() -> None:
    data = [("A", 1, "0.10", 0.5), ("B", 2, "0.20", 0.25)]
    made = block("table", "x", {"main": rows((CITY, COUNT, VALUE, RATE), [*data])})
    foot = picture(made)
    assert foot.all("tfoot")[0].text == "Total3₹0.3"
    without = block(
        "table", "x", {"main": rows((CITY, COUNT), [("A", 1), ("B", 2)], truncated=True, total_count=9)}
    )
    assert not picture(without).all("tfoot")
    lists = block("table", "x", {"main": rows((field("n", "N", "integer"),), [(1,), (2,)])})
    assert not picture(lists).all("tfoot")


def test_a_folded_row_is_called_others() -> None:
    found = rows((CITY, COUNT), [("A", 5), (None, 9)], others_count=4, truncated=True, total_count=5)
    markup = picture(block("table", "x", {"main": found}))
    assert "Others (4)" in markup.texts("i")
    assert markup.texts(class_="o-note") == ["first 1 of 5, the rest as others"]


def test_a_text_has_the_rows_numbers_and_its_writer() -> None:
    markup = picture(samples.text())
    assert "New opportunities are worth ₹1.25 Cr so far, after ₹1.1 Cr before." in markup.texts("p")
    assert markup.texts("strong") == ["₹1.25 Cr"]
    assert "Written by rule from the rows" in markup.texts("p")
    note = block("text", "Note", {}, props={"text": "Call {nobody} **now**", "written_by": "person"})
    assert picture(note).texts("p") == ["Call {nobody} now", "Note by a person"]
    assert note.source.written_by == "person"
    silent = block("text", "x", {"main": rows((COUNT, VALUE), [(3, "5.00")])})
    assert picture(silent).texts("li") == ["Opportunities: 3", "Value: ₹5"]


def test_events_come_newest_first_and_undated_ones_are_counted() -> None:
    days = picture(samples.activity()).texts("h3")
    assert days == ["19 Apr 2026", "18 Apr 2026", "17 Apr 2026"]
    columns = (field("event_id", "Event", "integer"), field("at", "At", "timestamp"), field("who", "Who"))
    found = rows(columns, [(1, None, "A"), (2, "2026-04-01T10:00:00", "B")])
    for kind in ("activity_stream", "timeline"):
        text = picture(block(kind, "x", {"main": found})).texts(class_="o-note")[0]
        assert "1 without a date are left out." in text


def test_a_timeline_has_a_lane_per_listed_value_with_its_count() -> None:
    lanes = picture(samples.timeline()).texts(class_="o-bar-name")
    assert sorted(lanes) == ["Completed 20", "No-show 9", "Scheduled 11"]


@pytest.mark.parametrize("variant", ["refusal", "denied", "not_understood", "empty", "suggestion"])
def test_a_notice_says_why_what_else_and_what_next(variant: str) -> None:
    markup = picture(samples.notice(variant))
    assert markup.texts("li") == ["Pipeline by city", "Units by facing"]
    assert len(markup.texts(class_="o-next")) == 1
    assert markup.texts(class_="o-next")[0].endswith(".")
    assert markup.all(class_=f"o-{variant}")
