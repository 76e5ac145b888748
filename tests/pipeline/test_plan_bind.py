"""Templates bound to readings: never narrower than asked, further blocks under the same filters."""

from __future__ import annotations

from oracle_kit.codebook.template import SlotsFile, Template, TemplateBlock
from oracle_kit.model import Kind, Match
from oracle_kit.query import Dimension, Measure, Predicate, Query, Term, Where
from tests.language.desk import ask, line


def block(kind: Kind, title: str, query: Query, *slots: str, **named: Query) -> TemplateBlock:
    """A block with its main and further named queries."""
    return TemplateBlock(
        kind=kind, title=title, width=6, queries={"main": query, **named}, props={}, slots=slots
    )


def template(identity: str, shape: str, *blocks: TemplateBlock, general: bool = False) -> Template:
    """A template over its first block's dataset."""
    return Template.model_validate(
        {
            "id": identity,
            "title": blocks[0].title,
            "description": "",
            "version": 1,
            "asks": ("ask",),
            "dataset": blocks[0].queries["main"].dataset,
            "shape": shape,
            "general": general,
            "blocks": blocks,
            "slots": SlotsFile(),
            "digest": "",
        }
    )


def grouped(
    field: str, where: Where | None = None, dataset: str = "crm.leads", measure: str = "lead_count"
) -> Query:
    """A measure by a field."""
    return Query(
        dataset=dataset, measures=(Measure(name=measure),), dimensions=(Dimension(field=field),), where=where
    )


HOT_BY_CITY = template(
    "leads.hot.by_city",
    "breakdown",
    block("bar_chart", "Hot leads by city", grouped("city", Term(name="hot"))),
    block("table", "Their sources", grouped("source", Term(name="hot"))),
)
BY_CITY = template(
    "leads.by_city",
    "breakdown",
    block("pipeline_board", "Leads by city", grouped("city")),
    block("table", "Leads by source", grouped("source")),
    block("bar_chart", "Visits by city", grouped("city", dataset="intel.visits", measure="visit_count")),
)
GENERAL = template(
    "leads.general.breakdown",
    "breakdown",
    block("bar_chart", "Leads by anything", grouped("city"), "measure", "dimension"),
    general=True,
)
OPEN_VIEW = template(
    "deals.pipeline_view",
    "board",
    block(
        "pipeline_board", "Pipeline", grouped("stage", Term(name="pipeline"), "crm.deals", "pipeline_value")
    ),
)
ALL = {t.id: t for t in (HOT_BY_CITY, BY_CITY, GENERAL, OPEN_VIEW)}


def matched(*pairs: tuple[str, float]) -> tuple[Match, ...]:
    """Matches of these templates with their scores."""
    return tuple(Match(template_id=name, dataset=ALL[name].dataset, score=score) for name, score in pairs)


def test_a_specific_template_gives_blocks_title_and_kind() -> None:
    planned = ask("leads by city", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert planned.steps[0].template_id == "leads.by_city"
    assert planned.steps[0].kind == "pipeline_board"
    assert planned.steps[0].title == "Leads by city"
    assert [line(step.queries["main"]) for step in planned.steps[1:]] == [
        "leads lead_count | by source",
        "visits visit_count | by city",
    ]


def test_a_template_that_is_narrower_than_asked_is_not_used() -> None:
    planned = ask("leads by city", templates=ALL, matches=matched(("leads.hot.by_city", 0.99)))
    assert planned.steps[0].template_id == "leads.general.breakdown"
    assert line(planned.steps[0].queries["main"]) == "leads lead_count | by city"


def test_a_template_whose_filters_are_all_asked_for_comes_first() -> None:
    matches = matched(("leads.by_city", 0.9), ("leads.hot.by_city", 0.4))
    planned = ask("hot leads by city", templates=ALL, matches=matches)
    assert planned.steps[0].template_id == "leads.hot.by_city"


def test_further_blocks_take_the_filters_and_say_so() -> None:
    planned = ask("NRI leads by city", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert line(planned.steps[0].queries["main"]) == "leads lead_count | by city | where residency eq nri"
    assert "NRI" in planned.steps[0].title
    assert line(planned.steps[1].queries["main"]) == "leads lead_count | by source | where residency eq nri"
    assert "NRI" in planned.steps[1].title


def test_a_further_block_whose_data_lacks_the_field_is_left_out() -> None:
    planned = ask("NRI leads by city", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert all(step.queries["main"].dataset == "crm.leads" for step in planned.steps)


def test_a_general_template_answers_what_no_specific_one_does() -> None:
    planned = ask("hot leads by segment", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert planned.steps[0].template_id == "leads.general.breakdown"
    assert line(planned.steps[0].queries["main"]) == "leads lead_count | by segment | where <hot>"


def test_a_sure_match_may_choose_the_shape_that_the_prompt_leaves_open() -> None:
    planned = ask("pipeline for NRI", templates=ALL, matches=matched(("deals.pipeline_view", 0.8)))
    step = planned.steps[0]
    assert step.kind == "pipeline_board"
    assert (
        line(step.queries["main"])
        == "deals pipeline_value | by stage | where (<pipeline> and residency eq nri)"
    )
    assert (
        ask("pipeline for NRI", templates=ALL, matches=matched(("deals.pipeline_view", 0.3))).steps[0].kind
        == "table"
    )


def test_a_kind_that_is_asked_for_wins_over_the_template() -> None:
    planned = ask("leads by city as a table", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert planned.steps[0].kind == "table"


def test_what_is_not_understood_shows_templates_only_as_suggestions() -> None:
    planned = ask("leads by city with balcony", templates=ALL, matches=matched(("leads.by_city", 0.9)))
    assert planned.steps[0].kind == "notice"
    assert [step.suggestion for step in planned.steps[1:]] == [True]
    assert planned.steps[1].title == "Leads by city"


def test_a_filter_in_a_template_compares_by_its_meaning() -> None:
    same = Predicate(field="segment", op="eq", values=("luxury",))
    luxury = template("leads.luxury", "breakdown", block("bar_chart", "Luxury", grouped("city", same)))
    matches = (Match(template_id="leads.luxury", dataset="crm.leads", score=0.5),)
    planned = ask("luxury leads by city", templates={luxury.id: luxury}, matches=matches)
    assert planned.steps[0].template_id == "leads.luxury"
