"""Merging two states of a page that come from a common one: decisions as data, then their application.

Laws, held by property tests: merge(b, x, b) = x; merge(b, b, x) = x; merge(b, x, x) = x; swapping the sides
swaps ours and theirs; edits of different parts are both kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from oracle_kit.canvas.merge_blocks import merged_block, part_actions, touched
from oracle_kit.canvas.merge_order import Place, anchors, arranged, moved
from oracle_kit.canvas.parts import Part, called, shown
from oracle_kit.errors import Conflict, EditRefused, StaleRevision
from oracle_kit.model import Block
from oracle_kit.query import Value

Action = Literal["keep", "ours", "theirs", "either", "conflict"]
Blocks = Sequence[Block]
_Indexed = dict[str, Block]
_Actions = dict[Part, Action]
_Spots = tuple[dict[str, int], ...]
_PLACES: dict[Action, Place] = {"ours": "ours", "theirs": "theirs", "either": "both", "keep": "keep"}


class Decision(Value):
    """What becomes of one part of one block; parts that nobody changed have none.

    `base`, `ours` and `theirs` say what each side has there, as far as a reader may see it.
    """

    block: str
    part: Part
    action: Action
    title: str = ""
    base: Any = None
    ours: Any = None
    theirs: Any = None


class Resolution(Value):
    """How a person settles one conflict: by one of the sides, or by keeping what the base had."""

    block: str
    part: Part
    take: Literal["ours", "theirs", "keep"]


def decide(base: Blocks, ours: Blocks, theirs: Blocks) -> tuple[Decision, ...]:
    """The decisions of a merge, by block in the base's order, then those of blocks that are new."""
    sides = _indexed(base), _indexed(ours), _indexed(theirs)
    order = _order_actions(*sides)
    spots = tuple({block: at for at, block in enumerate(side)} for side in sides)
    added = sorted((sides[1].keys() | sides[2].keys()) - sides[0].keys())
    content = {block: tuple(_content(block, sides)) for block in (*sides[0], *added)}
    return tuple(one for block in content for one in (*content[block], *_order(block, sides, order, spots)))


def conflicts(decisions: Iterable[Decision], resolutions: Iterable[Resolution] = ()) -> tuple[Decision, ...]:
    """The conflicts that no resolution settles."""
    settled = {(one.block, one.part) for one in resolutions}
    open_ones = (one for one in decisions if one.action == "conflict")
    return tuple(one for one in open_ones if (one.block, one.part) not in settled)


def apply(
    base: Blocks,
    ours: Blocks,
    theirs: Blocks,
    decisions: Sequence[Decision],
    resolutions: Sequence[Resolution] = (),
) -> tuple[Block, ...]:
    """The merged page. Conflict while a conflict is open, EditRefused for a resolution that settles nothing.

    A block whose queries neither side ran comes without their rows; the caller reads them before the commit.
    """
    settled = _settled(decisions, resolutions)
    sides = _indexed(base), _indexed(ours), _indexed(theirs)
    made: _Indexed = {}
    places: dict[str, Place] = {}
    for block in sides[0] | sides[1] | sides[2]:
        actions = settled.get(block, {})
        merged = _merged(block, sides, actions)
        if merged is not None:
            made[block] = merged
            places |= _place(block, sides, actions)
    order = arranged(tuple(sides[0]), tuple(sides[1]), tuple(sides[2]), places)
    return tuple(made[block] for block in order if block in made)


def merge_edits(
    base: Blocks, current: Blocks, edited: Blocks, *, head: str | None = None
) -> tuple[Block, ...]:
    """The page as it is now with what was edited on an older base of it.

    StaleRevision where the same part of the same block changed meanwhile: `details` has the conflicts (`ours` is
    what the page has now, `theirs` the edit) and the head to read again.
    """
    decisions = decide(base, current, edited)
    found = conflicts(decisions)
    if found:
        places = ", ".join(f"the {one.part} of “{one.title}”" for one in found[:3])
        raise StaleRevision(
            f"The page moved on in the same place: {places}{' and more' if len(found) > 3 else ''}.",
            hint="Read the page again, and decide which of the two is to stand.",
            conflicts=[one.model_dump(mode="json") for one in found],
            head=head,
        )
    return apply(base, current, edited, decisions)


def _indexed(blocks: Blocks) -> _Indexed:
    return {block.id: block for block in blocks}


def _content(block: str, sides: tuple[_Indexed, ...]) -> Iterator[Decision]:
    """The decisions on a block's presence and the parts of its content."""
    was, our, their = (side.get(block) for side in sides)
    presence = _presence(was, our, their)
    if presence is not None:
        there = tuple(one is not None for one in (was, our, their))
        yield _decision(block, "presence", presence, sides, there)
    if our is not None and their is not None:
        for part, action in part_actions(was, our, their):
            values = tuple(shown(one, part) if one is not None else None for one in (was, our, their))
            yield _decision(block, part, action, sides, values)


def _order(
    block: str, sides: tuple[_Indexed, ...], order: dict[str, Action], spots: _Spots
) -> Iterator[Decision]:
    """The decision on where a block stands, if anybody moved it; the values are places, the first 0."""
    if block in order:
        yield _decision(block, "order", order[block], sides, tuple(side.get(block) for side in spots))


def _decision(
    block: str, part: Part, action: Action, sides: tuple[_Indexed, ...], values: tuple[Any, ...]
) -> Decision:
    titled = next(called(side[block]) for side in sides if block in side)
    base, ours, theirs = values
    return Decision(block=block, part=part, action=action, title=titled, base=base, ours=ours, theirs=theirs)


def _presence(was: Block | None, our: Block | None, their: Block | None) -> Action | None:
    """Who decides whether the block is there; None where it is in all three.

    A block that one side removed and the other changed is a conflict; one that was only moved, or whose rows
    were read again, is removed.
    """
    if was is None:
        return "either" if our is not None and their is not None else "ours" if our is not None else "theirs"
    if our is None and their is None:
        return "either"
    if their is None and our is not None:
        return "conflict" if touched(was, our) else "theirs"
    if our is None and their is not None:
        return "conflict" if touched(was, their) else "ours"
    return None


def _order_actions(base: _Indexed, ours: _Indexed, theirs: _Indexed) -> dict[str, Action]:
    """Who decides where a block stands, for those that somebody moved or that both added."""
    shared = ours.keys() & theirs.keys()
    our, their = moved(tuple(base), tuple(ours)), moved(tuple(base), tuple(theirs))
    actions: dict[str, Action] = dict.fromkeys(our - their & shared, "ours")
    actions |= dict.fromkeys(their - our & shared, "theirs")
    both = ((our & their) | (ours.keys() - base.keys())) & shared
    still = frozenset(base.keys() & shared) - our - their
    return actions | _twice_placed(both, tuple(ours), tuple(theirs), still)


def _twice_placed(
    both: frozenset[str] | set[str], ours: Sequence[str], theirs: Sequence[str], still: frozenset[str]
) -> dict[str, Action]:
    """Blocks that both sides placed: either will do where they put them behind the same block, in the same order."""
    our, their = anchors(ours, still), anchors(theirs, still)
    agreed = {block for block in both if our[block] == their[block]}
    actions: dict[str, Action] = dict.fromkeys(both - agreed, "conflict")
    for anchor in {our[block] for block in agreed}:
        group = {block for block in agreed if our[block] == anchor}
        alike = [b for b in ours if b in group] == [b for b in theirs if b in group]
        actions |= dict.fromkeys(group, "either" if alike else "conflict")
    return actions


def _settled(decisions: Sequence[Decision], resolutions: Sequence[Resolution]) -> dict[str, _Actions]:
    """The action for each part that somebody changed, by block, with the conflicts settled."""
    left = conflicts(decisions, resolutions)
    if left:
        raise Conflict(
            not_settled(left),
            hint="Send a resolution (ours, theirs or keep) for each.",
            conflicts=[one.model_dump(mode="json") for one in left],
        )
    settled: dict[str, _Actions] = defaultdict(dict)
    for one in decisions:
        settled[one.block][one.part] = one.action
    for resolution in checked(decisions, resolutions):
        settled[resolution.block][resolution.part] = resolution.take
    return settled


def not_settled(left: Sequence[Decision]) -> str:
    """How many conflicts are left, in a sentence."""
    return f"{len(left)} {'conflict is' if len(left) == 1 else 'conflicts are'} not settled yet."


def checked(decisions: Iterable[Decision], resolutions: Iterable[Resolution]) -> tuple[Resolution, ...]:
    """The resolutions, each of a conflict of its own; EditRefused for one that settles nothing."""
    open_ones = {(one.block, one.part): one for one in conflicts(decisions)}
    taken: dict[tuple[str, Part], Resolution] = {}
    for one in resolutions:
        place = f"the {one.part} of block {one.block}"
        decision = open_ones.get((one.block, one.part))
        if decision is None:
            hint = "Read the decisions again: they say which parts are in conflict."
            raise EditRefused(f"There is no conflict in {place}.", hint=hint)
        if one.take == "keep" and decision.base is None:
            raise EditRefused(
                f"There is nothing to keep in {place}: both sides added it.", hint="Take a side."
            )
        if taken.setdefault((one.block, one.part), one) != one:
            raise EditRefused(f"Two resolutions settle {place} differently.", hint="Send one of them.")
    return tuple(taken.values())


def _place(block: str, sides: tuple[_Indexed, ...], actions: _Actions) -> dict[str, Place]:
    """Whose order a moved or added block takes its place from; nothing for one that stands still."""
    _, ours, theirs = sides
    order = actions.get("order")
    if order is not None:
        return {block: _PLACES[order]}
    if actions.get("presence") == "keep":
        return {block: "keep"}
    if block in ours and block in theirs:
        return {}
    return {block: "ours" if block in ours else "theirs"}


def _merged(block: str, sides: tuple[_Indexed, ...], actions: _Actions) -> Block | None:
    """The merged block; None where it is removed."""
    was, our, their = (side.get(block) for side in sides)
    if our is not None and their is not None:
        return merged_block(was, our, their, actions)
    return {"keep": was, "ours": our, "theirs": their}.get(actions["presence"])
