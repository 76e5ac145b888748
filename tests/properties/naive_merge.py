"""A second, naive merge, written from canvas.md alone, that the real one is compared with. Slow; small pages only."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from oracle_kit.model import Block
from oracle_kit.query import canonical_json

FACETS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "width": ("width",),
    "pin": ("pinned",),
    "query": ("queries", "chips", "template_id", "suggestion"),
    "props": ("kind", "props"),
}
DATA = ("results", "source", "withheld")
Page = Sequence[Block]


def naive_decisions(base: Page, ours: Page, theirs: Page) -> dict[tuple[str, str], str]:
    """(block, part) -> action, for every part that somebody changed."""
    decided: dict[tuple[str, str], str] = {}
    for block in _ids(base, ours, theirs):
        was, our, their = (_find(side, block) for side in (base, ours, theirs))
        if not (was and our and their):
            decided[block, "presence"] = _presence(was, our, their)
        if our and their:
            for facet in FACETS:
                action = _facet(facet, was, our, their)
                if action:
                    decided[block, facet] = action
    return decided | _order_decisions(base, ours, theirs)


def naive_merge(base: Page, ours: Page, theirs: Page) -> list[Block]:
    """The merged page; only for sides without a conflict."""
    decided = naive_decisions(base, ours, theirs)
    assert "conflict" not in decided.values()
    made: dict[str, Block] = {}
    for block in _ids(base, ours, theirs):
        was, our, their = (_find(side, block) for side in (base, ours, theirs))
        if our and their:
            made[block] = _both(was, our, their, decided)
        elif our and decided[block, "presence"] == "ours":
            made[block] = our
        elif their and decided[block, "presence"] == "theirs":
            made[block] = their
    return [made[block] for block in _order(base, ours, theirs, decided, made)]


def _ids(*sides: Page) -> list[str]:
    return sorted({block.id for side in sides for block in side})


def _find(side: Page, block: str) -> Block | None:
    return next((one for one in side if one.id == block), None)


def _read(block: Block | None, fields: Sequence[str]) -> Any:
    return None if block is None else [getattr(block, name) for name in fields]


def _presence(was: Block | None, our: Block | None, their: Block | None) -> str:
    if was is None:
        return "either" if our and their else "ours" if our else "theirs"
    if not our and not their:
        return "either"
    left = our or their
    edited = any(_read(was, fields) != _read(left, fields) for fields in FACETS.values())
    return "conflict" if edited else "theirs" if our else "ours"


def _facet(facet: str, was: Block | None, our: Block, their: Block) -> str | None:
    fields = FACETS[facet]
    b, o, t = _read(was, fields), _read(our, fields), _read(their, fields)
    if o == t:
        return "either" if was is not None and o != b else None
    if b == t:
        return "ours"
    if b == o:
        return "theirs"
    if facet == "props" and was is not None:
        asks = FACETS["query"]
        o_followed = our.kind == was.kind and _read(our, asks) != _read(was, asks)
        t_followed = their.kind == was.kind and _read(their, asks) != _read(was, asks)
        if o_followed and not t_followed:
            return "theirs"
        if t_followed and not o_followed:
            return "ours"
    return "conflict"


def _both(was: Block | None, our: Block, their: Block, decided: dict[tuple[str, str], str]) -> Block:
    told: dict[str, Any] = {"id": our.id}
    for facet, fields in FACETS.items():
        side = their if decided.get((our.id, facet)) == "theirs" else our
        told |= {name: getattr(side, name) for name in fields}
    asked = decided.get((our.id, "query"))
    holder = our if asked == "ours" else their if asked == "theirs" else _holder(was, our, their)
    told |= {name: getattr(holder, name) for name in DATA}
    return Block.model_validate(told)


def _holder(was: Block | None, our: Block, their: Block) -> Block:
    """The side that read the rows again; of two, the newer; of two as new, the same one from either side."""
    if was is not None and _read(their, DATA) == _read(was, DATA):
        return our
    if was is not None and _read(our, DATA) == _read(was, DATA):
        return their

    def age(block: Block) -> Any:
        times = [rows.as_of for rows in block.results.values()]
        return max(times), _tie(block)

    return our if age(our) >= age(their) else their


def _tie(block: Block) -> str:
    import hashlib

    text = canonical_json([block.model_dump(mode="json", include=set(DATA))])
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _moved(base: Page, side: Page) -> set[str]:
    """The blocks left when as many as possible stand still; of several ways, the one whose places come first."""
    place = {block.id: at for at, block in enumerate(base)}
    common = [block.id for block in side if block.id in place]
    for size in range(len(common), -1, -1):
        for still in itertools.combinations(range(len(common)), size):
            places = [place[common[at]] for at in still]
            if places == sorted(places):
                return {one for at, one in enumerate(common) if at not in still}
    raise AssertionError


def _still(base: Page, ours: Page, theirs: Page) -> list[str]:
    moved = _moved(base, ours) | _moved(base, theirs)
    there = {one.id for one in ours} & {one.id for one in theirs}
    return [one.id for one in base if one.id in there and one.id not in moved]


def _behind(side: Page, block: str, still: Sequence[str]) -> str | None:
    """The last still block before this one."""
    ids = [one.id for one in side]
    before = [one for one in ids[: ids.index(block)] if one in still]
    return before[-1] if before else None


def _order_decisions(base: Page, ours: Page, theirs: Page) -> dict[tuple[str, str], str]:
    there = {one.id for one in ours} & {one.id for one in theirs}
    new = there - {one.id for one in base}
    our, their = (_moved(base, ours) & there) | new, (_moved(base, theirs) & there) | new
    still = _still(base, ours, theirs)
    decided = {(one, "order"): "ours" for one in our - their}
    decided |= {(one, "order"): "theirs" for one in their - our}
    for one in our & their:
        spots = [_behind(side, one, still) for side in (ours, theirs)]
        mates = {
            other
            for other in our & their
            if [_behind(side, other, still) for side in (ours, theirs)] == [spots[0], spots[0]]
        }
        orders = [[b.id for b in side if b.id in mates] for side in (ours, theirs)]
        agreed = spots[0] == spots[1] and orders[0] == orders[1]
        decided[one, "order"] = "either" if agreed else "conflict"
    return decided


def _order(
    base: Page, ours: Page, theirs: Page, decided: dict[tuple[str, str], str], made: dict[str, Block]
) -> list[str]:
    still = _still(base, ours, theirs)
    result: list[str] = []
    for anchor in (None, *still):
        result += [] if anchor is None else [anchor]
        runs = [
            _run(side, name, anchor, still, decided, made)
            for side, name in ((ours, "ours"), (theirs, "theirs"))
        ]
        result += _woven(*runs)
    return result


def _run(
    side: Page,
    name: str,
    anchor: str | None,
    still: Sequence[str],
    decided: dict[tuple[str, str], str],
    made: dict[str, Block],
) -> list[str]:
    """What this side puts behind the anchor: what it moved there or added there, also where the other did so too."""
    run = []
    for block in side:
        if block.id in still or block.id not in made or _behind(side, block.id, still) != anchor:
            continue
        action = decided.get((block.id, "order")) or decided[block.id, "presence"]
        if action in (name, "either"):
            run.append(block.id)
    return run


def _woven(ours: list[str], theirs: list[str]) -> list[str]:
    """Up to the next block that both have: the run that begins with the smaller id first."""
    both = [one for one in ours if one in theirs]
    if both:
        at, their_at = ours.index(both[0]), theirs.index(both[0])
        rest = _woven(ours[at + 1 :], theirs[their_at + 1 :])
        return [*_woven(ours[:at], theirs[:their_at]), both[0], *rest]
    return [one for run in sorted(run for run in (ours, theirs) if run) for one in run]
