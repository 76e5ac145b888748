"""The Query: what may be asked of one dataset, as a serialisable value of names and values only."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

Scalar = StrictBool | StrictInt | StrictFloat | str | None
Unit = Literal["day", "week", "month", "quarter", "year"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "between", "is_null", "not_null"]
CountOperator = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Aggregation = Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"]


class Value(BaseModel):
    """A frozen value: equal content, equal value, equal digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(Value):
    """A span of time on one time field, kept as it was said and bound to a clock when compiled.

    form        start and end (end exclusive)
    calendar    whole units: `count` units starting `offset` units from the running one (0 this, -1 last)
    rolling     `count` units back from now (offset -1) or ahead from now (offset 1), to the second;
                offset -2 (2) is the stretch of that length before (after) it
    to_date     from the start of the running unit to now, shifted back by -`offset` units with the same
                elapsed part
    absolute    `start` to `end`, calendar days, end exclusive; either may be open
    since       from `start` to now; with no `start`, from the start of the unit `offset` units away
    until       everything before `end` (end exclusive); with no `end`, before the unit `offset` units away
    after       everything from `start` on; with no `start`, from the start of the unit `offset` units away
    older       everything before the moment `count` units back from now
    """

    field: str
    form: Literal["calendar", "rolling", "to_date", "absolute", "since", "until", "after", "older"]
    unit: Unit | Literal["hour", "minute"] = "day"
    offset: int = 0
    count: int = 1
    start: date | datetime | None = None
    end: date | datetime | None = None
    fiscal: bool = False
    text: str = ""


class Predicate(Value):
    """One field compared with values; `between` includes both ends, `in` lists."""

    kind: Literal["predicate"] = "predicate"
    field: str
    op: Operator
    values: tuple[Scalar, ...] = ()


class Term(Value):
    """A named filter of the dataset's glossary."""

    kind: Literal["term"] = "term"
    name: str


class Related(Value):
    """A bound on how many related rows there are: "has no visit" is count eq 0."""

    kind: Literal["related"] = "related"
    relation: str
    where: Where | None = None
    window: Window | None = None
    op: CountOperator = "ge"
    count: int = 1


class And(Value):
    """All parts hold."""

    kind: Literal["and"] = "and"
    parts: tuple[Where, ...]


class Or(Value):
    """Any part holds."""

    kind: Literal["or"] = "or"
    parts: tuple[Where, ...]


class Not(Value):
    """The part does not hold (rows where it is unknown count as not holding)."""

    kind: Literal["not"] = "not"
    part: Where


Where = Annotated[Predicate | Term | Related | And | Or | Not, Field(discriminator="kind")]


class Measure(Value):
    """A declared measure by `name`, or an aggregate `fn` of a declared `field` (count needs none)."""

    name: str | None = None
    fn: Aggregation | None = None
    field: str | None = None
    where: Where | None = None
    of_all: bool = (
        False  # with `where`: the fraction that the filtered aggregate is of the same one without it
    )
    label: str | None = None

    @property
    def alias(self) -> str:
        """The column name in the rows."""
        return self.name or "_".join(part for part in (self.fn, self.field) if part)


class Dimension(Value):
    """A field to group by; a time field takes a grain, a number field a bucket size."""

    field: str
    grain: Unit | None = None
    size: float | None = None

    @property
    def alias(self) -> str:
        """The column name in the rows."""
        return f"{self.field}_{self.grain}" if self.grain else self.field


class Order(Value):
    """Sort by a column of the rows (alias) or, in a list, by a field."""

    by: str
    descending: bool = False


class Having(Value):
    """A bound on a measure of the group."""

    measure: str
    op: CountOperator | Literal["between"]
    values: tuple[Scalar, ...]


class Query(Value):
    """What is asked of one dataset.

    With `columns` it lists rows of the dataset's grain; without, it aggregates `measures` by `dimensions`.
    `periods` puts the same aggregate side by side for several windows: a first column `period` holds its text.
    `others` folds the groups beyond `limit` into one; `share` adds `<alias>_share`, a fraction of the total over all
    groups; `running` adds `<alias>_running`.
    """

    dataset: str
    columns: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    where: Where | None = None
    having: tuple[Having, ...] = ()
    window: Window | None = None
    periods: tuple[Window, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = Field(default=None, ge=1)
    others: bool = False
    share: bool = False
    running: bool = False

    @property
    def digest(self) -> str:
        """A stable digest; equal queries have equal digests."""
        return digest(self)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, the form that is hashed."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, as `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()


def conjunction(*parts: Where | None) -> Where | None:
    """The parts that are there, all required, flattened; None when there is none."""
    flat: list[Where] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else [part] if part is not None else [])
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else And(parts=tuple(flat))
