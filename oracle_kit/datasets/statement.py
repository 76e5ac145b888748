"""What a Query is compiled to: a statement with everything that its rows must say about themselves."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from oracle_kit.datasets.moments import Timed, bound_window, clock_parameters
from oracle_kit.model import Bound, Column, Scope
from oracle_kit.windows import Clock

Reader = Literal["integer", "money", "decimal", "float", "text", "boolean", "date", "timestamp"]
Selectable = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True, eq=False)
class Statement:
    """A compiled Query.

    `select` gives at most `limit` rows, with one column more than `columns`: how many rows there are without
    the cut, or, with `others`, how many groups were folded into the row. With `periods` a row holds the
    figures of all of them side by side, `dimensions` columns first. `parameters` are what the clock sets.
    """

    select: Selectable
    columns: tuple[Column, ...]
    readers: tuple[Reader, ...]
    limit: int
    windows: tuple[Timed, ...]
    bounds: tuple[Bound, ...]
    parameters: Mapping[str, Any]
    policies: tuple[str, ...]
    scopes: tuple[Scope, ...]
    row_cap: int
    timeout_s: float
    now: datetime
    periods: tuple[str, ...] = ()
    dimensions: int = 0
    others: bool = False

    def at(self, clock: Clock) -> Statement:
        """The same statement at another reading of the clock."""
        bounds = tuple(bound_window(one, clock) for one in self.windows)
        parameters = clock_parameters(bounds, clock)
        return replace(self, bounds=bounds, parameters=parameters, now=clock.now)


class CompiledStatements:
    """The statements compiled last, by what they were compiled from; safe to share between threads."""

    def __init__(self, most: int = 512) -> None:
        self._most, self._changing = most, threading.Lock()
        self._kept: OrderedDict[Hashable, Statement] = OrderedDict()

    def get(self, key: Hashable) -> Statement | None:
        """The statement that was put under the key, or None."""
        with self._changing:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, statement: Statement) -> None:
        """Keeps the statement, and lets the one go that was not used for longest."""
        with self._changing:
            self._kept[key] = statement
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
