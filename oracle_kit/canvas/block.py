"""Steps and rows become blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from oracle_kit.canvas.kinds import Kinds
from oracle_kit.model import Block, Kind, Rows, Source, Step, json_ready


def build_block(
    step: Step, results: Mapping[str, Rows], kinds: Kinds, source: Source, block_id: str
) -> Block:
    """The block of a step: its kind's props worked out from the rows; ContentError for props that do not fit."""
    written_by = step.props.get("written_by", source.written_by) if step.kind == "text" else source.written_by
    return Block(
        id=block_id,
        kind=step.kind,
        title=step.title,
        template_id=step.template_id,
        width=step.width,
        queries=step.queries,
        results=dict(results),
        props=json_ready(kinds.build(step, results)),
        chips=step.chips,
        source=source.model_copy(update={"written_by": written_by}),
        suggestion=step.suggestion,
    )


def rebuild_block(block: Block, results: Mapping[str, Rows], kinds: Kinds, source: Source) -> Block:
    """The block with other rows: its props are kept where its kind knows them and the rows have the columns.

    A block of a kind that is not known keeps its props and only takes the rows.
    """
    changes = {"results": dict(results), "source": source, "withheld": None}
    if block.kind not in kinds:
        return block.model_copy(update=changes)
    step = Step(
        kind=cast(Kind, block.kind),
        title=block.title,
        queries=block.queries,
        props=kinds.fitting(block.kind, block.props),
        width=block.width,
    )
    return block.model_copy(update=changes | {"props": json_ready(kinds.build(step, results))})
