"""The closed schema in which a model may plan: names and values that it was shown, nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from oracle_kit.llm.planner_asked import Asked
from oracle_kit.query import Aggregation, Operator, Scalar, Unit, Value

Name = Annotated[str, StringConstraints(max_length=120)]
Layout = Literal["kpi_tile", "bar_chart", "line_chart", "table", "comparison"]


class FilterAnswer(Value):
    """A field compared with values that were read in the prompt, or are declared."""

    field: Name
    op: Operator
    values: tuple[Scalar, ...] = Field(default=(), max_length=20)


class MeasureAnswer(Value):
    """A declared measure by name, or an aggregate of a number field."""

    name: Name | None = None
    fn: Aggregation | None = None
    field: Name | None = None


class GroupAnswer(Value):
    """A field to group by; a time field needs its grain."""

    field: Name
    grain: Unit | None = None


class WindowAnswer(Value):
    """A time phrase of the prompt, on one time field."""

    field: Name
    text: Name


class OrderAnswer(Value):
    """Sort by a field, measure or group."""

    by: Name
    descending: bool


class RelatedAnswer(Value):
    """Whether related rows must be there (`has`) or must not."""

    relation: Name
    has: bool


class StepAnswer(Value):
    """One block."""

    dataset: Name
    template: Name | None = None
    layout: Layout
    measures: tuple[MeasureAnswer, ...] = Field(default=(), max_length=4)
    groups: tuple[GroupAnswer, ...] = Field(default=(), max_length=3)
    terms: tuple[Name, ...] = Field(default=(), max_length=8)
    without_terms: tuple[Name, ...] = Field(default=(), max_length=4)
    filters: tuple[FilterAnswer, ...] = Field(default=(), max_length=8)
    related: tuple[RelatedAnswer, ...] = Field(default=(), max_length=3)
    window: WindowAnswer | None = None
    order: tuple[OrderAnswer, ...] = Field(default=(), max_length=2)
    limit: int | None = Field(default=None, ge=1, le=1000, strict=True)


class WordAnswer(Value):
    """What one word of the prompt was taken for: the name of something that a step uses, or "nothing"."""

    text: Name
    means: Name


class PlanAnswer(Value):
    """The whole answer: one to four blocks, and every word accounted for."""

    steps: tuple[StepAnswer, ...] = Field(min_length=1, max_length=4)
    words: tuple[WordAnswer, ...] = Field(default=(), max_length=80)


def answer_schema(asked: Asked) -> dict[str, Any]:
    """The JSON schema of a plan, its names narrowed to those that this viewer may use."""
    schema = PlanAnswer.model_json_schema()
    parts = schema["$defs"]
    fields = [field.name for words in asked.datasets for field in words.fields if not field.masked]
    _narrow(parts["StepAnswer"], "dataset", [words.id for words in asked.datasets])
    _narrow(parts["GroupAnswer"], "field", fields)
    _narrow(parts["FilterAnswer"], "field", fields)
    _narrow(parts["WindowAnswer"], "field", fields)
    _narrow(parts["WindowAnswer"], "text", [window.text for window in asked.windows])
    for name in ("terms", "without_terms"):
        parts["StepAnswer"]["properties"][name]["items"] = _enum(
            [t.name for w in asked.datasets for t in w.terms]
        )
    relations = [relation.name for words in asked.datasets for relation in words.relations]
    _narrow(parts["RelatedAnswer"], "relation", relations)
    return schema


def _narrow(part: dict[str, Any], name: str, names: list[str]) -> None:
    part["properties"][name] = _enum(names)


def _enum(names: list[str]) -> dict[str, Any]:
    return {"enum": sorted(set(names)) or ["none"]}
