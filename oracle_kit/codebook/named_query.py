"""A query as a template writes it becomes a Query: names checked, slots filled with defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.place import Place
from oracle_kit.codebook.template import QueryFile
from oracle_kit.errors import ContentError, did_you_mean
from oracle_kit.query import Aggregation, Dimension, Measure, Order, Query, Unit, Where, Window
from oracle_kit.words import DatasetWords, FieldWords

MEASURE, DIMENSION = "$measure", "$dimension"
SLOTS = (MEASURE, DIMENSION)
AGGREGATES: tuple[str, ...] = get_args(Aggregation)
GRAINS: tuple[str, ...] = get_args(Unit)
_CALL = re.compile(r"(\w+)\s*\(\s*(\w*)\s*\)")
_SUMMED = ("sum", "avg", "median")
_NUMBERS = ("integer", "decimal", "float")
_TIMES = ("date", "timestamp")


def read_query(written: QueryFile, dataset: str, place: Place, ground: Ground) -> Query:
    """The Query that a template's named query says; ContentError for a name its dataset does not have."""
    words = _dataset(written, dataset, place, ground)
    _check_form(written, place)
    measures = tuple(
        read_measure(text, words, at) for text, at in _each(written.measures, place.at("measures"))
    )
    groups = tuple(
        read_dimension(text, words, at) for text, at in _each(written.dimensions, place.at("dimensions"))
    )
    columns = tuple(_field(name, words, at).name for name, at in _each(written.columns, place.at("columns")))
    sortable = {name: name for name in (field.name for field in words.fields)} if columns else {}
    sortable |= _aliases(written.measures, measures, written) | _groups(written.dimensions, groups)
    return Query(
        dataset=words.id,
        columns=columns,
        measures=measures,
        dimensions=groups,
        where=_where(written.where, words, place.at("where"), ground),
        window=_window(written, words, place.at("window"), ground),
        order=tuple(_order(text, sortable, at) for text, at in _each(written.order, place.at("order"))),
        limit=written.limit,
        others=written.others,
        share=written.share,
        running=written.running,
    )


def slots_of(written: QueryFile) -> tuple[str, ...]:
    """The slots of a query, without their signs, in the order of SLOTS."""
    said = {*written.measures, *(text.partition(":")[0] for text in written.dimensions)}
    return tuple(slot.removeprefix("$") for slot in SLOTS if slot in said)


def _dataset(written: QueryFile, dataset: str, place: Place, ground: Ground) -> DatasetWords:
    if written.dataset is None:
        return ground.datasets[dataset]
    where = place.at("dataset")
    return ground.datasets[where.known(written.dataset, ground.datasets, "dataset that anybody may read")]


def _each(texts: tuple[str, ...], place: Place) -> Iterator[tuple[str, Place]]:
    """Each text with its place; ContentError for one that stands twice."""
    for at, text in enumerate(texts):
        if text in texts[:at]:
            raise place.at(at).error(f"{text!r} stands twice", "Remove one of them.")
        yield text, place.at(at)


def _check_form(written: QueryFile, place: Place) -> None:
    """A query lists columns or aggregates measures; what belongs to groups stands with groups."""
    if written.columns and (written.measures or written.dimensions):
        raise place.at("columns").error(
            "a query lists columns or aggregates measures, not both", "Remove one of them."
        )
    if not written.columns and not written.measures:
        raise place.error("the query asks for nothing", "Give it `columns` or `measures`.")
    if written.limit is not None and written.limit < 1:
        raise place.at("limit").error("a limit is at least 1")
    for name in ("others", "share", "running"):
        if getattr(written, name) and not written.dimensions:
            raise place.at(name).error(f"`{name}` belongs to groups", "Give the query `dimensions`.")
    if written.others and written.limit is None:
        raise place.at("others").error("`others` are the groups beyond a limit", "Give the query a `limit`.")


def _field(name: str, words: DatasetWords, place: Place) -> FieldWords:
    known = {field.name: field for field in words.fields}
    return known[place.known(name, known, f"field of {words.id} called")]


def read_measure(text: str, words: DatasetWords, place: Place) -> Measure:
    """The measure that the text names: a declared one, or an aggregate of a field; ContentError."""
    if text == MEASURE:
        return words.default_measure
    _no_slot(text, place)
    call = _CALL.fullmatch(text.strip())
    if call is None:
        names = [measure.name for measure in words.measures]
        hint = did_you_mean(text, names)
        if text not in names:
            raise place.error(f"there is no measure of {words.id} called {text!r}", hint)
        return Measure(name=text)
    return _aggregate(call[1], call[2], words, place)


def _aggregate(fn: str, name: str, words: DatasetWords, place: Place) -> Measure:
    place.known(fn, AGGREGATES, "aggregate")
    if not name:
        if fn != "count":
            raise place.error(f"{fn}() needs a field", f"Write {fn}(field), or count().")
        return Measure(fn="count")
    field = _field(name, words, place)
    if fn in _SUMMED and (field.role == "id" or field.type not in _NUMBERS):
        raise place.error(f"there is no {fn} of {name}: it is no number", "Count it.")
    return Measure.model_validate({"fn": fn, "field": name})


def read_dimension(text: str, words: DatasetWords, place: Place) -> Dimension:
    """The group that the text names: a field, a time with its grain, a number with a size of bands; ContentError."""
    name, _, rest = text.partition(":")
    if name == DIMENSION:
        return _default_dimension(words, rest, place)
    _no_slot(name, place)
    field = _field(name, words, place)
    if rest.startswith("size="):
        return Dimension(field=name, size=_size(rest.removeprefix("size="), field, place))
    grain: Any = rest or None
    if grain is not None:
        place.known(rest, GRAINS, "grain")
        if field.type not in _TIMES:
            raise place.error(f"{name} is no time; it has no {grain}", "Leave the grain out.")
    elif field.type == "timestamp":
        raise place.error(f"{name} is a moment; groups need a grain", f"Write {name}:month.")
    return Dimension(field=name, grain=grain)


def _default_dimension(words: DatasetWords, grain: str, place: Place) -> Dimension:
    """What a slot shows before a prompt fills it: the dataset's default, else its first listed dimension."""
    if grain:
        raise place.error("a slot has no grain: the prompt says it", f"Write {DIMENSION}.")
    if words.default_dimension is not None:
        return words.default_dimension
    fields = sorted(
        (field for field in words.fields if field.role == "dimension"), key=lambda one: not one.listed
    )
    if not fields:
        raise place.error(f"{words.id} has no dimension to fill {DIMENSION} with")
    return Dimension(field=fields[0].name)


def _no_slot(name: str, place: Place) -> None:
    if name.startswith("$"):
        raise place.error(f"{name!r} is no slot here", f"There are {MEASURE} and {DIMENSION}.")


def _size(text: str, field: FieldWords, place: Place) -> float:
    if field.type not in _NUMBERS or field.role != "number":
        raise place.error(f"{field.name} is no number; it has no bands", "Leave `size` out.")
    try:
        size = float(text.replace("_", ""))
    except ValueError:
        size = 0.0
    if not 0 < size < float("inf"):
        raise place.error(f"{text!r} is no size of a band", "Write a number above zero.")
    return size


def _where(text: str | None, words: DatasetWords, place: Place, ground: Ground) -> Where | None:
    if text is None:
        return None
    try:
        return ground.where(text, words.id)
    except ContentError as error:
        raise place.moved(error) from error


def _window(written: QueryFile, words: DatasetWords, place: Place, ground: Ground) -> Window | None:
    if written.window is None:
        return None
    field = _field(written.window.field, words, place.at("field"))
    if field.type not in _TIMES:
        times = [one.name for one in words.fields if one.type in _TIMES]
        raise place.at("field").error(f"{field.name} is no time", did_you_mean(field.name, times))
    window = ground.window(written.window.text)
    if window is None:
        hint = "Write it as a person says it: last 12 months, this week."
        raise place.at("text").error(f"{written.window.text!r} is no time phrase", hint)
    return window.model_copy(update={"field": field.name})


def _aliases(texts: tuple[str, ...], measures: tuple[Measure, ...], written: QueryFile) -> dict[str, str]:
    """What an order may call each measure, and the column that it means."""
    names = {text: one.alias for text, one in zip(texts, measures, strict=True)}
    names |= {one.alias: one.alias for one in measures}
    if written.share:
        names |= {f"{one.alias}_share": f"{one.alias}_share" for one in measures}
    return names


def _groups(texts: tuple[str, ...], groups: tuple[Dimension, ...]) -> dict[str, str]:
    names = {text: one.alias for text, one in zip(texts, groups, strict=True)}
    return names | {one.field: one.alias for one in groups} | {one.alias: one.alias for one in groups}


def _order(text: str, sortable: dict[str, str], place: Place) -> Order:
    name = text.removeprefix("-")
    if name not in sortable:
        raise place.error(f"the rows have no column {name!r} to sort by", did_you_mean(name, sortable))
    return Order(by=sortable[name], descending=text.startswith("-"))
