"""Tables sorted and read page by page: exact, and only what is there."""

from __future__ import annotations

from oracle_kit.model import Column, Rows
from oracle_kit.preview.tables import PAGE, Reading, table_html
from tests.canvas import hostile
from tests.canvas.markup import read
from tests.canvas.samples import NOW, block, field

NAME, SIZE = field("name", "Name"), field("size", "Size", "decimal")
STAGE = field("stage", "Stage", values=("new", "won", "lost"), labels=("New", "Won", "Lost"))


def names(rows: Rows, reading: Reading) -> list[str]:
    html = table_html(block("table", "Things", {"main": rows}), reading)
    assert html is not None
    return [one.text for one in read(html).all("td")][:: len(rows.columns)]


def rows(columns: tuple[Column, ...], data: list[tuple[object, ...]]) -> Rows:
    return Rows(columns=columns, rows=tuple(data), as_of=NOW)  # type: ignore[arg-type]  # plain values


def test_numbers_sort_by_their_exact_value_nothing_last() -> None:
    found = rows(
        (NAME, SIZE),
        [
            ("a", "10.5"),
            ("b", "9"),
            ("c", None),
            ("d", "1000000000000000000000.1"),
            ("e", "1000000000000000000000.2"),
        ],
    )
    assert names(found, Reading(1)) == ["b", "a", "d", "e", "c"]
    assert names(found, Reading(1, descending=True)) == ["e", "d", "a", "b", "c"]


def test_listed_values_sort_in_business_order_words_without_case() -> None:
    found = rows((NAME, STAGE), [("B", "lost"), ("a", "new"), ("C", "won")])
    assert names(found, Reading(1)) == ["a", "C", "B"]
    assert names(found, Reading(0)) == ["a", "B", "C"]


def test_pages_hold_every_row_once() -> None:
    found = rows((NAME,), [(f"n{at:03}",) for at in range(60)])
    seen = [name for page in range(3) for name in names(found, Reading(page=page))]
    assert seen == [f"n{at:03}" for at in range(60)]
    assert names(found, Reading(page=99)) == [f"n{at:03}" for at in range(50, 60)]


def test_column_that_is_no_longer_there_leaves_the_order() -> None:
    found = rows((NAME,), [("b",), ("a",)])
    assert names(found, Reading(7)) == ["b", "a"]


def test_headings_are_buttons_that_say_the_order() -> None:
    html = table_html(
        block("table", "Things", {"main": rows((NAME, SIZE), [("a", "1"), ("b", "2")])}), Reading(1)
    )
    markup = read(html or "")
    heads = markup.all("th")
    assert [one.attributes.get("aria-sort") for one in heads[:2]] == [None, "ascending"]
    assert not markup.faults
    assert all(one.attributes.get("data-message") for one in markup.all("button", "s-sort"))


def test_hostile_words_stay_text() -> None:
    html = table_html(hostile.texts("table"), Reading(2, descending=True))
    markup = read(html or "")
    assert not markup.faults
    assert not markup.all("script")
    assert not markup.all("img")
    assert not [name for one in markup.elements for name in one.attributes if name.startswith("on")]


def test_only_tables_with_rows_are_sorted() -> None:
    assert table_html(hostile.texts("bar_chart"), Reading()) is None
    assert table_html(block("table", "None", {"main": rows((NAME,), [])}), Reading()) is None
    assert PAGE == 25
