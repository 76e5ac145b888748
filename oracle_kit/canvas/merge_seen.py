"""The decisions of a merge as one reader may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from oracle_kit.canvas.merge import Decision
from oracle_kit.canvas.parts import CONTENT, called, shown
from oracle_kit.model import Block

Sides = tuple[Sequence[Block], Sequence[Block], Sequence[Block]]  # base, ours, theirs as the reader sees them


def decisions_seen(decisions: Iterable[Decision], sides: Sides) -> tuple[Decision, ...]:
    """The decisions with titles and values taken from what the reader sees of the three sides.

    Whether a block is there, and where, is said to everyone who may read the pages.
    """
    indexed = tuple({block.id: block for block in side} for side in sides)
    return tuple(_seen(one, indexed) for one in decisions)


def _seen(decision: Decision, sides: Sequence[dict[str, Block]]) -> Decision:
    blocks = [side.get(decision.block) for side in sides]
    told: dict[str, Any] = {"title": next((called(one) for one in blocks if one is not None), "")}
    if decision.part in CONTENT:
        values = [shown(one, decision.part) if one is not None else None for one in blocks]
        told |= dict(zip(("base", "ours", "theirs"), values, strict=True))
    return decision.model_copy(update=told)
