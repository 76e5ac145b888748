"""What a statement takes from the clock: now, and the edges of its windows, bound anew at each reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oracle_kit.model import Bound
from oracle_kit.query import Window
from oracle_kit.windows import Clock, bind, bind_days
from oracle_kit.words import FieldType

NOW = "now"
Timed = tuple[Window, FieldType]  # a window and the type of the field that it is about


def edge_names(position: int) -> tuple[str, str]:
    """The parameters that hold the start and the end of a statement's window."""
    return f"window_{position}_start", f"window_{position}_end"


def bound_window(timed: Timed, clock: Clock) -> Bound:
    """What the window comes to at the clock, in the type of its field."""
    window, type_ = timed
    span = bind(window, clock) if type_ == "timestamp" else bind_days(window, clock)
    return Bound(
        field=window.field, start=span.start, end=span.end, text=window.text, incomplete=span.incomplete
    )


def clock_parameters(bounds: Sequence[Bound], clock: Clock) -> dict[str, Any]:
    """The values of the parameters that depend on the clock."""
    values: dict[str, Any] = {NOW: clock.now}
    for position, one in enumerate(bounds):
        start, end = edge_names(position)
        values |= {start: one.start, end: one.end}
    return values
