"""What a template file declares: seed examples, blocks, and the slots that a prompt may bind."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from oracle_kit.model import Kind
from oracle_kit.query import Query, Value


class WindowFile(Value):
    """A fixed window: the time field and the phrase as a person would say it ("last 12 months")."""

    field: str
    text: str


class QueryFile(Value):
    """A named query: measure and field names, and `where` in the expression grammar.

    `measures`: declared names or "sum(amount_inr)". `dimensions`: "stage", "created_at:month" or
    "budget:size=1000000".
    `order`: "due_at" or "-due_at". A slot written as "$measure" or "$dimension" is bound by the prompt.
    """

    dataset: str | None = None
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    where: str | None = None
    window: WindowFile | None = None
    order: tuple[str, ...] = ()
    limit: int | None = None
    others: bool = False
    share: bool = False
    running: bool = False


class BlockFile(Value):
    """A block of a template: kind, its named queries (`main` is `query`), width and presentation props."""

    kind: Kind
    title: str
    width: int = Field(default=12, ge=1, le=12)
    query: QueryFile
    queries: dict[str, QueryFile] = Field(default_factory=dict)
    props: dict[str, Any] = Field(default_factory=dict)


class SlotsFile(Value):
    """What a prompt may bind beyond what is fixed; `any` allows all declared fields."""

    filters: Literal["any", "none"] | tuple[str, ...] = "any"
    groupings: Literal["any", "none"] | tuple[str, ...] = "any"
    measures: Literal["any", "none"] | tuple[str, ...] = "any"
    window: bool = True
    limit: bool = True
    comparison: bool = True


Shape = Literal[
    "number",
    "breakdown",
    "trend",
    "list",
    "comparison",
    "share",
    "funnel",
    "map",
    "board",
    "timeline",
    "activity",
]


class TemplateFile(Value):
    """A template file as written; its path, with dots, is the id. `general` ones serve any of a shape."""

    title: str
    description: str = ""
    version: int = 1
    asks: tuple[str, ...] = Field(min_length=1)
    dataset: str
    shape: Shape
    general: bool = False
    blocks: tuple[BlockFile, ...] = Field(min_length=1)
    slots: SlotsFile = SlotsFile()


class ChapterFile(Value):
    """`chapter.yaml` of a chapter or subchapter folder."""

    title: str
    description: str


class Template(Value):
    """A template, loaded and checked against the catalog: its blocks' queries are Query values."""

    id: str
    title: str
    description: str
    version: int
    asks: tuple[str, ...]
    dataset: str
    shape: Shape
    general: bool
    blocks: tuple[TemplateBlock, ...]
    slots: SlotsFile
    digest: str


class TemplateBlock(Value):
    """A block with compiled named queries; slots stand in `slots` ("measure", "dimension")."""

    kind: Kind
    title: str
    width: int
    queries: dict[str, Query]
    props: dict[str, Any]
    slots: tuple[str, ...] = ()


Template.model_rebuild()
