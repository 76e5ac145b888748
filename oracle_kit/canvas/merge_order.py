"""The order of a merged page: which blocks each side moved, and where they come to stand."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

Place = Literal["ours", "theirs", "both", "keep"]
_SIDES: dict[Place, tuple[str, ...]] = {
    "ours": ("ours",),
    "theirs": ("theirs",),
    "both": ("ours", "theirs"),
    "keep": ("keep",),
}


def moved(base: Sequence[str], side: Sequence[str]) -> frozenset[str]:
    """The fewest blocks that must have moved to turn the base's order into the side's.

    Where several choices are as few, the blocks that stand first in the side's order are taken to have stayed.
    """
    position = {block: at for at, block in enumerate(base)}
    common = [block for block in side if block in position]
    stayed = _longest_rising([position[block] for block in common])
    return frozenset(block for at, block in enumerate(common) if at not in stayed)


def anchors(side: Sequence[str], still: frozenset[str]) -> dict[str, str | None]:
    """For each block of a side that is not `still`, the last still one before it; None at the top."""
    found: dict[str, str | None] = {}
    anchor: str | None = None
    for block in side:
        if block in still:
            anchor = block
        else:
            found[block] = anchor
    return found


def arranged(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], places: Mapping[str, Place]
) -> tuple[str, ...]:
    """The order of the merged page.

    `places` has each block that was moved or added, and whose order it takes its place from. All other blocks
    that the three share keep the order that they have in each; what stood behind one of them still does.
    """
    shared = set(ours) & set(theirs)
    still = [block for block in base if block in shared and block not in places]
    standing = frozenset(still)
    runs: dict[str | None, dict[str, list[str]]] = defaultdict(lambda: {"ours": [], "theirs": [], "keep": []})
    for side, order in (("ours", ours), ("theirs", theirs), ("keep", base)):
        for block, anchor in anchors(order, standing).items():
            if block in places and side in _SIDES[places[block]]:
                runs[anchor][side].append(block)
    merged: list[str] = []
    for anchor in (None, *still):
        merged += [] if anchor is None else [anchor]
        merged += _woven(runs[anchor], places) if anchor in runs else []
    return tuple(merged)


def _woven(runs: Mapping[str, Sequence[str]], places: Mapping[str, Place]) -> Iterator[str]:
    """The runs of both sides as one: what both placed stands once, between it each side's own blocks together."""
    ours, theirs = _cut(runs["ours"], places), _cut(runs["theirs"], places)
    shared = [block for block in runs["ours"] if places[block] == "both"]
    kept: list[Sequence[str]] = [runs["keep"], *([()] * len(shared))]
    for at, segments in enumerate(zip(ours, theirs, kept, strict=True)):
        for segment in sorted(filter(None, segments), key=lambda one: one[0]):  # made ids sort by time
            yield from segment
        if at < len(shared):
            yield shared[at]


def _cut(run: Sequence[str], places: Mapping[str, Place]) -> list[list[str]]:
    """A run cut at the blocks that both sides placed."""
    segments: list[list[str]] = [[]]
    for block in run:
        if places[block] == "both":
            segments.append([])
        else:
            segments[-1].append(block)
    return segments


def _longest_rising(values: Sequence[int]) -> frozenset[int]:
    """The places of the longest rising subsequence, the one whose places come first where there are several."""
    tops: list[int] = []  # negated values, from the end: tops[k] ends the best run of length k + 1
    lengths: list[int] = []
    for value in reversed(values):
        at = bisect_left(tops, -value)
        tops[at : at + 1] = [-value]
        lengths.append(at + 1)
    lengths.reverse()
    chosen, last, need = set(), -1, len(tops)
    for at, value in enumerate(values):
        if lengths[at] == need and value > last:
            chosen.add(at)
            last, need = value, need - 1
    return frozenset(chosen)
