"""What the routes answer, as schemas; the bodies themselves come ready from the kit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from oracle_kit.codebook.template import Template
from oracle_kit.model import Chip, Mode, Page, Plan, Refusal, RevisionKind, Source
from oracle_kit.query import Query, Scalar


class Shown(BaseModel):
    """An answer's body: what is not said here is not in it."""

    model_config = ConfigDict(extra="forbid")


class ShownColumn(Shown):
    """A column: exact type and unit, and what a person reads."""

    name: str
    type: str
    unit: str | None
    label: str


class ShownRows(Shown):
    """Exact values: decimals as text, times as ISO 8601; `truncated` where `rows` is a cut of `total_count`."""

    columns: list[ShownColumn]
    rows: list[list[Scalar]]
    truncated: bool
    total_count: int | None


class ShownBlock(ShownRows):
    """One block: its main rows beside what it is; the rows of its other named queries under `queries`.

    `withheld` is the reason why this reader gets no rows; `html`, where it was asked for, is the block's static picture
    with its own style, to be put into a page as it is.
    """

    id: str
    kind: str
    title: str
    template_id: str | None
    width: int = Field(description="of twelve columns")
    queries: dict[str, ShownRows]
    props: dict[str, Any]
    understood: list[Chip]
    suggestion: bool
    pinned: bool
    withheld: str | None
    source: Source
    html: str = ""


class ShownRevision(Shown):
    """One state of a page; `plan` where the reader may know all that it names."""

    id: str
    page_id: str
    number: int
    parents: list[str]
    kind: RevisionKind
    author: str
    message: str
    prompt: str | None
    plan: Plan | None
    mode: Mode | None
    at: datetime
    blocks_digest: str
    hash: str
    blocks: list[ShownBlock]


class ListedRevision(Shown):
    """A revision in a list, without its blocks."""

    id: str
    page_id: str
    number: int
    parents: list[str]
    kind: RevisionKind
    author: str
    message: str
    prompt: str | None
    mode: Mode | None
    at: datetime
    blocks_digest: str
    hash: str


class PageShown(Page):
    """A page with one of its revisions; none yet where it is empty."""

    revision: ShownRevision | None


class Pages(Shown):
    """Some pages, and the cursor of what follows."""

    items: list[Page]
    next: str | None


class Revisions(Shown):
    """Some of a page's history, newest first, and the cursor of what follows."""

    items: list[ListedRevision]
    next: str | None


class Answered(Shown):
    """What came of a prompt: blocks, how each word was read, what was not understood; the first block answers."""

    page_id: str
    revision: str
    mode: Mode
    blocks: list[ShownBlock]
    understood: list[Chip]
    not_understood: list[str]
    refusals: list[Refusal]
    notes: list[str]
    choices: list[str]
    status: str = Field(description="answered, reservation or refused")
    timings: dict[str, float] = Field(description="milliseconds per stage")
    as_of: datetime


class Planned(Shown):
    """What a prompt would do: its steps, each with the SQL of its named queries; nothing was read or kept."""

    mode: Mode
    steps: list[dict[str, Any]]
    not_understood: list[str]
    refusals: list[Refusal]
    choices: list[str]
    notes: list[str]
    reservations: list[str]
    timings: list[dict[str, Any]]


class RefreshedPage(Shown):
    """The revision that a refresh made, none where nothing changed; per block what changed."""

    revision: ShownRevision | None
    changed: dict[str, str] = Field(description="block id: rows, definition or permission")


class Explained(Shown):
    """A named query with the SQL and parameters that run for this reader; none where they may not run it."""

    query: Query
    sql: str | None
    parameters: dict[str, Any] | None


class Provenance(Shown):
    """Where a block's numbers came from."""

    block_id: str
    title: str
    source: Source
    chips: list[Chip]
    withheld: str | None
    queries: dict[str, Explained]


class Compared(Shown):
    """A named query run again at its stored moment."""

    name: str
    verdict: str = Field(description="identical, data_changed, definition_changed or not_comparable")
    reason: str
    rows_before: int
    rows_now: int


class Replayed(Shown):
    """How each named query of a block compares."""

    queries: list[Compared]


class UsableDataset(Shown):
    """A dataset that I may ask about; `rows` says which rows are mine to see."""

    id: str
    title: str
    rows: str


class Me(Shown):
    """Who I am, and what I may use."""

    id: str
    roles: list[str]
    attributes: dict[str, Scalar]
    datasets: list[UsableDataset]
    templates: list[str]
    modes: list[Mode]


class ListedTemplate(Shown):
    """A template: what it answers, and why it matched a search."""

    id: str
    title: str
    description: str
    chapter: str
    subchapter: str
    dataset: str
    kinds: list[str]
    asks: list[str]
    version: int
    score: float | None
    why: str


class ShownTemplate(Template):
    """A template whole."""


class Templates(Shown):
    """Some templates, how many there are in all, and the cursor of what follows."""

    items: list[ListedTemplate]
    total: int
    next: str | None


class Chapter(Shown):
    """A chapter or subchapter, and how many templates of it I may use."""

    id: str
    title: str
    description: str
    templates: int


class Chapters(Shown):
    """Chapters or subchapters, in order."""

    items: list[Chapter]


class Seed(Shown):
    """A template's seed examples and the blocks that it gives on the current data; nothing is kept."""

    asks: list[str]
    blocks: list[ShownBlock]


class Health(Shown):
    """The process answers."""

    status: str


class Readiness(Shown):
    """Whether each part that prompts need answers."""

    ready: bool
    parts: dict[str, bool]
