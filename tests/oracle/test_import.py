"""A page comes back in from its export: its questions, asked again; nothing of the file is trusted."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from oracle_kit import Block, NotPermitted, Oracle, Page, Refused, Viewer
from oracle_kit.canvas.page_import import LARGEST, MOST_BLOCKS
from oracle_kit.errors import FieldNotAllowed, QueryRefused
from oracle_kit.ids import new_id

PROMPTS = (
    "units by city",
    "pipeline by stage",
    "Show overdue high-QD follow-ups",
    "won deals by month this year",
)


def exported(oracle: Oracle, viewer: Viewer, *prompts: str) -> dict[str, Any]:
    """The export of a page on which these prompts were asked, parsed."""
    page = oracle.pages.create("Monday", viewer=viewer).id
    for prompt in prompts:
        oracle.ask(prompt, viewer=viewer, page=page)
    told: dict[str, Any] = json.loads(oracle.pages.export(page, "json", viewer=viewer))
    return told


def shown(oracle: Oracle, page: Page, viewer: Viewer) -> tuple[Block, ...]:
    """The blocks of a page."""
    return oracle.pages.revision(page.id, viewer=viewer).blocks


def one_block(**fields: Any) -> dict[str, Any]:
    """A file with one block."""
    block = {"kind": "table", "title": "Units", "queries": {"main": {"dataset": "crm.leads"}}, **fields}
    return {"format": "oracle-page/1", "page": {"title": "x"}, "revision": {"blocks": [block]}}


def test_an_export_comes_back_as_a_page_of_ones_own(oracle: Oracle, analyst: Viewer) -> None:
    told = exported(oracle, analyst, *PROMPTS)
    told["revision"]["blocks"].append({"kind": "text", "title": "", "props": {"text": "Call first."}})
    page = oracle.pages.import_page(json.dumps(told), viewer=analyst)
    assert (page.title, page.owner, page.head_number, page.forked_from) == ("Monday", analyst.id, 1, None)
    blocks = shown(oracle, page, analyst)
    before = told["revision"]["blocks"]
    for one, other in zip(blocks, before, strict=True):
        assert (one.kind, one.title, one.width) == (other["kind"], other["title"], other.get("width", 12))
        assert json.loads(json.dumps(one.rows)) == other.get("results", {}).get("main", {}).get("rows", [])
        assert one.id != other.get("id")
        assert one.source.imported
        assert one.source.mode is None
        assert one.template_id is None
    assert blocks[-1].props == {"text": "Call first.", "written_by": "person"}
    revision = oracle.pages.revision(page.id, viewer=analyst)
    assert (revision.kind, revision.author, revision.prompt) == ("created", analyst.id, None)
    assert oracle.pages.refresh(page.id, viewer=analyst).revision is None
    assert "from an imported file" in oracle.pages.export(page.id, "html", viewer=analyst)


def test_nothing_of_the_file_is_believed(oracle: Oracle, analyst: Viewer) -> None:
    told = exported(oracle, analyst, "units by city")
    block = told["revision"]["blocks"][0]
    block["results"]["main"]["rows"] = [["Atlantis", 1_000_000]]
    block["chips"] = [{"id": "c", "label": "all of Atlantis", "field": "city", "op": "eq"}]
    block["source"] |= {"mode": "codebook_retrieval", "template_id": "a.b.c", "imported": False}
    told["revision"] |= {
        "author": "the-boss",
        "parents": ["rev_of_theirs"],
        "hash": "x",
        "plan": {"steps": [7]},
    }
    told["page"] |= {"owner": "the-boss", "id": "page_of_theirs"}
    page = oracle.pages.import_page(told, viewer=analyst, title="Mine")
    text = oracle.pages.export(page.id, "json", viewer=analyst)
    assert not [word for word in ("Atlantis", "the-boss", "a.b.c", "of_theirs") if word in text]
    assert page.title == "Mine"
    labels = [chip.label for chip in shown(oracle, page, analyst)[0].chips]
    assert "by city" in labels


def test_each_importer_reads_under_their_own_rights(oracle: Oracle, analyst: Viewer) -> None:
    told = exported(oracle, analyst, "list leads in Mumbai")
    advisor = oracle.viewer("advisor")
    (block, *_) = shown(oracle, oracle.pages.import_page(told, viewer=advisor), advisor)
    assert "your leads" in block.source.queries["main"].policies
    assert len(block.rows) < len(told["revision"]["blocks"][0]["results"]["main"]["rows"])
    with pytest.raises(NotPermitted):
        oracle.pages.import_page(told, viewer=oracle.viewer("viewer"))


def test_what_was_withheld_from_who_exported_is_left_out(oracle: Oracle, analyst: Viewer) -> None:
    page = str(oracle.ask("calls with Sunil", viewer=analyst).page_id)
    oracle.ask("units by city", viewer=analyst, page=page)
    advisor = oracle.viewer("advisor")
    oracle.pages.change(page, viewer=analyst, viewers=(advisor.id,))
    text = oracle.pages.export(page, "json", viewer=advisor)
    mine = oracle.pages.import_page(text, viewer=analyst)
    assert "left out" in oracle.pages.revision(mine.id, viewer=analyst).message
    assert any(one.rows for one in shown(oracle, mine, analyst))


def test_the_exported_notebook_builds_the_page_again(oracle: Oracle, analyst: Viewer) -> None:
    page = str(oracle.ask("units by city", viewer=analyst).page_id)
    notebook = nbformat.reads(oracle.pages.export(page, "ipynb", viewer=analyst), as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    names: dict[str, Any] = {"oracle": oracle, "viewer": analyst}
    for source in cells[1:]:  # the first opens Oracle
        exec(source, names)  # noqa: S102  # our own export, run as its reader would
    assert (
        shown(oracle, names["page"], analyst)[0].rows
        == shown(oracle, oracle.pages.read(page, viewer=analyst), analyst)[0].rows
    )


def nested(depth: int) -> dict[str, Any]:
    """A filter within a filter, so deep."""
    where: dict[str, Any] = {"kind": "term", "name": "x"}
    for _ in range(depth):
        where = {"kind": "not", "part": where}
    return where


BAD: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "not JSON"),
    "deep": ("[" * 100_000, "not JSON"),
    "no number": ('{"format": NaN}', "not JSON"),
    "huge": (" " * (LARGEST + 1), "at most"),
    "a list": ("[]", "no exported page"),
    "another format": ({"format": "oracle-page/2"}, "no exported page"),
    "no blocks": ({"format": "oracle-page/1", "page": {}, "revision": {}}, "no blocks"),
    "too many blocks": (
        {"format": "oracle-page/1", "page": {}, "revision": {"blocks": [{}] * (MOST_BLOCKS + 1)}},
        f"at most {MOST_BLOCKS}",
    ),
    "no block": ({"format": "oracle-page/1", "page": {}, "revision": {"blocks": [7]}}, "Block 1"),
    "unknown kind": (one_block(kind="tabel"), "'tabel'.*table"),
    "unknown property": (one_block(props={"colour": "red"}), "Block 1.*colour"),
    "too wide": (one_block(width=13), "Block 1: width"),
    "a deep filter": (
        one_block(queries={"main": {"dataset": "crm.leads", "where": nested(5_000)}}),
        "Block 1: queries.main",
    ),
    "SQL": (one_block(queries={"main": "SELECT 1"}), "Block 1: queries.main"),
    "many queries": (one_block(queries={f"q{at}": {"dataset": "x"} for at in range(13)}), "Block 1: queries"),
    "no main query": (one_block(queries={"other": {"dataset": "crm.leads"}}), "no query named main"),
    "control characters": (one_block(title="a\x07b"), "control characters"),
    "a long title": (one_block(title="a" * 100_000), "Block 1: title"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_export_is_refused_by_name_and_nothing_is_kept(
    oracle: Oracle, analyst: Viewer, name: str
) -> None:
    definition, reason = BAD[name]
    with pytest.raises(Refused, match=reason):
        oracle.pages.import_page(definition, viewer=analyst)
    assert not [page for page in oracle.pages.list(viewer=analyst)[0] if page.owner == analyst.id]


def test_queries_that_may_not_be_run_are_refused_by_their_place(oracle: Oracle, analyst: Viewer) -> None:
    told = exported(oracle, analyst, "units by city")
    block = told["revision"]["blocks"][0]
    for query, kind in (
        ({"dataset": "crm.secrets", "measures": [{"fn": "count"}]}, QueryRefused),
        ({**block["queries"]["main"], "dimensions": [{"field": "password"}]}, QueryRefused),
        ({"dataset": "crm.leads", "columns": ["1; DROP TABLE crm_leads"]}, QueryRefused),
    ):
        broken = json.loads(json.dumps(told))
        broken["revision"]["blocks"][0]["queries"] = {"main": query}
        with pytest.raises((kind, FieldNotAllowed), match="Block 1"):
            oracle.pages.import_page(broken, viewer=analyst)


def test_the_same_key_imports_once(oracle: Oracle, analyst: Viewer) -> None:
    told = exported(oracle, analyst, "units by city")
    key = new_id("key")
    assert len({oracle.pages.import_page(told, viewer=analyst, key=key).id for _ in range(2)}) == 1
