"""Answers made by hand, for judging."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oracle_kit.model import Answer, Block, Chip, Column, Refusal, Rows

AT = datetime(2026, 4, 19, 9)


def rows(names: str, *lines: tuple[Any, ...], **more: Any) -> Rows:
    """Rows with columns such as "city:text count:integer"."""
    columns = tuple(
        Column(name=name, label=name, type=kind)
        for name, _, kind in (part.partition(":") for part in names.split())
    )
    return Rows(columns=columns, rows=lines, as_of=AT, **more)


def block(main: Rows | None, kind: str = "table", **more: Any) -> Block:
    """A block that shows rows."""
    results = {} if main is None else {"main": main}
    return Block(id="blk_1", kind=kind, title="A block", results=results, **more)


def answer(*blocks: Block, reservations: tuple[str, ...] = (), **more: Any) -> Answer:
    """An answer with those blocks."""
    given = {"page_blocks": blocks, **more}
    return Answer(
        page_id=None,
        revision=None,
        mode="codebook_retrieval",
        blocks=blocks,
        reservations=reservations,
        as_of=AT,
        **given,
    )


def refusal(message: str) -> Answer:
    """An answer that refuses."""
    notice = Block(id="blk_n", kind="notice", title="Refused", props={"message": message})
    return answer(notice, refusals=(Refusal(code="out_of_scope", message=message),))


def chip(label: str) -> Chip:
    """A chip that is only read."""
    return Chip(id="c1", label=label)
