"""What a browser may tell a studio session: closed values, told apart by `act`; anything else is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from oracle_kit.canvas.edits import Edit
from oracle_kit.errors import EditRefused
from oracle_kit.query import Value

MOST_TEXT = 100_000
BlockId = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=MOST_TEXT)]
Name = Annotated[str, Field(max_length=200)]
Said = Annotated[str, Field(max_length=2_000)]


class Ask(Value):
    """A prompt for the page in view, or for a new one."""

    act: Literal["ask"] = "ask"
    text: Text


class Choose(Value):
    """Who is asked where the codebook does not answer: a provider and its model (empty: as routed), local ones only."""

    act: Literal["choose"] = "choose"
    provider: Name = ""
    model: Name = ""
    private: bool = False


class Change(Value):
    """Edits of the page in view."""

    act: Literal["edit"] = "edit"
    edits: Annotated[tuple[Edit, ...], Field(min_length=1, max_length=100)]


class SetValue(Value):
    """Another value for a chip, as it was typed; several stand between commas."""

    act: Literal["set_value"] = "set_value"
    block: BlockId
    chip: BlockId
    text: Text


class Retitle(Value):
    """A title that was typed: of a block, or of the page where there is none."""

    act: Literal["retitle"] = "retitle"
    block: BlockId | None = None
    text: Text


class Note(Value):
    """A note that was typed, for the end of the page."""

    act: Literal["note"] = "note"
    text: Text


class Look(Value):
    """A drawer of a block, opened or closed: where its numbers came from, run again, or its chart to explore."""

    act: Literal["look"] = "look"
    block: BlockId
    at: Literal["why", "replay", "explore"]


class Sort(Value):
    """A table sorted by a column, the other way round where it was already."""

    act: Literal["sort"] = "sort"
    block: BlockId
    column: Annotated[int, Field(ge=0, le=1_000)]


class Turn(Value):
    """Another page of a table."""

    act: Literal["turn"] = "turn"
    block: BlockId
    page: Annotated[int, Field(ge=0, le=100_000)]


class Move(Value):
    """A block one place up or down."""

    act: Literal["move"] = "move"
    block: BlockId
    by: Literal[-1, 1]


class Do(Value):
    """Something done to the page in view, or to what stands around it."""

    act: Literal["do"] = "do"
    what: Literal[
        "refresh", "fork", "history", "older", "requests", "more_pages", "dismiss", "archive", "restore_page"
    ]


class See(Value):
    """A revision brought into view (None: the newest), compared with the one before or the newest, or brought back."""

    act: Literal["see"] = "see"
    revision: str | None = None
    how: Literal["show", "compare", "to_newest", "rollback"] = "show"


class Propose(Value):
    """A merge request from the page in view into the one that it was forked from."""

    act: Literal["propose"] = "propose"
    text: Said
    message: Said = ""


class Request(Value):
    """A merge request opened (None: their list)."""

    act: Literal["request"] = "request"
    request: BlockId | None = None


class Settle(Value):
    """The side that a conflict is to take: the target's (ours), the source's (theirs), or what both had before."""

    act: Literal["settle"] = "settle"
    block: BlockId
    part: Name
    take: Literal["ours", "theirs", "keep"]


class Verdict(Value):
    """What is said or decided of the merge request in view, with the conflicts that were settled."""

    act: Literal["verdict"] = "verdict"
    verdict: Literal["comment", "approve", "request_changes", "reject", "close", "merge"]
    text: Said = ""


class Share(Value):
    """Who sees the page."""

    act: Literal["share"] = "share"
    visibility: Literal["private", "team", "everyone"]


class Scheme(Value):
    """Whether the browser shows dark colours."""

    act: Literal["scheme"] = "scheme"
    dark: bool


class Draft(Value):
    """A template's text as it stands in the editor, with where the cursor is, and what is wanted of it."""

    act: Literal["draft"] = "draft"
    text: Text
    cursor: Annotated[int, Field(ge=0, le=MOST_TEXT)] = 0
    want: Literal["complete", "preview", "check", "save"] = "complete"
    id: Annotated[str, Field(max_length=200)] = ""


class TryPrompt(Value):
    """A prompt ranked against the whole codebook and the draft."""

    act: Literal["try"] = "try"
    text: Text


class Pick(Value):
    """A search of the codebook, or a template taken into the editor."""

    act: Literal["pick"] = "pick"
    text: Annotated[str, Field(max_length=500)] = ""
    chapter: Annotated[str, Field(max_length=200)] = ""
    template: Annotated[str, Field(max_length=200)] = ""


class Review(Value):
    """What a reviewer decides of a proposed write."""

    act: Literal["review"] = "review"
    approval: BlockId
    verdict: Literal["approve", "reject"]
    text: Said = ""


class Job(Value):
    """A batch job cancelled, or its failed items queued again."""

    act: Literal["job"] = "job"
    job: BlockId
    do: Literal["cancel", "retry"]


class LookAt(Value):
    """A provider looked at now; one whose model is cold loads it with `wake`."""

    act: Literal["look_at"] = "look_at"
    provider: Name
    wake: bool = False


class Route(Value):
    """The operator's switch: a provider pinned, switched off or on, or the whole of it taken away."""

    act: Literal["route"] = "route"
    do: Literal["pin", "unpin", "disable", "enable", "reset"]
    provider: Name = ""


class ModelFor(Value):
    """The model that a workload is to use, as `provider/model`; nothing: as the policy says."""

    act: Literal["model_for"] = "model_for"
    workload: Name
    text: Name = ""


class Reload(Value):
    """The view read anew."""

    act: Literal["reload"] = "reload"


Message = Annotated[
    Ask
    | Choose
    | Change
    | SetValue
    | Retitle
    | Note
    | Look
    | Sort
    | Turn
    | Do
    | See
    | Propose
    | Request
    | Settle
    | Verdict
    | Share
    | Scheme
    | Draft
    | TryPrompt
    | Pick
    | Review
    | Job
    | Move
    | LookAt
    | Route
    | ModelFor
    | Reload,
    Field(discriminator="act"),
]
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def read_message(line: str) -> Message:
    """The message in a line of JSON; EditRefused where it is none."""
    try:
        told: Any = json.loads(line)
        return _MESSAGE.validate_python({key: value for key, value in told.items() if key != "n"})
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"] if part not in ("edit", "edits"))
        raise EditRefused(f"That cannot be done: {place}: {fault['msg']}.") from None
    except (ValueError, AttributeError):
        raise EditRefused("That cannot be read.", hint="Reload the page.") from None
