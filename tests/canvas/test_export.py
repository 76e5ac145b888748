"""Pages as files: JSON Canvas by its published rules, CSV that no spreadsheet runs, JSON, a valid notebook."""

from __future__ import annotations

import csv
import io
import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle_kit.canvas.csv_export import block_csv, page_csv
from oracle_kit.canvas.export import export_page
from oracle_kit.canvas.markdown import block_markdown, escaped
from oracle_kit.errors import Refused
from oracle_kit.model import Block, Revision
from tests.canvas import hostile, samples
from tests.canvas.samples import CITY, COUNT, KINDS, VALUE, block, rows
from tests.canvas.test_html_page import page, revision

BLOCKS = samples.whole_page()


def exported(form: str, blocks: tuple[Block, ...] = BLOCKS) -> str:
    """A page with the blocks in some form."""
    return export_page(page(), revision(blocks), form, KINDS)


def test_a_canvas_file_keeps_the_published_rules() -> None:
    """JSON Canvas 1.0: nodes of a known type, unique ids, whole positions; groups may have a label."""
    made = json.loads(exported("canvas"))
    assert set(made) == {"nodes", "edges"}
    ids = [node["id"] for node in made["nodes"]]
    assert len(ids) == len(set(ids)) == len(BLOCKS) + 1
    for node in made["nodes"]:
        assert node["type"] in ("text", "group")
        assert all(type(node[name]) is int for name in ("x", "y", "width", "height"))
        assert node["width"] > 0
        assert node["height"] > 0
        allowed = {"text": {"text"}, "group": {"label", "background", "backgroundStyle"}}[node["type"]]
        assert set(node) - {"id", "type", "x", "y", "width", "height", "color"} <= allowed
        assert node.get("color", "1") in tuple("123456")


def test_canvas_nodes_lie_side_by_side_inside_the_group() -> None:
    group, *nodes = json.loads(exported("canvas"))["nodes"]
    assert group["type"] == "group"
    for at, one in enumerate(nodes):
        assert group["x"] <= one["x"]
        assert one["x"] + one["width"] <= group["x"] + group["width"]
        assert one["y"] + one["height"] <= group["y"] + group["height"]
        for other in nodes[at + 1 :]:
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            below = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert beside or below


def test_markdown_reads_and_holds_no_markup_of_data() -> None:
    text = block_markdown(samples.table())
    assert text.startswith("## Open opportunities in negotiation")
    assert "| 1001 | Ananya Sen | Qualification | ₹9.85 Cr | 90% |" in text
    assert "first 12 of 1,203" in text
    for name in KINDS.names:
        hostile_text = block_markdown(hostile.texts(name))
        assert "<script>" not in hostile_text.replace("\\<script\\>", "")
        assert "\x00" not in hostile_text


@given(st.text(max_size=80))
def test_escaped_text_is_one_line_without_bare_signs(text: str) -> None:
    made = escaped(text)
    assert "\n" not in made
    for at, sign in enumerate(made):
        if sign in "<>|*_[`#":
            assert made[at - 1] == "\\"


def test_csv_has_exact_values() -> None:
    made = list(csv.reader(io.StringIO(block_csv(samples.totals_table()))))
    assert made[0] == ["city", "deal_count", "deal_value", "win_rate"]
    assert made[1] == ["Mumbai", "120", "954500000.00", "0.425"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0", "＝1"]
)
def test_formulas_are_neutralised_and_numbers_are_not(text: str) -> None:
    made = block("table", "x", {"main": rows((CITY, COUNT, VALUE), [(text, -5, "-12.50")])})
    (_, line) = csv.reader(io.StringIO(block_csv(made), newline=""))
    assert line[0].startswith("'")
    assert line[1:] == ["-5", "-12.50"]


def test_a_number_column_that_holds_text_is_neutralised_too() -> None:
    made = block("table", "x", {"main": rows((CITY, VALUE), [("Pune", "-1+cmd")])})
    assert "'-1+cmd" in block_csv(made)


def test_titles_and_names_of_columns_are_neutralised_and_no_value_is_empty() -> None:
    column = CITY.model_copy(update={"name": "=city"})
    made = block("table", "=HYPERLINK(1)", {"main": rows((column, COUNT), [(None, None)])})
    text = page_csv((made, samples.notice()))
    assert text.splitlines() == ["'=HYPERLINK(1)", "'=city,deal_count", ","]


def test_csv_of_a_page_names_each_block() -> None:
    lines = exported("csv", (samples.bars(), samples.notice(), samples.totals_table())).splitlines()
    assert lines[0] == "Pipeline value by city"
    assert "Cities" in lines
    assert lines[lines.index("Cities") - 1] == ""


def test_json_comes_back_as_the_same_revision() -> None:
    made = json.loads(exported("json"))
    assert made["format"] == "oracle-page/1"
    assert made["page"]["title"] == "Sales desk, April"
    assert Revision.model_validate(made["revision"]) == revision(BLOCKS)


def test_the_notebook_is_valid_small_and_runs_as_python() -> None:
    made = nbformat.reads(exported("ipynb"), as_version=4)
    nbformat.validate(made)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    scope: dict[str, object] = {}
    exec(compile(code[1], "definition", "exec"), scope)  # noqa: S102  # the cell that only reads the definition
    definition = scope["definition"]
    assert isinstance(definition, dict)
    assert [one["title"] for one in definition["revision"]["blocks"]] == [one.title for one in BLOCKS]
    assert all(one["results"] == {} for one in definition["revision"]["blocks"])
    for cell in code:
        compile(cell, "cell", "exec")


def test_a_notebook_of_hostile_blocks_is_still_python() -> None:
    blocks = tuple(hostile.texts(name).model_copy(update={"id": f"blk_{name}"}) for name in KINDS.names)
    made = nbformat.reads(exported("ipynb", blocks), as_version=4)
    nbformat.validate(made)
    for cell in made.cells:
        if cell.cell_type == "code":
            compile(cell.source, "cell", "exec")


def test_an_unknown_form_names_those_there_are() -> None:
    with pytest.raises(Refused, match="no export form 'htm'") as raised:
        exported("htm")
    assert "html" in raised.value.hint
