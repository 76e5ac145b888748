"""What a Query is compiled to: a statement with everything that its rows must say about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from oracle_kit.model import Bound, Column, Scope

Reader = Literal["integer", "money", "decimal", "float", "text", "boolean", "date", "timestamp"]
Selectable = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True, eq=False)
class Statement:
    """A compiled Query.

    `select` gives at most `limit` + 1 rows (one more shows that there are more); `count` how many there are
    without the cut. With `periods` a row of `select` holds the figures of all of them side by side,
    `dimensions` columns first; with `others` its last column counts the groups that were folded into the
    row.
    """

    select: Selectable
    count: sa.Select[Any]
    columns: tuple[Column, ...]
    readers: tuple[Reader, ...]
    limit: int
    bounds: tuple[Bound, ...]
    policies: tuple[str, ...]
    scopes: tuple[Scope, ...]
    row_cap: int
    timeout_s: float
    now: datetime
    periods: tuple[str, ...] = ()
    dimensions: int = 0
    others: bool = False
