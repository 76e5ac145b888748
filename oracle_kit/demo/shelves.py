"""Unsold units as a buyer finds them: by city and segment, in the order in which they were listed."""

from __future__ import annotations

import numpy as np

from oracle_kit.demo.counter import Draws, Ints
from oracle_kit.demo.moments import NEVER
from oracle_kit.demo.stock import SOLD, Stock


class Shelves:
    """Units that are not sold; gives each buyer one that was listed by the day asked for."""

    def __init__(self, stock: Stock) -> None:
        units = stock.units
        unsold = np.flatnonzero(stock.status != SOLD).astype(np.int64)
        ordered = unsold[np.lexsort((unsold, units.listed[unsold]))]
        self._listed = units.listed
        self._segments = int(units.segment.max()) + 1
        pairs = units.city[ordered] * self._segments + units.segment[ordered]
        self._by_pair = {int(pair): ordered[pairs == pair] for pair in np.unique(pairs)}
        self._by_city = {
            int(city): ordered[units.city[ordered] == city] for city in np.unique(units.city[ordered])
        }
        self._all = ordered

    def choose(self, draws: Draws, column: str, rows: Ints, city: Ints, segment: Ints, day: Ints) -> Ints:
        """A unit for each row: of the city and segment, else of the city, else of any, listed by the day."""
        unit = np.full(len(rows), NEVER, dtype=np.int64)
        bits = draws.below(column, rows, 1 << 31)
        pair = city * self._segments + segment
        for keys, shelves in ((pair, self._by_pair), (city, self._by_city), (city * 0, {0: self._all})):
            for key, shelf in shelves.items():
                mine = np.flatnonzero((keys == key) & (unit == NEVER))
                offered = np.searchsorted(self._listed[shelf], day[mine], side="right")
                mine, offered = mine[offered > 0], offered[offered > 0]
                unit[mine] = shelf[bits[mine] * offered >> 31]
        return unit
