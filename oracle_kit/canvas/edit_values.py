"""The edits of a page as values: operations on its blocks, told apart by `op`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from oracle_kit.model import Kind
from oracle_kit.query import Dimension, Operator, Scalar, Value, Window

MOST_EDITS = 10_000
TITLE_LENGTH = 200
NOTE_LENGTH = 20_000


def printable(text: str) -> str:
    """The text; ValueError where it holds control characters."""
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise ValueError("it holds control characters")
    return text


BlockId = Annotated[str, Field(min_length=1, max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH), AfterValidator(printable)]
NoteText = Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH), AfterValidator(printable)]
Place = Annotated[int, Field(ge=0)]  # the first block stands at 0
Values = Annotated[tuple[Scalar, ...], Field(max_length=1_000)]


class Move(Value):
    """The block comes to stand at the place `to`."""

    op: Literal["move"] = "move"
    block_id: BlockId
    to: Place


class Resize(Value):
    """The block's width, in twelfths of the page."""

    op: Literal["resize"] = "resize"
    block_id: BlockId
    width: int = Field(ge=1, le=12)


class Retitle(Value):
    """The block's title."""

    op: Literal["retitle"] = "retitle"
    block_id: BlockId
    title: Title


class Remove(Value):
    """The block leaves the page; its history stays."""

    op: Literal["remove"] = "remove"
    block_id: BlockId


class Restore(Value):
    """The block as an earlier revision had it, at `to` or where it stood then."""

    op: Literal["restore"] = "restore"
    block_id: BlockId
    revision_id: Annotated[str, Field(min_length=1, max_length=100)]
    to: Place | None = None


class Duplicate(Value):
    """A copy of the block, at `to` or behind it."""

    op: Literal["duplicate"] = "duplicate"
    block_id: BlockId
    to: Place | None = None


class AddNote(Value):
    """A text that a person wrote, at `to` or at the end."""

    op: Literal["add_note"] = "add_note"
    text: NoteText
    title: Annotated[str, Field(max_length=TITLE_LENGTH), AfterValidator(printable)] = ""
    to: Place | None = None
    width: int = Field(default=12, ge=1, le=12)


class EditNote(Value):
    """Another text for a note."""

    op: Literal["edit_note"] = "edit_note"
    block_id: BlockId
    text: NoteText


class SetKind(Value):
    """The same rows shown in another way."""

    op: Literal["set_kind"] = "set_kind"
    block_id: BlockId
    kind: Kind


class SetChip(Value):
    """What a chip says, changed: to one of its `alternatives` (the first is 0), or to other values or operator."""

    op: Literal["set_chip"] = "set_chip"
    block_id: BlockId
    chip_id: Annotated[str, Field(min_length=1, max_length=100)]
    alternative: Place | None = None
    values: Values | None = None
    operator: Operator | None = None


class RemoveChip(Value):
    """What a chip says no longer holds."""

    op: Literal["remove_chip"] = "remove_chip"
    block_id: BlockId
    chip_id: Annotated[str, Field(min_length=1, max_length=100)]


class SetFilter(Value):
    """A filter on a field, in place of the one that there is on it."""

    op: Literal["set_filter"] = "set_filter"
    block_id: BlockId
    field: Annotated[str, Field(min_length=1, max_length=100)]
    operator: Operator
    values: Values = ()


class SetWindow(Value):
    """The span of time, or None for all time."""

    op: Literal["set_window"] = "set_window"
    block_id: BlockId
    window: Window | None


class SetGroup(Value):
    """What the block groups by; nothing for one figure over all rows."""

    op: Literal["set_group"] = "set_group"
    block_id: BlockId
    dimensions: Annotated[tuple[Dimension, ...], Field(max_length=3)]


class Pin(Value):
    """The block stands at the top, behind those pinned before, and is not removed before it is unpinned."""

    op: Literal["pin"] = "pin"
    block_id: BlockId


class Unpin(Value):
    """The block is like any other again."""

    op: Literal["unpin"] = "unpin"
    block_id: BlockId


OnBlock = (
    Move
    | Resize
    | Retitle
    | Remove
    | Restore
    | Duplicate
    | EditNote
    | SetKind
    | SetChip
    | RemoveChip
    | SetFilter
    | SetWindow
    | SetGroup
    | Pin
    | Unpin
)
Edit = Annotated[OnBlock | AddNote, Field(discriminator="op")]
