"""A page made from an exported one: its questions asked again under the importer's rights, nothing else taken over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oracle_kit.canvas.edit_values import TITLE_LENGTH
from oracle_kit.canvas.page_import import ReadBlock, read_page
from oracle_kit.canvas.page_store import Also
from oracle_kit.errors import ContentError, FieldNotAllowed, QueryRefused, Refused
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Source, Viewer
from oracle_kit.pipeline.plan_model import chips_of
from oracle_kit.usecases.audited import audited
from oracle_kit.usecases.changes import new_revision
from oracle_kit.usecases.page_access import new_page
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.reading import run_again
from oracle_kit.windows import Clock


def imported(
    parts: Parts,
    definition: Mapping[str, Any] | str,
    viewer: Viewer,
    *,
    title: str | None,
    keeping: Callable[[Page], Also | None],
) -> Page:
    """A new page of the viewer's with the blocks of an export, marked as imported.

    Rows, chips, ids, authors and history of the file are not taken over: each query runs now, under the viewer's
    rights, and chips say what it asks. Refused, by the block's place, for what is not valid or the viewer may not ask.
    """
    read = read_page(definition, parts.kinds)
    asked = [one for one in read.blocks if not one.says_nothing]
    clock = parts.clock()
    blocks = tuple(
        _block(one, place, parts, viewer, clock)
        for place, one in enumerate(read.blocks, 1)
        if not one.says_nothing
    )
    page = new_page(title or read.title, viewer)
    left_out = len(read.blocks) - len(asked)
    told = f"Imported: {len(blocks)} blocks" + (f"; {left_out} say nothing, left out" if left_out else "")
    new = new_revision(page.id, "created", viewer, told).model_copy(update={"blocks": blocks})
    write = audited(
        viewer,
        "import_page",
        page.id,
        lambda made: {"revision": made.id, "blocks": len(blocks), "left_out": left_out},
        keeping(page),
    )
    parts.pages.begin(page, new, also=write)
    return parts.pages.page(page.id)


def _block(read: ReadBlock, place: int, parts: Parts, viewer: Viewer, clock: Clock) -> Block:
    """One block with its rows read now, its source marked; a text is a person's, whoever the file says wrote it."""
    written = {"written_by": "person"} if read.kind == "text" else {}
    block = Block(
        id=new_id("blk"),
        kind=read.kind,
        title=read.title[:TITLE_LENGTH],
        width=read.width,
        queries=read.queries,
        props={**read.props, **written},
        source=Source(imported=True, **written),
        suggestion=read.suggestion,
        pinned=read.pinned,
    )
    if not block.queries:
        return block
    try:
        built = run_again(block, parts, viewer, clock, block.queries)
    except (QueryRefused, FieldNotAllowed) as error:
        raise type(error)(f"Block {place}: {error.message}", hint=error.hint) from None
    except ContentError as error:
        raise Refused(f"Block {place}: {error.message}.", hint=error.hint) from None
    words = parts.knowledge.current().words[block.queries["main"].dataset]
    return built.model_copy(update={"chips": (*chips_of(block.queries["main"], words), *built.chips)})
