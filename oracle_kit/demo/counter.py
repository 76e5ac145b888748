"""Random numbers that every machine agrees on: a counter hash, and integer draws from it.

A number is SplitMix64 of (seed, table, column, row), so that any row can be made alone and in any order.
Only integers and look-up tables are used on top, since no library promises its distributions from release
to release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]
Texts = NDArray[np.object_]

GOLDEN = 0x9E3779B97F4A7C15
WORD = (1 << 64) - 1
POSITIONS = 1 << 16  # rows of a draw are numbered parent * POSITIONS + position


def mix(values: Bits) -> Bits:
    """The finishing steps of SplitMix64, on uint64 that wrap around."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def key(seed: int, table: str, column: str) -> int:
    """The start of a column's own sequence."""
    state = seed & WORD
    for byte in f"{table}.{column}".encode():
        state = int(mix(np.array([(state + GOLDEN + byte) & WORD], dtype=np.uint64))[0])
    return state


@dataclass(frozen=True)
class Draws:
    """Draws for the columns of one table; `rows` are row numbers, equal rows draw equal values."""

    seed: int
    table: str

    def bits(self, column: str, rows: Ints) -> Bits:
        """64 random bits for each row."""
        start = np.uint64(key(self.seed, self.table, column))
        return mix(start + (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN))

    def below(self, column: str, rows: Ints, limit: int | Ints) -> Ints:
        """Integers from 0 to limit - 1, limit up to 2**31; 0 where the limit is 0."""
        high = self.bits(column, rows) >> np.uint64(32)
        return ((high * np.asarray(limit).astype(np.uint64)) >> np.uint64(32)).astype(np.int64)

    def between(self, column: str, rows: Ints, low: int | Ints, high: int | Ints) -> Ints:
        """Integers from low to high, both included."""
        least, most = np.asarray(low, dtype=np.int64), np.asarray(high, dtype=np.int64)
        return least + self.below(column, rows, most - least + 1)

    def chance(self, column: str, rows: Ints, permille: int | Ints) -> Flags:
        """True for about so many of a thousand rows."""
        return self.below(column, rows, 1000) < permille

    def early(self, column: str, rows: Ints, limit: int | Ints) -> Ints:
        """Integers from 0 to limit - 1, small ones far more often: the product of two draws."""
        bits = self.bits(column, rows)
        first, second = bits >> np.uint64(44), (bits >> np.uint64(20)) & np.uint64(0xFFFFF)
        product = (first * second) >> np.uint64(20)
        return ((product * np.asarray(limit).astype(np.uint64)) >> np.uint64(20)).astype(np.int64)

    def soon(self, column: str, rows: Ints, limit: int | Ints) -> Ints:
        """Integers from 0 to limit - 1, small ones somewhat more often: the lesser of two draws."""
        return np.minimum(self.below(column, rows, limit), self.below(f"{column}.other", rows, limit))

    def bell(self, column: str, rows: Ints, reach: int) -> Ints:
        """Integers from -reach to reach, those near 0 far more often: the sum of four draws."""
        bits = self.bits(column, rows)
        total = np.zeros(len(rows), dtype=np.int64)
        for shift in (0, 16, 32, 48):
            total += ((bits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.int64)
        return (total * (2 * reach + 1) >> 18) - reach

    def pick(self, column: str, rows: Ints, weights: Sequence[int]) -> Ints:
        """Positions in `weights`, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(column, rows, int(edges[-1])), side="right").astype(np.int64)

    def pick_by(self, column: str, rows: Ints, weights: Sequence[Sequence[int]], which: Ints) -> Ints:
        """Positions in the row of `weights` that `which` names for each row."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64), axis=1)[which]
        drawn = self.below(column, rows, edges[:, -1])
        chosen: Ints = (drawn[:, None] >= edges).sum(axis=1)
        return chosen


def ragged(counts: Ints) -> tuple[Ints, Ints]:
    """Children of parents: for each child the index of its parent, and its position among its siblings."""
    parents = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    first = np.cumsum(counts) - counts
    return parents, np.arange(len(parents), dtype=np.int64) - first[parents]
