"""The values that flow through the six stages, in pipeline order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from importlib import import_module
from typing import Any, Literal

from pydantic import Field

from oracle_kit.query import Operator, Query, Scalar, Value, Window, digest
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords, FieldType

Mode = Literal["codebook_retrieval", "nemoclaw_hosted", "ollama_local", "deterministic_fallback"]
MODES: tuple[Mode, ...] = (
    "codebook_retrieval",
    "nemoclaw_hosted",
    "ollama_local",
    "deterministic_fallback",
)
Kind = Literal[
    "kpi_tile",
    "bar_chart",
    "line_chart",
    "table",
    "pipeline_board",
    "geo_map",
    "timeline",
    "activity_stream",
    "comparison",
    "text",
    "notice",
]


class Viewer(Value):
    """Who asks: an id, roles that add up, and attributes (`user_id`, `team`) that row filters use."""

    id: str
    roles: tuple[str, ...]
    attributes: dict[str, Scalar] = Field(default_factory=dict)


# 1 retrieve ------------------------------------------------------------------------------------


class Entry(Value):
    """One meaning that words may have; `kind` says of what, `dataset` where."""

    kind: str  # dataset field value measure term relation ... and the operations that `language` lists
    name: str
    dataset: str | None = None
    value: Scalar = None
    label: str = ""
    op: Operator | None = None  # of a comparison: the operator, its values in base units, and the unit said
    values: tuple[Scalar, ...] = ()
    unit: str | None = None
    window: Window | None = None  # of a time phrase, its field still open


class Span(Value):
    """A stretch of the prompt (character offsets) and what it may mean."""

    start: int
    end: int
    text: str
    entries: tuple[Entry, ...] = ()
    how: Literal["exact", "inflected", "spelling", "number", "date", "lookup"] = "exact"
    said: str = ""  # the accepted spelling, where it was repaired


class Match(Value):
    """A template that may answer, with a calibrated score (0..1) and the reason."""

    template_id: str
    dataset: str
    score: float
    why: str = ""


class Retrieved(Value):
    """What stage 1 gives: spans of the prompt and templates that may answer, best first."""

    spans: tuple[Span, ...] = ()
    matches: tuple[Match, ...] = ()


class Context(Value):
    """What a prompt stands in: the viewer, one clock reading, and the page's blocks as this viewer may see them."""

    viewer: Viewer
    clock: Clock
    blocks: tuple[Block, ...] = ()


# 2 select --------------------------------------------------------------------------------------


class Refusal(Value):
    """Why something is not answered: a stable code, one sentence, and what can be asked instead."""

    code: Literal[
        "out_of_scope", "not_permitted", "unknown_value", "unknown_field", "not_understood", "failed"
    ]
    message: str
    suggestions: tuple[str, ...] = ()


class Candidates(Value):
    """What this viewer may use for the prompt; nothing is said of the rest but `refusals`."""

    datasets: tuple[DatasetWords, ...] = ()
    spans: tuple[Span, ...] = ()
    matches: tuple[Match, ...] = ()
    refusals: tuple[Refusal, ...] = ()


# 3 plan ----------------------------------------------------------------------------------------


class Choice(Value):
    """One way a chip could read instead: what a person sees, and what would be set."""

    label: str
    field: str
    op: str
    values: tuple[Scalar, ...] = ()


class Chip(Value):
    """One thing that was understood, readable, and changeable by an edit."""

    id: str
    label: str
    field: str = ""
    op: (
        Operator
        | Literal["window", "group", "measure", "limit", "sort", "term", "row_filter", "spelling", ""]
    ) = ""
    values: tuple[Scalar, ...] = ()
    origin: Literal["word", "default", "policy"] = Field(default="word", alias="from")
    span: tuple[int, int] | None = None
    alternatives: tuple[Choice, ...] = ()

    model_config = Value.model_config | {"populate_by_name": True, "serialize_by_alias": True}


class Step(Value):
    """One block to add, change or remove: names and values only."""

    op: Literal["add", "change", "remove"] = "add"
    block_id: str | None = None
    kind: Kind
    title: str
    template_id: str | None = None
    queries: dict[str, Query] = Field(default_factory=dict)
    props: dict[str, Any] = Field(default_factory=dict)
    width: int = Field(default=12, ge=1, le=12)
    chips: tuple[Chip, ...] = ()
    mode: Mode = "codebook_retrieval"
    provider: str | None = None
    model: str | None = None
    suggestion: bool = False


class Plan(Value):
    """What will be fetched and shown, with what was and was not understood."""

    steps: tuple[Step, ...] = ()
    not_understood: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    choices: tuple[str, ...] = ()  # whole prompts that would say the other reading
    notes: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()  # why an answer comes with a warning

    @property
    def mode(self) -> Mode:
        """The lowest mode that any step used."""
        used = [MODES.index(step.mode) for step in self.steps]
        return MODES[max(used, default=len(MODES) - 1)]


# 4 fetch ---------------------------------------------------------------------------------------


class Column(Value):
    """A column of rows: exact type and unit; `values` is the business order of a listed dimension."""

    name: str
    label: str
    type: FieldType
    unit: str | None = None
    role: Literal["dimension", "measure", "field", "period", "share", "running"] = "field"
    grain: str | None = None
    values: tuple[Scalar, ...] = ()
    labels: tuple[str, ...] = ()  # how a person reads each of `values`
    masked: bool = False
    additive: bool = True
    better: Literal["high", "low"] | None = None


class Bound(Value):
    """What a window came to when it was compiled: `start` inclusive, `end` exclusive, UTC."""

    field: str
    start: datetime | date | None
    end: datetime | date | None
    text: str = ""
    incomplete: bool = False  # the window reaches past now


class Scope(Value):
    """The rights that rows were read under: row filters with their bound attributes, and masked fields."""

    dataset: str
    filters: tuple[str, ...] = ()  # canonical: expression text with attribute values bound
    masked: tuple[str, ...] = ()


class Rows(Value):
    """The rows of one named query: JSON scalars (decimals as strings, times as ISO 8601)."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    truncated: bool = False
    total_count: int | None = None  # how many there are where `rows` is a cut
    others_count: int | None = None  # the last row stands for so many groups beyond the limit
    as_of: datetime
    bounds: tuple[Bound, ...] = ()
    policies: tuple[str, ...] = ()  # what the reader is told: "your leads", "email masked"
    scopes: tuple[Scope, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of columns and rows, without times."""
        return digest([[column.name for column in self.columns], [list(row) for row in self.rows]])

    def index(self, name: str) -> int:
        """The position of a column; KeyError when it is not there."""
        for position, column in enumerate(self.columns):
            if column.name == name:
                return position
        raise KeyError(name)

    def column(self, name: str) -> tuple[Scalar, ...]:
        """All values of one column."""
        position = self.index(name)
        return tuple(row[position] for row in self.rows)


# 5 synthesize ----------------------------------------------------------------------------------


class QuerySource(Value):
    """Where the numbers of one named query came from."""

    dataset: str
    dataset_version: int
    dataset_digest: str
    query_digest: str
    rows_digest: str
    row_count: int
    truncated: bool
    as_of: datetime
    bounds: tuple[Bound, ...] = ()
    policies: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()


class Source(Value):
    """Where a block came from: template, mode, model, and one QuerySource per named query."""

    mode: Mode | None = None
    template_id: str | None = None
    template_version: int | None = None
    provider: str | None = None
    model: str | None = None
    queries: dict[str, QuerySource] = Field(default_factory=dict)
    written_by: Literal["rule", "model", "person"] = "rule"
    imported: bool = False


class Block(Value):
    """One declarative block; `results` has the rows of each named query, `main` first."""

    id: str
    kind: str
    title: str
    template_id: str | None = None
    width: int = Field(default=12, ge=1, le=12)
    queries: dict[str, Query] = Field(default_factory=dict)
    results: dict[str, Rows] = Field(default_factory=dict)
    props: dict[str, Any] = Field(default_factory=dict)
    chips: tuple[Chip, ...] = ()
    source: Source = Field(default_factory=Source)
    suggestion: bool = False
    pinned: bool = False  # stands at the top, and is not removed before it is unpinned
    withheld: str | None = None  # the reason why this reader gets no rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the main query."""
        return self.results["main"].columns if "main" in self.results else ()

    @property
    def rows(self) -> tuple[tuple[Scalar, ...], ...]:
        """The rows of the main query."""
        return self.results["main"].rows if "main" in self.results else ()

    def to_pandas(self) -> Any:
        """The main rows as a pandas DataFrame, decimals as Decimal; NotInstalled without pandas."""
        from oracle_kit.frames import to_pandas

        return to_pandas([(column.name, column.type) for column in self.columns], self.rows)

    def __repr__(self) -> str:
        return f"<Block {self.id} {self.kind} {self.title!r}, {len(self.rows)} rows>"

    def _repr_html_(self) -> str:
        """How Jupyter shows it."""
        return _shown(self)


# 6 commit --------------------------------------------------------------------------------------

RevisionKind = Literal["created", "prompt", "edit", "refresh", "rollback", "fork", "merge"]


class Revision(Value):
    """One state of a page, never overwritten. `hash` covers the record, `blocks_digest` the answers alone."""

    id: str
    page_id: str
    number: int
    parents: tuple[str, ...] = ()
    kind: RevisionKind
    blocks: tuple[Block, ...] = ()
    author: str
    message: str = ""
    prompt: str | None = None
    plan: Plan | None = None
    mode: Mode | None = None
    at: datetime
    blocks_digest: str
    hash: str = ""

    def __repr__(self) -> str:
        return f"<Revision {self.id} number {self.number} of {self.page_id}, {len(self.blocks)} blocks>"

    def _repr_html_(self) -> str:
        """How Jupyter shows it."""
        return _shown(self)


class Page(Value):
    """A canvas page; `head` is the id of its newest revision."""

    id: str
    title: str
    owner: str
    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    visibility: Literal["private", "team", "everyone"] = "private"
    team: str | None = None
    head: str | None = None
    head_number: int = 0
    forked_from: tuple[str, str] | None = None
    archived: bool = False
    created_at: datetime
    updated_at: datetime


class Timing(Value):
    """How long one stage took, in milliseconds."""

    stage: str
    ms: float


class Answer(Value):
    """What `Oracle.ask` gives: the committed revision's blocks and what was made of the prompt.

    `blocks` are those this prompt added or changed, the one that answers first; `page_blocks` the whole page.
    `status`: answered, reservation (answered with a stated reservation), refused (refused or suggestions only).
    """

    page_id: str | None
    revision: Revision | None
    mode: Mode
    blocks: tuple[Block, ...]
    page_blocks: tuple[Block, ...] = ()
    understood: tuple[Chip, ...] = ()
    not_understood: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    choices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = ()
    as_of: datetime
    run_id: str | None = None

    @property
    def status(self) -> Literal["answered", "reservation", "refused"]:
        """How far the answer may be relied on."""
        facts = [
            block for block in self.blocks if block.kind not in ("text", "notice") and not block.suggestion
        ]
        if not facts:
            return "refused"
        return "reservation" if self.reservations or self.refusals or self.not_understood else "answered"

    def __repr__(self) -> str:
        return (
            f"<Answer {self.status}, {self.mode}: {[block.title for block in self.blocks]} on {self.page_id}>"
        )

    def _repr_html_(self) -> str:
        """How Jupyter shows it."""
        return _shown(self)


Context.model_rebuild()


def _shown(value: Value) -> str:
    """The picture of a value, which knows nothing of pictures itself: looked up when it is shown."""
    picture: str = import_module("oracle_kit.canvas.answer_html").shown(value)
    return picture


def json_ready(value: Any) -> Any:
    """A value as plain JSON types."""
    if isinstance(value, Value):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
