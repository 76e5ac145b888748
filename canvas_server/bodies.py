"""Request bodies, each with examples that the tests run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from oracle_kit.canvas.edits import Edit


class Body(BaseModel):
    """A request body: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Title = Annotated[str, Field(min_length=1, max_length=200)]
Members = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=500)]
Visibility = Literal["private", "team", "everyone"]
ProviderName = Annotated[str, Field(min_length=1, max_length=100)]
ModelName = Annotated[str, Field(min_length=1, max_length=200)]
Base = Annotated[str, Field(max_length=100, description="the revision that was on the screen")]


class NewPage(Body):
    """A page to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Monday review"}]})
    title: Title


class PageChange(Body):
    """What to change of a page, at least one thing; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"title": "Monday review, Kolkata", "viewers": ["manager"]}],
        }
    )
    title: Title | SkipJsonSchema[None] = None
    viewers: Members | SkipJsonSchema[None] = None
    editors: Members | SkipJsonSchema[None] = None
    visibility: Visibility | SkipJsonSchema[None] = None
    archived: bool | SkipJsonSchema[None] = None

    @model_validator(mode="before")
    @classmethod
    def _something(cls, given: Any) -> Any:
        if isinstance(given, dict) and (not given or None in given.values()):
            raise ValueError("name at least one thing to change, and leave out what stays")
        return given


class Prompt(Body):
    """A typed question."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"prompt": "Show overdue high-QD follow-ups"},
                {"prompt": "pipeline by city", "dry_run": True},
                {"prompt": "units by city", "provider": "ollama", "private": True},
            ]
        }
    )
    prompt: str
    base_revision: Base | None = None
    dry_run: bool = Field(default=False, description="answer the plan and its SQL; commit nothing")
    provider: ProviderName | None = Field(
        default=None, description="the model provider to ask where the codebook does not answer"
    )
    model: ModelName | None = Field(default=None, description="the model to ask; unset: as routing says")
    private: bool = Field(default=False, description="ask local models only")


class Edits(Body):
    """Operations on blocks, applied together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "operations": [{"op": "add_note", "text": "Call these first.", "to": 0}],
                    "base_revision": "rev_0",
                },
                {
                    "operations": [
                        {"op": "retitle", "block_id": "blk_0", "title": "Overdue, by owner"},
                        {"op": "move", "block_id": "blk_0", "to": 0},
                    ],
                    "base_revision": "rev_0",
                    "message": "What we talk about first",
                },
            ]
        }
    )
    operations: Annotated[tuple[Edit, ...], Field(min_length=1, max_length=1000)]
    base_revision: Base | None = None
    message: Annotated[str, Field(max_length=500)] = ""


class NewFork(Body):
    """What to fork of a page; nothing is needed: the newest revision is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "What if", "revision": "rev_0"}]})
    revision: Base | None = None
    title: Title | None = None
    message: Annotated[str, Field(max_length=500)] = ""


class Rollback(Body):
    """The revision whose blocks are to be the newest again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": "rev_0"}]})
    revision: Base
    base_revision: Base | None = None
    message: Annotated[str, Field(max_length=500)] = ""


class NewRevisionName(Body):
    """A name for a revision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "March review", "revision": "rev_0"}]})
    name: Annotated[str, Field(min_length=1, max_length=100)]
    revision: Base


class Import(Body):
    """An export as JSON, as a new page; of its blocks only kind, title, width, queries and props are taken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "definition": {
                        "format": "oracle-page/1",
                        "page": {"title": "Leads"},
                        "revision": {
                            "blocks": [
                                {
                                    "kind": "kpi_tile",
                                    "title": "How many leads",
                                    "queries": {
                                        "main": {"dataset": "crm.leads", "measures": [{"fn": "count"}]}
                                    },
                                }
                            ]
                        },
                    }
                }
            ]
        }
    )
    definition: Annotated[dict[str, Any], Field(description="what `…/export?format=json` answered")]
    title: Title | None = None
