"""ChartSpec: what a chart shows, as a value of our own; never a Vega expression, never from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oracle_kit.query import Unit, Value


class Encoding(Value):
    """One channel: a column of the rows, its type, and how it is aggregated, cut in time, sorted and titled."""

    channel: Literal["x", "y", "series"]
    field: str
    type: Literal["nominal", "ordinal", "quantitative", "temporal"]
    aggregate: Literal["sum", "mean", "min", "max"] | None = None
    time_unit: Unit | None = None
    sort: Literal["given", "ascending", "descending"] = "given"
    title: str = ""


class ChartSpec(Value):
    """A mark and its encodings."""

    mark: Literal["bar", "line", "area", "point"]
    encodings: tuple[Encoding, ...]
    stacked: bool = False

    def encoding(self, channel: str) -> Encoding | None:
        """The encoding of a channel, or None."""
        return next((one for one in self.encodings if one.channel == channel), None)


@dataclass(frozen=True)
class Point:
    """One mark to draw: `x` a category's name or epoch milliseconds, `y` a float only for drawing."""

    x: str | int
    y: float | None
    series: str = ""
    label: str = ""  # the value as it reads, beside the mark
    tip: str = ""  # what a pointer or a screen reader is told
    partial: bool = False
    rest: bool = False


@dataclass(frozen=True)
class Drawing:
    """A spec with its data and the texts that our formats give: all that a renderer needs."""

    spec: ChartSpec
    points: tuple[Point, ...]
    series: tuple[str, ...] = ()
    summary: str = ""
    y_ticks: tuple[tuple[float, str], ...] = ()
    x_ticks: tuple[tuple[float, str], ...] = ()
    horizontal: bool = False
    labelled: bool = True
