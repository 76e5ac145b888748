"""A template's open places filled by hand: what a prompt would bind, given as names and values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from oracle_kit.codebook.fits import shows
from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.named_query import read_dimension, read_measure
from oracle_kit.codebook.place import Place
from oracle_kit.codebook.template import Template, TemplateBlock
from oracle_kit.content import Document
from oracle_kit.errors import ContentError, QueryRefused
from oracle_kit.query import (
    And,
    Dimension,
    Measure,
    Not,
    Or,
    Predicate,
    Query,
    Related,
    Term,
    Value,
    Where,
    Window,
    conjunction,
)
from oracle_kit.words import DatasetWords

Text = Annotated[str, Field(min_length=1, max_length=1_000)]


class SlotValues(Value):
    """What fills a template's places: names as a template writes them, a filter in the grammar, a time phrase."""

    measure: Text | None = Field(default=None, description="a measure's name, or sum(field)")
    dimension: Text | None = Field(
        default=None, description="a field, or a time with its grain: created_at:month"
    )
    where: Text | None = Field(default=None, description="a further filter: city = 'Pune' and hot")
    window: Text | None = Field(default=None, description="a time phrase: last 3 months")
    limit: int | None = Field(default=None, ge=1, le=10_000)


class Bound(Value):
    """Slot values as a dataset understands them."""

    measure: Measure | None = None
    dimension: Dimension | None = None
    where: Where | None = None
    window: Window | None = None
    limit: int | None = None


def bound(values: SlotValues, template: Template, ground: Ground) -> Bound:
    """The values, checked against the template's slots and its dataset; QueryRefused names the first that is not."""
    words, slots = ground.datasets[template.dataset], template.slots
    place = Place(Document("", {}, {}))
    try:
        measure = read_measure(values.measure, words, place.at("measure")) if values.measure else None
        dimension = (
            read_dimension(values.dimension, words, place.at("dimension")) if values.dimension else None
        )
        where = ground.where(values.where, words.id) if values.where else None
    except ContentError as error:
        raise QueryRefused(f"{error.message}.", hint=error.hint) from None
    window = _window(values.window, measure, template, words, ground) if values.window else None
    if values.limit is not None and not slots.limit:
        raise QueryRefused(f"{template.id} takes no limit.")
    _allowed([measure.alias] if measure else [], slots.measures, "measure", template)
    _allowed([dimension.field] if dimension else [], slots.groupings, "grouping", template)
    _allowed(list(_names(where)), slots.filters, "filter", template)
    return Bound(measure=measure, dimension=dimension, where=where, window=window, limit=values.limit)


def filled(template: Template, given: Bound, words: DatasetWords) -> tuple[TemplateBlock, ...]:
    """The blocks that can be shown so; QueryRefused where none can, or where none has the place that is filled.

    A filter and a window go to every query of the template's own dataset, a limit to the main ones.
    """
    for name in ("measure", "dimension"):
        if getattr(given, name) is not None and not any(name in block.slots for block in template.blocks):
            raise QueryRefused(
                f"{template.id} has no place for a {name}.", hint="Its query has no slot of that name."
            )
    blocks = tuple(_filled(block, given, template, words) for block in template.blocks)
    shown = tuple(one for one in blocks if not shows(one.kind, one.queries["main"], words))
    if not shown:
        reason = shows(blocks[0].kind, blocks[0].queries["main"], words)
        raise QueryRefused(f"A {blocks[0].kind} shows {reason}.", hint="Fill its places with others.")
    return shown


def _filled(block: TemplateBlock, given: Bound, template: Template, words: DatasetWords) -> TemplateBlock:
    queries = {
        name: _narrowed(query, given, main=name == "main") if query.dataset == template.dataset else query
        for name, query in block.queries.items()
    }
    main = queries["main"]
    if "measure" in block.slots and given.measure is not None:
        main = _measured(main, words.default_measure, given.measure)
    if "dimension" in block.slots and given.dimension is not None:
        first, *rest = main.dimensions
        main = _renamed(main, first.alias, given.dimension.alias).model_copy(
            update={"dimensions": (given.dimension, *rest)}
        )
    return block.model_copy(update={"queries": {**queries, "main": main}})


def _narrowed(query: Query, given: Bound, *, main: bool) -> Query:
    changed: dict[str, object] = {"where": conjunction(query.where, given.where)}
    if given.window is not None:
        field = query.window.field if query.window is not None else given.window.field
        changed["window"] = given.window.model_copy(update={"field": field})
    if given.limit is not None and main:
        changed["limit"] = given.limit
    return query.model_copy(update=changed)


def _measured(query: Query, slot: Measure, measure: Measure) -> Query:
    measures = tuple(dict.fromkeys(measure if one == slot else one for one in query.measures))
    return _renamed(query, slot.alias, measure.alias).model_copy(update={"measures": measures})


def _renamed(query: Query, old: str, new: str) -> Query:
    """The query sorted by the new column where it was by the old."""
    order = tuple(
        one.model_copy(update={"by": one.by.replace(old, new, 1)}) if one.by.startswith(old) else one
        for one in query.order
    )
    return query.model_copy(update={"order": order})


def _window(
    text: str, measure: Measure | None, template: Template, words: DatasetWords, ground: Ground
) -> Window:
    if not template.slots.window:
        raise QueryRefused(f"{template.id} takes no time.")
    window = ground.window(text)
    if window is None:
        raise QueryRefused(
            f"{text!r} is no time phrase.", hint="Write it as a person says it: last 12 months."
        )
    shown = measure or next(iter(template.blocks[0].queries["main"].measures), None)
    own = next((one.time for one in words.measures if shown is not None and one.name == shown.name), None)
    field = own or words.default_time
    if field is None:
        raise QueryRefused(f"{words.title} have no time of their own.")
    return window.model_copy(update={"field": field})


def _allowed(names: list[str], allowed: str | tuple[str, ...], what: str, template: Template) -> None:
    for name in names:
        if allowed != "any" and name not in allowed:
            told = f"It takes: {', '.join(allowed)}." if isinstance(allowed, tuple) else ""
            raise QueryRefused(f"{template.id} takes no {what} {name}.", hint=told)


def _names(where: Where | None) -> Iterator[str]:
    """The fields, terms and relations that a filter names."""
    if isinstance(where, Predicate):
        yield where.field
    elif isinstance(where, Term):
        yield where.name
    elif isinstance(where, Related):
        yield where.relation
    elif isinstance(where, Not):
        yield from _names(where.part)
    elif isinstance(where, And | Or):
        for part in where.parts:
            yield from _names(part)
