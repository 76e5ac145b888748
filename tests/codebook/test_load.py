"""Template files become templates; every fault names file, line, field and the nearest right name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oracle_kit.codebook.load import Chapter, load_codebook, load_template, read_codebook
from oracle_kit.errors import ContentError
from oracle_kit.query import And, Dimension, Measure, Order, Predicate, Term, Window
from tests.codebook.desk import block, ground, template, write

ID = "leads.funnel.by_stage"
LISTED = {"kind": "table", "title": "Overdue", "query": {"columns": ["person_name", "due_at"]}}


def fault(tmp_path: Path, content: Any, identity: str = ID) -> ContentError:
    """The one fault of a codebook of one template."""
    _, faults = read_codebook(write(tmp_path / "codebook", {identity: content}), ground())
    assert len(faults) == 1, faults
    return faults[0]


def of_query(**query: Any) -> dict[str, Any]:
    """A template whose first block has this query."""
    return template(blocks=[block(query=query)])


def test_a_template_becomes_queries_of_its_dataset(tmp_path: Path) -> None:
    query = {
        "columns": ["person_name", "due_at"],
        "where": "follow_up and overdue and priority = 'high'",
        "window": {"field": "due_at", "text": "last 30 days"},
        "order": ["-due_at"],
        "limit": 5,
    }
    listed = template(dataset="intel.reminders", shape="list", blocks=[{**LISTED, "query": query}])
    folder = write(tmp_path / "codebook", {"follow_ups.overdue.recent": listed})
    found = load_codebook(folder, ground()).templates["follow_ups.overdue.recent"]
    main = found.blocks[0].queries["main"]
    assert main.dataset == "intel.reminders"
    assert main.where == And(
        parts=(
            Term(name="follow_up"),
            Term(name="overdue"),
            Predicate(field="priority", op="eq", values=("high",)),
        )
    )
    assert main.window == Window(
        field="due_at", form="rolling", unit="day", offset=-1, count=30, text="last 30 days"
    )
    assert (main.order, main.limit) == ((Order(by="due_at", descending=True),), 5)


def test_measures_and_dimensions_are_read_as_they_are_written(tmp_path: Path) -> None:
    query = {
        "measures": ["lead_count", "avg(intent_score)"],
        "dimensions": ["created_at:month", "intent_score:size=10"],
        "order": ["-avg(intent_score)", "created_at:month"],
    }
    found = load_codebook(write(tmp_path / "codebook", {ID: of_query(**query)}), ground()).templates[ID]
    main = found.blocks[0].queries["main"]
    assert main.measures == (Measure(name="lead_count"), Measure(fn="avg", field="intent_score"))
    assert main.dimensions == (
        Dimension(field="created_at", grain="month"),
        Dimension(field="intent_score", size=10.0),
    )
    assert main.order == (Order(by="avg_intent_score", descending=True), Order(by="created_at_month"))


def test_slots_show_the_datasets_defaults_until_a_prompt_fills_them(tmp_path: Path) -> None:
    slotted = of_query(measures=["$measure"], dimensions=["$dimension"], order=["-$measure"])
    folder = write(tmp_path / "codebook", {ID: {**slotted, "general": True}})
    first = load_codebook(folder, ground()).templates[ID].blocks[0]
    words = ground().datasets["crm.leads"]
    assert first.slots == ("measure", "dimension")
    assert first.queries["main"].measures == (words.default_measure,)
    assert first.queries["main"].dimensions == (words.default_dimension,)
    assert first.queries["main"].order == (Order(by=words.default_measure.alias, descending=True),)


def test_further_queries_and_blocks_of_other_datasets(tmp_path: Path) -> None:
    tile = {
        "kind": "kpi_tile",
        "title": "Visits",
        "query": {"dataset": "intel.visits", "measures": ["count()"]},
        "queries": {"trend": {"measures": ["count()"], "dimensions": ["scheduled_at:week"]}},
    }
    folder = write(tmp_path / "codebook", {ID: template(blocks=[block(), tile])})
    second = load_codebook(folder, ground()).templates[ID].blocks[1]
    assert {name: query.dataset for name, query in second.queries.items()} == {
        "main": "intel.visits",
        "trend": "intel.visits",
    }


def test_chapters_count_their_templates_and_equal_content_has_an_equal_digest(tmp_path: Path) -> None:
    two = {ID: template(), "leads.sources.all": template(asks=["leads by source"])}
    first, second = (load_codebook(write(tmp_path / name / "codebook", two), ground()) for name in ("a", "b"))
    assert {name: one.count for name, one in first.chapters.items()} == {"leads": 2}
    assert {name: one.count for name, one in first.subchapters.items()} == {
        "leads.funnel": 1,
        "leads.sources": 1,
    }
    assert first.digest == second.digest
    changed = load_codebook(write(tmp_path / "b" / "codebook", {ID: template(title="Stages")}), ground())
    assert changed.digest != first.digest


FAULTS: list[tuple[dict[str, Any], str, str, str]] = [  # content, field, message, hint
    (template(shape="breakdwn"), "shape", "breakdwn", "Did you mean breakdown?"),
    (template(titel="x"), "titel", "'titel' is not a key", "Did you mean title?"),
    (template(asks=[]), "asks", "at least 1 item", ""),
    (template(asks=["?!"]), "asks.0", "an ask needs words", "what a person would type"),
    (template(asks=["leads by stage", "Leads, by stage!"]), "asks.1", "stands twice", "Remove"),
    (template(asks=["lead " * 100]), "asks.0", "at most 300 characters", ""),
    (template(dataset="crm.lead"), "dataset", "'crm.lead'", "Did you mean crm.leads"),
    (template(slots={"filters": ["cty"]}), "slots.filters.0", "'cty'", "Did you mean city"),
    (template(slots={"measures": ["lead_cout"]}), "slots.measures.0", "'lead_cout'", "lead_count"),
    (template(blocks=[]), "blocks", "at least 1 item", ""),
    (template(blocks=[block(kind="bar_chrt")]), "blocks.0.kind", "bar_chrt", "Did you mean bar_chart"),
    (template(blocks=[block(kind="notice")]), "blocks.0.kind", "a notice has none", ""),
    (template(blocks=[block(kind="kpi_tile")]), "blocks.0.query", "a kpi_tile shows", "Change the kind"),
    (template(blocks=[block(kind="line_chart")]), "blocks.0.query", "a time with a grain", ""),
    (template(blocks=[block(kind="activity_stream")]), "blocks.0.query", "a time among them", ""),
    (template(shape="number"), "shape", "the shape number is measures without dimensions", ""),
    (template(blocks=[block(props={"nota": "x"})]), "blocks.0.props.nota", "'nota'", "Did you mean note?"),
    (template(blocks=[block(width=13)]), "blocks.0.width", "less than or equal to 12", ""),
    (
        template(blocks=[block(queries={"trnd": {"measures": ["count()"]}})]),
        "blocks.0.queries.trnd",
        "'trnd'",
        "trend",
    ),
    (
        template(blocks=[block(queries={"main": {"measures": ["count()"]}})]),
        "blocks.0.queries.main",
        "`query`",
        "",
    ),
    (
        template(blocks=[block(queries={"cards": {"measures": ["count()"]}})]),
        "blocks.0.queries.cards",
        "columns",
        "",
    ),
    (of_query(), "blocks.0.query", "asks for nothing", "`columns` or `measures`"),
    (of_query(columns=["city"], measures=["count()"]), "blocks.0.query.columns", "not both", ""),
    (
        of_query(measures=["leadcount"], dimensions=["stage"]),
        "blocks.0.query.measures.0",
        "'leadcount'",
        "Did you mean lead_count",
    ),
    (
        of_query(measures=["total(budget_max)"], dimensions=["stage"]),
        "blocks.0.query.measures.0",
        "'total'",
        "There are",
    ),
    (of_query(measures=["sum()"], dimensions=["stage"]), "blocks.0.query.measures.0", "needs a field", ""),
    (of_query(measures=["sum(city)"], dimensions=["stage"]), "blocks.0.query.measures.0", "no number", ""),
    (
        of_query(measures=["$mesure"], dimensions=["stage"]),
        "blocks.0.query.measures.0",
        "no slot",
        "$measure",
    ),
    (of_query(measures=["count()"], dimensions=["stge"]), "blocks.0.query.dimensions.0", "'stge'", "stage"),
    (
        of_query(measures=["count()"], dimensions=["stage:month"]),
        "blocks.0.query.dimensions.0",
        "no time",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["created_at:mnth"]),
        "blocks.0.query.dimensions.0",
        "",
        "month",
    ),
    (of_query(measures=["count()"], dimensions=["created_at"]), "blocks.0.query.dimensions.0", "a grain", ""),
    (
        of_query(measures=["count()"], dimensions=["city:size=5"]),
        "blocks.0.query.dimensions.0",
        "no bands",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["intent_score:size=zero"]),
        "blocks.0.query.dimensions.0",
        "no size",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["$dimension:month"]),
        "blocks.0.query.dimensions.0",
        "no grain",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["stage", "stage"]),
        "blocks.0.query.dimensions.1",
        "twice",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["stage"], where="stge = 'new'"),
        "blocks.0.query.where",
        "'stge'",
        "stage",
    ),
    (
        of_query(measures=["count()"], dimensions=["stage"], where="stage = 'nwe'"),
        "blocks.0.query.where",
        "never",
        "new",
    ),
    (of_query(measures=["count()"], dimensions=["stage"], where="stage ="), "blocks.0.query.where", "", ""),
    (
        of_query(
            measures=["count()"], dimensions=["stage"], window={"field": "created_at", "text": "in a while"}
        ),
        "blocks.0.query.window.text",
        "no time phrase",
        "last 12 months",
    ),
    (
        of_query(measures=["count()"], dimensions=["stage"], window={"field": "city", "text": "today"}),
        "blocks.0.query.window.field",
        "no time",
        "",
    ),
    (
        of_query(measures=["count()"], dimensions=["stage"], order=["-leads"]),
        "blocks.0.query.order.0",
        "no column 'leads'",
        "",
    ),
    (of_query(measures=["count()"], dimensions=["stage"], limit=0), "blocks.0.query.limit", "at least 1", ""),
    (
        of_query(measures=["count()"], dimensions=["stage"], others=True),
        "blocks.0.query.others",
        "a limit",
        "",
    ),
    (of_query(measures=["count()"], share=True), "blocks.0.query.share", "belongs to groups", ""),
]


@pytest.mark.parametrize(("content", "field", "message", "hint"), FAULTS, ids=lambda one: str(one)[:40])
def test_a_fault_names_its_place_and_the_nearest_name(
    content: dict[str, Any], field: str, message: str, hint: str, tmp_path: Path
) -> None:
    error = fault(tmp_path, content)
    assert (error.file, error.field) == ("codebook/leads/funnel/by_stage.yaml", field)
    assert message in error.message
    assert hint in error.hint
    text = (tmp_path / "codebook/leads/funnel/by_stage.yaml").read_text().splitlines()
    last = field.split(".")[-1]
    if not last.isdigit():
        assert any(f"{last}:" in line for line in text[: error.line]) or error.line == 1


def test_a_fault_has_the_line_it_stands_on(tmp_path: Path) -> None:
    text = "title: x\nasks:\n  - leads by stage\n  - how many leads\ndataset: crm.leads\nshape: breakdown\n"
    text += "blocks:\n  - kind: bar_chart\n    title: y\n    query:\n      measures: [lead_count]\n"
    text += "      dimensions:\n        - stage\n        - cty\n"
    assert fault(tmp_path, text).line == 14


def test_yaml_that_is_none_and_keys_that_stand_twice(tmp_path: Path) -> None:
    assert "not valid YAML" in str(fault(tmp_path, "title: [\n"))
    assert "stands twice" in fault(tmp_path, "title: x\ntitle: y\n").message


def test_an_ask_of_two_templates(tmp_path: Path) -> None:
    two = {ID: template(), "leads.sources.all": template(asks=["sources", "STAGE-WISE leads"])}
    _, (error,) = read_codebook(write(tmp_path / "codebook", two), ground())
    assert (error.file, error.field, error.line) == ("codebook/leads/sources/all.yaml", "asks.1", 4)
    assert "leads.funnel.by_stage" in error.message


def test_folders_without_chapters_and_files_elsewhere(tmp_path: Path) -> None:
    folder = write(tmp_path / "codebook", {ID: template()}, chapters=False)
    _, faults = read_codebook(folder, ground())
    assert sorted(one.file for one in faults) == [
        "codebook/leads/chapter.yaml",
        "codebook/leads/funnel/chapter.yaml",
    ]
    write(folder, {ID: template()})
    for name in (
        "stray.yaml",
        "leads/stray.yaml",
        "leads/funnel/deeper/stray.yaml",
        "leads/funnel/stray.yml",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("title: x\n")
    _, faults = read_codebook(folder, ground())
    assert sum("<chapter>/<subchapter>/<template>.yaml" in one.hint for one in faults) == 4
    (folder / "leads/funnel/By Stage.yaml").write_text("title: x\n")
    assert any("the path is no id" in one.message for one in read_codebook(folder, ground())[1])


def test_an_empty_folder_and_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "codebook").mkdir()
    for folder in (tmp_path / "codebook", tmp_path / "nowhere"):
        with pytest.raises(ContentError, match="holds no template"):
            load_codebook(folder, ground())


def test_every_fault_is_found_and_the_rest_loads(tmp_path: Path) -> None:
    three = {
        ID: template(),
        "leads.a.one": template(asks=["x"], shape="o"),
        "leads.a.two": template(dataset="no"),
    }
    codebook, faults = read_codebook(write(tmp_path / "codebook", three), ground())
    assert set(codebook.templates) == {ID}
    assert {one.file for one in faults} == {"codebook/leads/a/one.yaml", "codebook/leads/a/two.yaml"}


# stored templates


def text_of(tmp_path: Path, **changes: Any) -> str:
    folder = write(tmp_path / "text", {ID: template(**changes)})
    return (folder / "leads/funnel/by_stage.yaml").read_text()


def test_a_stored_text_is_checked_as_files_are(tmp_path: Path) -> None:
    codebook = load_codebook(write(tmp_path / "codebook", {ID: template()}), ground())
    stored = load_template(text_of(tmp_path, title="Stages", version=2), ID, ground(), codebook)
    assert (stored.id, stored.title, stored.version) == (ID, "Stages", 2)
    with pytest.raises(ContentError, match="breakdwn") as caught:
        load_template(text_of(tmp_path, shape="breakdwn"), ID, ground(), codebook)
    assert (caught.value.file, caught.value.line) == (f"{ID}.yaml", 7)
    with pytest.raises(ContentError, match=r"an ask of leads\.funnel\.by_stage too"):
        load_template(text_of(tmp_path), "leads.funnel.other", ground(), codebook)
    with pytest.raises(ContentError, match=r"no subchapter .leads\.funel.\. Did you mean leads\.funnel"):
        load_template(text_of(tmp_path, asks=["new"]), "leads.funel.other", ground(), codebook)
    for name in ("by_stage", "a.b.c.d", "leads.funnel.By", "leads..x", ""):
        with pytest.raises(ContentError, match="no id of a template"):
            load_template(text_of(tmp_path), name, ground())


def test_stored_templates_stand_in_the_place_of_files(tmp_path: Path) -> None:
    codebook = load_codebook(write(tmp_path / "codebook", {ID: template()}), ground())
    newer = load_template(text_of(tmp_path, title="Stages", version=2), ID, ground(), codebook)
    more = load_template(text_of(tmp_path, asks=["ageing"]), "leads.ageing.all", ground())
    home = Chapter(id="leads.ageing", title="Ageing", description="How old leads are.")
    both = codebook.with_stored([newer, more], [home])
    assert both.templates[ID].title == "Stages"
    assert both.subchapters["leads.ageing"].count == 1
    assert both.chapters["leads"].count == 2
    assert both.digest != codebook.digest
    assert codebook.templates[ID].title == "Leads by stage"
