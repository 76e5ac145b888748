"""The template part of `oracle check`, on the Velocity warehouse: each finding at its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle_kit.check import Finding, codebook_faults
from oracle_kit.check.templates import check_templates
from oracle_kit.codebook.load import Codebook, load_codebook, load_template
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.ranked_words import template_words
from oracle_kit.datasets.warehouse import Warehouse
from tests.codebook.desk import block, catalog, clock, ground, template, write


@pytest.fixture(scope="module")
def warehouse(velocity_duckdb: str) -> Iterator[Warehouse]:
    opened = Warehouse(velocity_duckdb)
    yield opened
    opened.close()


def checked(codebook: Codebook, warehouse: Warehouse) -> list[Finding]:
    ranker = Ranker.of(template_words(one, ground().datasets) for one in codebook.templates.values())
    return list(check_templates(codebook, ranker, catalog(), warehouse, clock()))


def book(folder: Path, **templates: Any) -> Codebook:
    """A codebook of templates in one subchapter."""
    written = {f"leads.funnel.{name}": content for name, content in templates.items()}
    return load_codebook(write(folder / "codebook", written), ground())


SOURCES = block(query={"measures": ["lead_count"], "dimensions": ["source"]})
BY_SOURCE = template(
    title="Enquiries by channel",
    asks=["enquiries by channel", "channel wise enquiries", "enquiries of each channel"],
    blocks=[SOURCES],
)


def test_sound_templates_have_no_findings(tmp_path: Path, warehouse: Warehouse) -> None:
    assert checked(book(tmp_path, by_stage=template(), by_source=BY_SOURCE), warehouse) == []


def test_a_query_that_does_not_run_is_an_error_with_its_line(tmp_path: Path, warehouse: Warehouse) -> None:
    shares = block(
        query={"measures": ["avg(intent_score)"], "dimensions": ["stage"], "share": True},
    )
    second = template(blocks=[block(), shares])
    (finding,) = checked(book(tmp_path, by_stage=second), warehouse)
    assert (finding.level, finding.file) == ("error", "codebook/leads/funnel/by_stage.yaml")
    assert finding.field == "blocks.1.query"
    lines = (tmp_path / finding.file).read_text().splitlines()
    assert "query:" in lines[finding.line - 1]
    assert "does not add up" in finding.message


def test_a_stored_template_is_named_by_its_id(tmp_path: Path, warehouse: Warehouse) -> None:
    folder = write(
        tmp_path / "text", {"a.b.c": template(blocks=[block(query=SOURCES["query"] | {"share": True})])}
    )
    text = (folder / "a/b/c.yaml").read_text().replace("lead_count", "avg(intent_score)")
    stored = load_template(text, "leads.funnel.stored", ground())
    codebook = book(tmp_path, by_stage=BY_SOURCE).with_stored([stored])
    errors = [one for one in checked(codebook, warehouse) if one.level == "error"]
    assert [(one.file, one.field) for one in errors] == [("", "leads.funnel.stored.blocks.0.query")]


def test_templates_that_show_the_same(tmp_path: Path, warehouse: Warehouse) -> None:
    twin = template(title="Stages again", asks=["ageing of what we chase", "chase ageing"])
    findings = checked(book(tmp_path, by_stage=template(), twin=twin), warehouse)
    assert [(one.file, one.message) for one in findings if one.field == "blocks"] == [
        ("codebook/leads/funnel/twin.yaml", "it shows the same as leads.funnel.by_stage")
    ]


def test_asks_that_say_the_same_as_anothers(tmp_path: Path, warehouse: Warehouse) -> None:
    other = {**BY_SOURCE, "asks": [*BY_SOURCE["asks"], "the stage wise leads"]}
    twins = {**BY_SOURCE, "asks": [*BY_SOURCE["asks"], "leads: stage wise"]}
    told = [
        checked(book(tmp_path / str(at), by_stage=template(), other=one), warehouse)
        for at, one in enumerate((other, twins))
    ]
    said = [[one for one in found if "says the same as" in one.message] for found in told]
    assert said[0] == []
    assert said[1] == []
    same = {**BY_SOURCE, "title": "Leads by stage", "asks": [*BY_SOURCE["asks"]]}
    (finding,) = [
        one
        for one in checked(book(tmp_path / "same", by_stage=template(), other=same), warehouse)
        if "says the same as" in one.message
    ]
    assert (finding.file, finding.field, finding.line) == ("codebook/leads/funnel/by_stage.yaml", "asks.0", 3)


def test_asks_that_lead_elsewhere_and_templates_that_none_leads_to(
    tmp_path: Path, warehouse: Warehouse
) -> None:
    lost = {**BY_SOURCE, "asks": ["how many leads in each stage of them", "stage wise leads now"]}
    findings = checked(book(tmp_path, by_stage=template(), lost=lost), warehouse)
    elsewhere = [one for one in findings if "would lead to leads.funnel.by_stage" in one.message]
    assert {one.file for one in elsewhere} == {"codebook/leads/funnel/lost.yaml"}
    assert {(one.field, one.line) for one in elsewhere} <= {("asks.0", 3), ("asks.1", 4)}
    assert any(one.field == "asks" and "none of its asks leads to it" in one.message for one in findings)


def test_general_templates_are_not_told_where_their_asks_lead(tmp_path: Path, warehouse: Warehouse) -> None:
    lost = {
        **BY_SOURCE,
        "asks": ["how many leads in each stage of them", "stage wise leads now"],
        "general": True,
    }
    findings = checked(book(tmp_path, by_stage=template(), lost=lost), warehouse)
    assert [one for one in findings if one.file.endswith("lost.yaml")] == []


def test_faults_of_files_are_findings(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "codebook", {"a.b.c": template(shape="o"), "a.b.d": template(asks=["x"], dataset="y")}
    )
    faults = codebook_faults(folder, ground())
    assert [(one.level, one.file, one.field) for one in faults] == [
        ("error", "codebook/a/b/c.yaml", "shape"),
        ("error", "codebook/a/b/d.yaml", "dataset"),
    ]
