"""A block's queries with what a follow-up says put into them, and the block that shows them."""

from __future__ import annotations

from typing import TypeGuard

from oracle_kit.language.draft import RANKS
from oracle_kit.language.followups import FollowUp
from oracle_kit.language.reading import Reading
from oracle_kit.language.time_fields import time_of_value
from oracle_kit.language.titles import parts_of, title_of
from oracle_kit.model import Block, Chip, Kind, Step
from oracle_kit.query import Dimension, Measure, Order, Predicate, Query, Term, Where, Window, conjunction
from oracle_kit.words import DatasetWords

_OPS = ("group", "measure", "window", "limit", "sort")  # chips of which a block has one kind at a time
_SMALL_ENDS = ("bottom", "fewest", "worst", "ascending", "oldest", "cheapest", "shortest")


def changed_step(block: Block, reading: Reading, asked: FollowUp, words: DatasetWords) -> Step:
    """The step that shows the block under the follow-up's filters, time, groups, figures, order and cut."""
    queries = {
        name: _merged(query, reading, asked, words)
        for name, query in block.queries.items()
        if _keeps(name, reading, asked)
    }
    main, before = queries["main"], block.queries["main"]
    kind: Kind = block.kind  # type: ignore[assignment]  # a block that was built has a known kind
    if reading.query.dimensions:
        kind = "line_chart" if any(d.grain for d in main.dimensions) else "bar_chart"
    same = kind == block.kind and (main.dimensions, main.measures) == (before.dimensions, before.measures)
    return Step(
        op="change",
        block_id=block.id,
        kind=kind,
        title=title_of(main, words),
        template_id=block.template_id,
        queries=queries,
        props=block.props if same else {},
        width=block.width,
        chips=_chips(block.chips, reading),
    )


def counted_step(block: Block, reading: Reading, words: DatasetWords) -> Step:
    """A further step: the figure that is asked of the rows that a block shows ("how many of those are ...")."""
    before = block.queries["main"]
    query = Query(
        dataset=before.dataset,
        measures=reading.query.measures,
        dimensions=reading.query.dimensions,
        where=_where(before.where, reading.query.where),
        window=_window(reading, before, words) or before.window,
        order=reading.query.order,
        limit=reading.query.limit,
        share=reading.query.share,
    )
    kind: Kind = "kpi_tile" if len(query.measures) == 1 else "table"
    if query.dimensions:
        kind = "line_chart" if any(d.grain for d in query.dimensions) else "bar_chart"
    kept = tuple(c for c in block.chips if c.op not in ("group", "measure", "limit", "sort"))
    return Step(
        kind=kind,
        title=title_of(query, words),
        queries={"main": query},
        width=4 if kind == "kpi_tile" else 12,
        chips=_chips(kept, reading),
    )


def measured(reading: Reading) -> tuple[Measure, ...]:
    """The measures that the words of a follow-up say."""
    said = any(chip.op == "measure" and chip.origin == "word" for chip in reading.chips)
    return reading.query.measures if said else ()


def _keeps(name: str, reading: Reading, asked: FollowUp) -> bool:
    """A regrouped block keeps its main query only: the others belonged to the old groups."""
    return name == "main" or not (reading.query.dimensions or reading.query.window or measured(reading))


def _merged(query: Query, reading: Reading, asked: FollowUp, words: DatasetWords) -> Query:
    """The query with what the follow-up says: the same field's old filter gives way."""
    new = reading.query
    changes: dict[str, object] = {"where": _where(query.where, new.where)}
    if new.window is not None:
        changes |= {"window": _window(reading, query, words), "periods": ()}
    if new.periods:
        field = _time(query, words) if not reading.dated else None
        periods = tuple(_on_field(period, field) for period in new.periods)
        changes |= {"periods": periods, "window": None}
    if measured(reading) and not query.columns:
        changes |= {"measures": new.measures, "order": _group_order(new.measures, query.dimensions)}
    if new.dimensions:
        changes |= _regrouped(query, reading, words)
    if reading.end in RANKS or reading.count is not None:
        changes["limit"] = reading.count or new.limit or query.limit
    changed = query.model_copy(update=changes)
    if reading.end or reading.by:
        return changed.model_copy(update=_ordered(changed, reading))
    return changed


def _regrouped(query: Query, reading: Reading, words: DatasetWords) -> dict[str, object]:
    """The groups that are asked for, in time on the field that the block goes by."""
    field = _time(query, words) if not reading.dated else None
    dimensions = tuple(
        d.model_copy(update={"field": field}) if d.grain and field else d for d in reading.query.dimensions
    )
    measures = query.measures or reading.query.measures
    if measured(reading):
        measures = reading.query.measures
    order = _group_order(measures, dimensions)
    return {"columns": (), "measures": measures, "dimensions": dimensions, "order": order, "limit": None}


def _group_order(measures: tuple[Measure, ...], dimensions: tuple[Dimension, ...]) -> tuple[Order, ...]:
    timed = next((d.alias for d in dimensions if d.grain), None)
    if timed is not None:
        return (Order(by=timed),)
    return (Order(by=measures[0].alias, descending=True),) if measures and dimensions else ()


def _window(reading: Reading, query: Query, words: DatasetWords) -> Window | None:
    """The window that is asked for, on the time that the block goes by unless another is said."""
    window = reading.query.window
    if window is None or reading.dated:
        return window
    return _on_field(window, _time(query, words))


def _on_field(window: Window, field: str | None) -> Window:
    return window.model_copy(update={"field": field}) if field else window


def _time(query: Query, words: DatasetWords) -> str | None:
    """The time field that a query goes by: its window's, its groups', its measures', or that of what it filters."""
    windows = [window for window in (query.window, *query.periods) if window is not None]
    if windows:
        return windows[0].field
    grouped = [d.field for d in query.dimensions if d.grain]
    if grouped:
        return grouped[0]
    timed = {m.name: m.time for m in words.measures}
    own = [timed.get(m.name) for m in query.measures[:1] if m.name]
    filtered = [_time_of(part, words) for part in parts_of(query.where)]
    return next((field for field in (*own, *filtered) if field), None)


def _time_of(part: Where, words: DatasetWords) -> str | None:
    """The time of a term, or the time field whose verb is the value ("won": when it was closed)."""
    if isinstance(part, Term):
        return next((t.time for t in words.terms if t.name == part.name), None)
    if isinstance(part, Predicate) and part.op == "eq":
        return time_of_value(part.field, part.values[0], words)
    return None


def _ordered(query: Query, reading: Reading) -> dict[str, object]:
    """The order that is asked for, by a column that the block has or is given with it."""
    descending = reading.end not in _SMALL_ENDS
    if query.columns:
        by = reading.by or (query.order[0].by if query.order else query.columns[0])
        return {"order": (Order(by=by, descending=descending), *(o for o in query.order if o.by != by))}
    aliases = {m.alias: m for m in query.measures}
    named = next((a for a, m in aliases.items() if reading.by in (a, m.field)), None)
    if named is None and reading.by in {d.alias for d in query.dimensions}:
        named = reading.by
    added = next((m for m in reading.query.measures if m.alias == reading.by), None)
    if named is None and added is not None:
        order = (Order(by=added.alias, descending=descending),)
        return {"measures": (*query.measures, added), "order": order}
    stands = next((o.by for o in query.order if o.by in aliases), None)  # "top 5 only" of what is sorted
    by = named or stands or (query.measures[0].alias if query.measures else query.dimensions[0].alias)
    return {"order": (Order(by=by, descending=descending),)}


def _is_there(part: Where) -> TypeGuard[Predicate]:
    """Whether a condition only asks that there is a value, which any other test of the field says too."""
    return isinstance(part, Predicate) and part.op == "not_null"


def _where(old: Where | None, new: Where | None) -> Where | None:
    tested = {part.field for part in parts_of(old) if isinstance(part, Predicate)}
    new = conjunction(*(p for p in parts_of(new) if not (_is_there(p) and p.field in tested)))
    fields = {part.field for part in parts_of(new) if isinstance(part, Predicate)}
    kept = [p for p in parts_of(old) if not (isinstance(p, Predicate) and p.field in fields)]
    return conjunction(*kept, *(p for p in parts_of(new) if p not in kept))


def _chips(old: tuple[Chip, ...], reading: Reading) -> tuple[Chip, ...]:
    """The block's chips and those of the follow-up, which replace what they say anew."""
    said = [chip for chip in reading.chips if chip.origin == "word"]
    fields = {chip.field for chip in reading.chips if chip.field and chip.op not in _OPS}
    ops = {chip.op for chip in said if chip.op in _OPS}
    kept = tuple(c for c in old if (c.op not in ops if c.op in _OPS else c.field not in fields))
    return tuple(chip.model_copy(update={"id": f"chip_{at}"}) for at, chip in enumerate((*kept, *said), 1))
