"""Rows by one or two dimensions as bars: ordered, cut to the first N with the others, exact inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oracle_kit.canvas.format import exact_number, exact_value, format_value, grouped, label_of
from oracle_kit.canvas.format_time import format_time
from oracle_kit.canvas.kinds.columns import NUMBERS, cell, named
from oracle_kit.canvas.kinds.periods import filled
from oracle_kit.model import Column, Rows
from oracle_kit.query import Order, Scalar

MOST_SERIES, MOST_PERIODS, GIANT = 8, 60, 3
NOT_SET = "Not set"
FOLDED = -1  # in the place of how often a name came before: the others beyond the limit


@dataclass(frozen=True)
class Group:
    """A category: its text, its number in each series, what it is: the others, a fraction of all, not whole."""

    label: str
    values: tuple[Decimal | None, ...]
    rest: bool = False
    share: str = ""
    partial: bool = False

    @property
    def size(self) -> Decimal:
        """What it is sorted by: all its numbers together."""
        return _added(self.values)


@dataclass(frozen=True)
class Bars:
    """What a bar chart shows; `series` is empty for one measure alone; `cut` says what was left out."""

    measure: Column
    category: Column
    groups: tuple[Group, ...]
    series: tuple[str, ...] = ()
    series_rest: bool = False
    cut: str = ""

    def text(self, value: Decimal | None) -> str:
        """A number of the measure as it reads."""
        return format_value(None if value is None else format(value, "f"), self.measure)

    def exact(self, value: Decimal | None) -> str:
        """A number of the measure with all its digits."""
        return exact_value(None if value is None else format(value, "f"), self.measure)


def bars_of(
    rows: Rows,
    measure: Column,
    category: Column,
    series: Column | None,
    *,
    order: Sequence[Order],
    top: int,
    complete: bool = True,
) -> Bars:
    """The rows as groups: in business or time order, else as sorted by the query, else the largest first.

    Missing periods and listed values are put in where the rows are `complete`: neither cut nor bounded.
    """
    names = _series_of(rows, series, measure)
    in_time = category.grain is not None and complete and None not in rows.column(category.name)
    if in_time and not _by_size(order, category):
        groups = _by_period(rows, measure, category, series, names)
        top = max(top, MOST_PERIODS)
    else:
        groups = _gathered(rows, measure, category, series, names)
    if category.values and complete:
        groups = _with_missing(groups, category, measure, len(names) or 1)
    if not is_ordered(category) and not order:
        groups = sorted(groups, key=lambda group: (group.rest, -group.size))
    shown, cut = _cut(groups, top, measure, category)
    shown, cut = _without_giant(shown, cut, measure)
    labels = (
        tuple(label_of(name, series) if name is not None else NOT_SET for name in names) if series else ()
    )
    return _fold_series(Bars(measure, category, tuple(shown), labels, cut=cut))


def is_ordered(category: Column) -> bool:
    """Whether the category has an order of its own: time, business order, bands of a number."""
    return bool(
        category.values
        or category.grain
        or category.type in NUMBERS
        or category.type in ("date", "timestamp")
    )


def _series_of(rows: Rows, series: Column | None, measure: Column) -> list[Scalar]:
    if series is None:
        return []
    found = list(dict.fromkeys(rows.column(series.name)))
    if series.values:
        return sorted(found, key=lambda value: _place(value, series))
    if series.grain:
        return sorted(found, key=lambda value: (value is None, str(value)))
    sizes = dict.fromkeys(found, Decimal(0))
    for name, value in zip(rows.column(series.name), rows.column(measure.name), strict=True):
        sizes[name] += exact_number(value) or 0
    return sorted(found, key=lambda name: -sizes[name])


def _place(value: Scalar, column: Column) -> int:
    return column.values.index(value) if value in column.values else len(column.values)


def _gathered(
    rows: Rows, measure: Column, category: Column, series: Column | None, names: list[Scalar]
) -> list[Group]:
    found: dict[tuple[Scalar, int], dict[Scalar, Decimal | None]] = {}
    shares: dict[tuple[Scalar, int], str] = {}
    share = named(rows, f"{measure.name}_share") if series is None else None
    folded = rows.rows[-1] if rows.others_count else None
    seen: Counter[tuple[Scalar, Scalar]] = Counter()
    for row in rows.rows:
        value = None if row is folded else cell(rows, row, category.name)
        name = cell(rows, row, series.name) if series else None
        again = FOLDED if row is folded else seen[value, name]  # rows of one name, told apart by an id
        seen[value, name] += row is not folded
        found.setdefault((value, again), {})[name] = exact_number(cell(rows, row, measure.name))
        if share is not None:
            shares[value, again] = format_value(cell(rows, row, share.name), share)
    return [
        Group(
            f"Others ({grouped(rows.others_count or 0)})" if key[1] == FOLDED else _label(key[0], category),
            tuple(values.get(name) for name in names) if series else tuple(values.values()),
            rest=key[1] == FOLDED,
            share=shares.get(key, ""),
        )
        for key, values in sorted(found.items(), key=lambda item: _order_key(item[0], category))
    ]


def _by_size(order: Sequence[Order], category: Column) -> bool:
    """Whether the query sorts by something else than the category itself."""
    return bool(order) and order[0].by not in (
        category.name,
        category.name.removesuffix(f"_{category.grain}"),
    )


def _by_period(
    rows: Rows, measure: Column, category: Column, series: Column | None, names: list[Scalar]
) -> list[Group]:
    """A group per period, those without rows among them, the unfinished one marked."""
    tracks = [
        filled(rows, category, measure, {series.name: name} if series else {}) for name in names or [None]
    ]
    made = []
    for points in zip(*tracks, strict=True):
        period = format_time(points[0].day.isoformat(), category)
        label = f"{period}*" if points[0].partial else period
        made.append(Group(label, tuple(point.value for point in points), partial=points[0].partial))
    return made


def _order_key(key: tuple[Scalar, int], category: Column) -> int:
    """Business order first; everything else as it came (sorting is stable)."""
    value, again = key
    if again == FOLDED:
        return 1_000_000
    return _place(value, category) if category.values and category.role != "period" else 0


def _label(value: Scalar, category: Column) -> str:
    return NOT_SET if value is None else format_value(value, category)


def _with_missing(groups: list[Group], category: Column, measure: Column, count: int) -> list[Group]:
    """Listed values without rows, as zero: all up to the last one found, since later ones may be filtered away."""
    labels = [label_of(value, category) for value in category.values]
    known = {group.label: group for group in groups}
    there = [at for at, label in enumerate(labels) if label in known]
    if not there or category.role == "period":
        return groups
    nothing = Decimal(0) if measure.additive else None
    missing = [Group(label, (nothing,) * count) for label in labels[: there[-1] + 1] if label not in known]
    made = {group.label: group for group in (*groups, *missing)}
    ordered = [made.pop(label) for label in labels if label in made]
    return [*ordered, *made.values()]


def _cut(groups: list[Group], top: int, measure: Column, category: Column) -> tuple[list[Group], str]:
    if len(groups) <= top + 1:
        return groups, ""
    if category.grain and not any(group.rest for group in groups):
        return groups[-top:], f"last {top} of {grouped(len(groups))}; all of them are in the table"
    first, rest = groups[:top], groups[top:]
    if not measure.additive or any(group.rest for group in rest):
        return first, f"first {top} of {grouped(len(groups))}; all of them are in the table"
    sums = tuple(_added(group.values[at] for group in rest) for at in range(len(rest[0].values)))
    return [*first, Group(f"Others ({grouped(len(rest))})", sums, rest=True)], ""


def _without_giant(groups: list[Group], cut: str, measure: Column) -> tuple[list[Group], str]:
    """The groups without the others where those would dwarf each of them; then they are told, not drawn."""
    sizes = [abs(group.size) for group in groups if not group.rest]
    rest = [group for group in groups if group.rest]
    if not sizes or not rest or abs(rest[0].size) <= GIANT * max(sizes):
        return groups, cut
    told = f"{rest[0].label}: {format_value(format(rest[0].size, 'f'), measure)} in all, not drawn"
    return [group for group in groups if not group.rest], f"{told}; {cut}" if cut else f"{told}."


def _added(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


def _fold_series(bars: Bars) -> Bars:
    """The series beyond the eighth as one, where the measure adds up; else they are left to the table."""
    if len(bars.series) <= MOST_SERIES:
        return bars
    keep = MOST_SERIES - 1
    rest = len(bars.series) - keep
    groups = []
    for group in bars.groups:
        values = (*group.values[:keep], _added(group.values[keep:]))
        groups.append(
            Group(group.label, values if bars.measure.additive else group.values[:keep], group.rest)
        )
    names = bars.series[:keep]
    if not bars.measure.additive:
        cut = f"first {keep} of {len(bars.series)} series; all of them are in the table"
        return Bars(bars.measure, bars.category, tuple(groups), names, cut=cut)
    return Bars(bars.measure, bars.category, tuple(groups), (*names, f"Others ({rest})"), True, bars.cut)


def summary(bars: Bars, title: str) -> str:
    """The chart in a sentence for those who do not see it."""
    groups = [group for group in bars.groups if not group.rest]
    if not groups:
        return title
    top = max(groups, key=lambda group: group.size)
    text = f"{title}. {len(bars.groups)} bars of {bars.measure.label} by {bars.category.label}"
    return (
        f"{text}; the largest is {top.label} with {bars.text(top.size)}." if not bars.series else f"{text}."
    )
