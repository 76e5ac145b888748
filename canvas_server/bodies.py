"""Request bodies, each with an example that the tests run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A request body: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Title = Annotated[str, Field(min_length=1, max_length=200)]
Members = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=500)]
Visibility = Literal["private", "team", "everyone"]


class NewPage(Body):
    """A page to create."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Monday review"}]})
    title: Title


class PageChange(Body):
    """What to change of a page; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Monday review, Kolkata", "viewers": ["manager"]}]}
    )
    title: Title | None = None
    viewers: Members | None = None
    editors: Members | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class Prompt(Body):
    """A typed question. Naming a provider never skips the codebook."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"prompt": "Show overdue high-QD follow-ups"},
                {"prompt": "pipeline by city", "dry_run": True},
            ]
        }
    )
    prompt: str
    base_revision: str | None = Field(default=None, description="the revision that was on the screen")
    dry_run: bool = Field(default=False, description="answer the plan and its SQL; commit nothing")


class Edits(Body):
    """Operations on blocks, applied together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"operations": [{"op": "retitle", "block_id": "blk_1", "title": "Overdue, by owner"}]}
            ]
        }
    )
    operations: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=1000)]
    base_revision: str | None = None
    message: Annotated[str, Field(max_length=500)] = ""
