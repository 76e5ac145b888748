"""Lists of numbers, one after another in one array: what the index is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]  # whole numbers; numpy's stubs lose their size in bincount and unique
Floats = NDArray[Any]  # fractions, as above


@dataclass(frozen=True, eq=False)
class Lists:
    """`items[starts[i]:starts[i + 1]]` is list i."""

    starts: Ints
    items: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Lists:
        """These lists."""
        sizes = np.fromiter(map(len, rows), np.int64, len(rows))
        items = np.fromiter((item for row in rows for item in row), np.int32, int(sizes.sum()))
        return cls(_starts(sizes), items)

    @classmethod
    def sized(cls, sizes: Sequence[int], items: Ints) -> Lists:
        """The items cut into lists of these sizes."""
        return cls(_starts(np.array(sizes, np.int64)), items.astype(np.int32))

    @classmethod
    def grouped(cls, keys: Ints, items: Ints, count: int) -> Lists:
        """`count` lists: list k has the items whose key is k, in their order."""
        order = np.argsort(keys, kind="stable")
        return cls(_starts(np.bincount(keys, minlength=count)), items[order].astype(np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Ints:
        """How long each list is."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Ints:
        """For each item, the list that it stands in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.sizes)

    def at(self, chosen: Ints) -> tuple[Ints, Ints]:
        """The items of the chosen lists, and for each item the place of its list among the chosen."""
        spots, places = self.spots(chosen)
        return self.items[spots], places

    def spots(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Where the items of the chosen lists stand, and for each the place of its list among the chosen."""
        first = self.starts[chosen]
        sizes = self.starts[np.asarray(chosen) + 1] - first
        places = np.repeat(np.arange(len(chosen), dtype=np.int32), sizes)
        offsets = np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
        return offsets + np.arange(len(offsets)), places

    def inverted(self, count: int) -> Lists:
        """For each of `count` items, the lists that it stands in, as often as it does."""
        return Lists.grouped(self.items, self.owners, count)

    def renamed(self, names: Ints) -> Lists:
        """The lists with `names[item]` for each item."""
        return Lists(self.starts, names[self.items].astype(np.int32))

    def followed_by(self, more: Lists) -> Lists:
        """These lists, then those."""
        return Lists(
            np.concatenate([self.starts, more.starts[1:] + self.starts[-1]]),
            np.concatenate([self.items, more.items]),
        )


def distinct(keys: Ints) -> Ints:
    """The keys in rising order, once each; by sorting, which for many keys is several times faster than hashing."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def _starts(sizes: Ints) -> Ints:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
