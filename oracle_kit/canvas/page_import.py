"""An exported page read back: what it asks and how that is shown, and nothing else of the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from oracle_kit.canvas.edit_values import TITLE_LENGTH, printable
from oracle_kit.canvas.export import FORMAT
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.errors import ContentError, Refused, did_you_mean
from oracle_kit.query import Query

LARGEST = 20_000_000  # characters of a definition
MOST_BLOCKS = 200
MOST_QUERIES = 12  # of one block
LONGEST_TITLE = 2_000  # that is read; it is cut to what a page takes

Title = Annotated[str, Field(max_length=LONGEST_TITLE), AfterValidator(printable)]


class ReadBlock(BaseModel):
    """What is taken of a block of the file; its id, rows, chips and source are not."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Annotated[str, Field(max_length=100)]
    title: Title = ""
    width: int = Field(default=12, ge=1, le=12)
    queries: dict[Annotated[str, Field(max_length=100)], Query] = Field(
        default_factory=dict, max_length=MOST_QUERIES
    )
    props: dict[str, Any] = Field(default_factory=dict)
    suggestion: bool = False
    pinned: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether the block was withheld from who exported it, so that the file does not say what it asks."""
        return not self.queries and self.kind not in ("text", "notice")


class ReadPage(BaseModel):
    """What is taken of a file: the page's title and its blocks, in their order."""

    title: str
    blocks: tuple[ReadBlock, ...]


def read_page(definition: Mapping[str, Any] | str, kinds: Kinds) -> ReadPage:
    """The page of an `oracle export --format json`, as text or parsed; Refused names what is wrong with it."""
    told = _parsed(definition) if isinstance(definition, str) else definition
    if not isinstance(told, Mapping) or told.get("format") != FORMAT:
        raise Refused("This is no exported page.", hint="Take what `oracle export --format json` wrote.")
    page, revision = told.get("page"), told.get("revision")
    blocks = revision.get("blocks") if isinstance(revision, Mapping) else None
    if not isinstance(page, Mapping) or not isinstance(blocks, (list, tuple)):
        raise Refused("The exported page has no blocks.", hint="Export it again.")
    if len(blocks) > MOST_BLOCKS:
        raise Refused(f"The page has {len(blocks)} blocks; at most {MOST_BLOCKS} are imported.")
    title = page.get("title")
    return ReadPage(
        title=title.strip()[:TITLE_LENGTH] if isinstance(title, str) else "",
        blocks=tuple(_block(one, place, kinds) for place, one in enumerate(blocks, 1)),
    )


def _parsed(text: str) -> Any:
    if len(text) > LARGEST:
        raise Refused(f"The file has {len(text):,} characters; at most {LARGEST:,} are read.")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(
            "The file is not JSON.", hint="Take what `oracle export --format json` wrote."
        ) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _block(told: Any, place: int, kinds: Kinds) -> ReadBlock:
    """One block, checked: its kind, its props, its queries."""
    try:
        block = ReadBlock.model_validate(told)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise Refused(f"Block {place}: {where or 'it'}: {fault['msg'].lower()}.") from None
    if block.kind not in kinds:
        raise Refused(
            f"Block {place} is of a kind that is not known: {block.kind!r}.",
            hint=did_you_mean(block.kind, kinds.names),
        )
    if block.queries and "main" not in block.queries:
        raise Refused(f"Block {place} has no query named main.")
    try:
        kinds.check(block.kind, block.props)
    except ContentError as error:
        raise Refused(f"Block {place}: {error.message}.", hint=error.hint) from None
    return block
