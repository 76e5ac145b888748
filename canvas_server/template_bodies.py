"""What the routes of templates and chapters take and answer, as schemas."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from canvas_server.answers import Shown, ShownBlock
from canvas_server.bodies import Body
from oracle_kit.approvals.approval import Approval
from oracle_kit.codebook.filling import SlotValues
from oracle_kit.codebook.template import Template
from oracle_kit.usecases.drafts import Taken
from oracle_kit.usecases.rewriting import Dropped
from oracle_kit.usecases.synthesis import Neighbour
from oracle_kit.usecases.templates import Version

_TEMPLATE: dict[str, Any] = {
    "title": "Reminders by kind",
    "asks": ["what kinds of reminders are there", "reminders split by kind"],
    "dataset": "intel.reminders",
    "shape": "breakdown",
    "blocks": [
        {
            "kind": "bar_chart",
            "title": "Reminders by kind",
            "query": {"measures": ["reminder_count"], "dimensions": ["kind"]},
        }
    ],
}
_ID = r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63}){2}$"
Reason = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$", description="why, for who reviews it")]
Written = Annotated[str, Field(min_length=1, max_length=200_000)]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
PageGiven = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class TemplateVersion(Body):
    """A template, as `text` (YAML, as a file has it) or as `template` (the same as JSON)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"template": _TEMPLATE, "reason": "asked for on Monday"}]}
    )
    text: Written | SkipJsonSchema[None] = None
    template: dict[str, Any] | SkipJsonSchema[None] = None
    reason: Reason = ""

    @model_validator(mode="after")
    def _one(self) -> TemplateVersion:
        if (self.text is None) == (self.template is None):
            raise ValueError("send the template as `text` or as `template`, one of them")
        return self


class NewTemplate(TemplateVersion):
    """A template of an id that there is not yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "follow_ups.tasks.kinds_made_here",
                    "template": _TEMPLATE,
                    "reason": "asked for on Monday",
                }
            ]
        }
    )
    id: Annotated[str, Field(pattern=_ID, description="`chapter.subchapter.template`")]


class NewChapter(Body):
    """A chapter, or with a dot in its id a subchapter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "campaigns", "title": "Campaigns", "description": "What marketing does."}]
        }
    )
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="`chapter`")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=1_000)]
    reason: Reason = ""


class NewSubchapter(NewChapter):
    """A subchapter of a chapter that there is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "leads.campaigns", "title": "Campaigns", "description": "What marketing does."}
            ]
        }
    )
    id: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$", description="`chapter.subchapter`"),
    ]


class SeedPage(SlotValues):
    """Where the block goes, and what fills its places."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"where": "priority = 'high'", "limit": 5}, {"page_id": "page_0"}]}
    )
    page_id: PageGiven | SkipJsonSchema[None] = Field(default=None, description="unset: a new page")

    @property
    def values(self) -> SlotValues:
        """What fills the template's places."""
        return SlotValues(**self.model_dump(exclude={"page_id"}))


class Versions(Shown):
    """The versions of a template that there have been, newest first, its file's last."""

    items: list[Version]


class Retired(Shown):
    """What holds of the id now: its file's version, or nothing."""

    id: str
    in_force: Version | None


class Synthesize(Body):
    """What a template should answer: a description and a few asks in different words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"description": "Booked leads of NRI buyers by country"},
                {
                    "description": "Average silence of buyers by team",
                    "asks": ["average days since contact by team", "average days since contact by city"],
                    "propose": True,
                    "reason": "for the Monday meeting",
                },
            ]
        }
    )
    description: Written
    asks: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    dataset: Annotated[str, Field(max_length=200)] | SkipJsonSchema[None] = None
    id: Annotated[str, Field(pattern=_ID)] | SkipJsonSchema[None] = Field(
        default=None, description="`chapter.subchapter.template`; unset: one beside its nearest neighbour"
    )
    propose: bool = Field(default=False, description="save the draft as a proposal, for a reviewer")
    reason: Reason = ""


class SynthesizedTemplate(Shown):
    """A sound draft: its YAML, what it shows under my rights now, who is near and what it would take from them.

    `dropped` are asks that were given or made and not kept, with why; `approval` is the proposal where one was saved.
    """

    template_id: str
    text: str
    template: Template
    blocks: list[ShownBlock]
    neighbours: list[Neighbour]
    taken: list[Taken]
    dropped: list[Dropped]
    not_understood: list[str]
    notes: list[str]
    approval: Approval | None
