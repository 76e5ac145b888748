"""What every kind of block must do, whatever it is given."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from pydantic import ValidationError
from rich.console import Console

from oracle_kit.canvas.block import build_block, rebuild_block
from oracle_kit.canvas.markdown import block_markdown
from oracle_kit.canvas.page_html import block_html
from oracle_kit.canvas.terminal import block_text
from oracle_kit.errors import ContentError
from oracle_kit.model import Block, Kind, Rows, Source, Step
from oracle_kit.query import Scalar
from tests.canvas import hostile, samples
from tests.canvas.markup import read, unsafe
from tests.canvas.samples import KINDS, SAMPLES

NAMES = KINDS.names


def terminal(block: Block, width: int = 100) -> str:
    """The block as a terminal shows it, without colours."""
    console = Console(width=width, record=True, file=StringIO(), color_system=None)
    console.print(block_text(block))
    return console.export_text()


def test_every_kind_of_the_model_is_there() -> None:
    assert set(NAMES) == set(Kind.__args__)  # type: ignore[attr-defined]  # a Literal's values
    assert set(SAMPLES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_props_are_closed_frozen_and_hold_no_value_of_the_rows(name: str) -> None:
    block, kind = SAMPLES[name](), KINDS.get(name)
    assert kind is not None
    with pytest.raises(ValidationError):
        kind.Props.model_validate({"surely_unknown": 1})
    props = kind.Props.model_validate(block.props)
    assert props.model_config["frozen"]
    values = {
        str(v) for rows in block.results.values() for row in rows.rows for v in row if isinstance(v, str)
    }
    if name not in ("notice", "text"):
        assert not values & set(_strings(block.props))


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", NAMES)
def test_build_is_pure_and_building_again_changes_nothing(name: str) -> None:
    block = SAMPLES[name]()
    before = block.model_dump_json()
    assert SAMPLES[name]().props == block.props
    again = rebuild_block(block, block.results, KINDS, block.source)
    assert again == block
    assert block.model_dump_json() == before


@pytest.mark.parametrize("name", NAMES)
def test_unknown_props_name_the_kind_and_the_nearest_prop(name: str) -> None:
    kind = KINDS.get(name)
    assert kind is not None
    known = next(iter(kind.Props.model_fields))
    step = Step(kind=name, title="x", props={f"{known}x": 1})  # type: ignore[arg-type]
    with pytest.raises(ContentError, match=name) as raised:
        build_block(step, {}, KINDS, Source(), "blk_1")
    assert known in raised.value.hint
    assert raised.value.field == f"props.{known}x"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [1, 4, 12])
def test_html_is_whole_safe_and_says_title_and_source(name: str, width: int) -> None:
    block = SAMPLES[name]().model_copy(update={"width": width})
    markup = read(block_html(block, KINDS))
    assert markup.faults == []
    assert unsafe(markup) == []
    assert markup.texts("h2") == [block.title]
    if block.source.queries:
        assert "as of 19 Apr 2026, 09:00 UTC" in markup.texts("footer")[0]
    for picture in markup.all("svg"):
        named = picture.attributes.get("role") == "img" and picture.attributes.get("aria-label")
        assert named or picture.attributes.get("aria-hidden") == "true"


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_result_says_which_filters_emptied_it(name: str) -> None:
    if name in ("notice", "text"):
        pytest.skip("they stand without rows")
    block = samples.empty(name)
    for text in (
        read(block_html(block, KINDS)).all("article")[0].text,
        terminal(block),
        block_markdown(block),
    ):
        assert "City is Kolkata" in text
        assert "Created this month" in text
        assert "your opportunities" in text
        assert "Remove one of these filters, or widen the window." in text.replace("\\", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_read_and_denied_are_not_shown_as_empty(name: str) -> None:
    if name not in ("notice", "text"):
        unread = SAMPLES[name]().model_copy(update={"results": {}})
        assert "has not been run yet" in block_html(unread, KINDS)
        assert "has not been run yet" in terminal(unread)
    withheld = SAMPLES[name]().model_copy(
        update={"results": {}, "withheld": "You may not read this dataset."}
    )
    for text in (block_html(withheld, KINDS), terminal(withheld), block_markdown(withheld)):
        assert "You may not read this dataset" in text
        assert "No rows" not in text


@pytest.mark.parametrize("name", NAMES)
def test_whatever_data_holds_is_text(name: str) -> None:
    block = hostile.texts(name)
    html = block_html(block, KINDS)
    markup = read(html)
    assert markup.faults == []
    assert unsafe(markup) == []
    assert "\x00" not in html
    assert "\x1b" not in html
    assert markup.texts("h2") == ["<script>alert(1)</script>"]
    seen = terminal(block)
    assert "\x1b" not in seen
    assert "\x08" not in seen


@pytest.mark.parametrize("name", NAMES)
def test_all_nulls_and_one_row_stay_readable(name: str) -> None:
    if name in ("notice", "text"):
        pytest.skip("they stand without rows")
    block = SAMPLES[name]()
    for change in (_nulls, _first):
        odd = {query: change(rows) for query, rows in block.results.items()}
        made = rebuild_block(block, odd, KINDS, block.source)
        markup = read(block_html(made, KINDS))
        assert markup.faults == []
        assert markup.all(class_="o-body")[0].text.strip()
        assert terminal(made).strip()


def _nulls(rows: Rows) -> Rows:
    data: tuple[tuple[Scalar, ...], ...] = tuple((None,) * len(rows.columns) for _ in rows.rows)
    return rows.model_copy(update={"rows": data})


def _first(rows: Rows) -> Rows:
    return rows.model_copy(update={"rows": rows.rows[:1]})


@pytest.mark.parametrize("name", NAMES)
def test_a_suggestion_is_marked_everywhere(name: str) -> None:
    block = SAMPLES[name]().model_copy(update={"suggestion": True})
    assert "Suggestion, not the answer" in block_html(block, KINDS)
    assert "Suggestion" in block_markdown(block)
    if name != "notice":
        assert "Suggestion, not the answer" in terminal(block)


def test_an_unknown_kind_or_props_of_another_version_are_a_notice() -> None:
    unknown = samples.bars().model_copy(update={"kind": "hologram"})
    other = samples.bars().model_copy(update={"props": {"measure": "deal_value", "sparkle": True}})
    for block, word in ((unknown, "hologram"), (other, "other properties")):
        markup = read(block_html(block, KINDS))
        assert word in markup.all(class_="o-notice")[0].text
        assert "Update Oracle" in markup.all(class_="o-notice")[0].text
    assert "hologram" in terminal(unknown)
    assert rebuild_block(unknown, unknown.results, KINDS, unknown.source) == unknown
    with pytest.raises(ContentError, match="hologram"):
        KINDS.check("hologram", {})


@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", NAMES)
def test_any_kind_can_be_shown_as_any_other(first: str, second: str) -> None:
    block = SAMPLES[first]().model_copy(update={"kind": second})
    made = rebuild_block(block, block.results, KINDS, block.source)
    assert read(block_html(made, KINDS)).faults == []
    assert terminal(made).strip()


@pytest.mark.parametrize("case", hostile.CASES)
def test_odd_figures_stay_readable(case: str) -> None:
    block = hostile.CASES[case]
    markup = read(block_html(block, KINDS))
    assert markup.faults == []
    assert unsafe(markup) == []
    assert "nan" not in markup.all(class_="o-body")[0].text.lower().split()
    assert "NaN" not in block_html(block, KINDS)
    assert "Infinity" not in block_html(block, KINDS)
    assert terminal(block).strip()
    assert block_markdown(block).startswith("## ")


def test_a_million_rows_are_cut_and_said_to_be() -> None:
    block = hostile.million()
    html = KINDS.html(block)
    assert len(html) < 200_000
    assert "first 200 of 10,00,000" in html
    assert "first 20 of 10,00,000" in terminal(block)


def test_props_that_name_columns_gone_are_worked_out_again() -> None:
    block = samples.bars()
    other = samples.totals_table().results["main"]
    made = rebuild_block(block, {"main": other}, KINDS, block.source)
    assert (made.props["category"], made.props["measure"]) == ("city", "deal_value")
    fewer = samples.rows((samples.STAGE, samples.COUNT), [("won", 3)])
    made = rebuild_block(block, {"main": fewer}, KINDS, block.source)
    assert (made.props["category"], made.props["measure"]) == ("stage", "deal_count")


def test_what_a_step_says_of_its_looks_is_kept() -> None:
    block: Callable[..., Block] = samples.stacked
    made = block(props={"layout": "grouped", "top": 3})
    assert (made.props["layout"], made.props["top"]) == ("grouped", 3)
    assert samples.activity().props["who"] == "advisor_name"
