"""A template drafted from readings: what they share is fixed, what they differ in becomes a slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle_kit.codebook.named_query import DIMENSION, MEASURE
from oracle_kit.codebook.written import written_query
from oracle_kit.language.reading import Reading
from oracle_kit.language.titles import describe, parts_of, title_of
from oracle_kit.pipeline.plan_steps import kind_of
from oracle_kit.query import Query, Where, canonical_json, conjunction
from oracle_kit.words import DatasetWords

WIDTH_OF_A_FIGURE = 4


@dataclass(frozen=True)
class Drafted:
    """What readings come to: the query, its shape, and how each slot is written that they leave open."""

    lead: Reading
    query: Query
    slots: dict[str, str]
    alike: tuple[Reading, ...]

    def block(self, words: DatasetWords) -> dict[str, Any]:
        """The block that shows it, as plain data of a template file; Refused for what a template cannot hold."""
        reading = self.lead.model_copy(update={"query": self.query})
        kind = kind_of(reading)
        width = {"width": WIDTH_OF_A_FIGURE} if kind == "kpi_tile" else {}
        query = written_query(self.query, self.slots)
        return {"kind": kind, "title": title_of(self.query, words), **width, "query": query}

    def open(self, words: DatasetWords) -> tuple[str, ...]:
        """What some of the readings narrow by and the draft does not, in words."""
        fixed = {canonical_json(one) for one in parts_of(self.query.where)}
        parts = (part for one in self.alike for part in parts_of(one.query.where))
        narrowed = [part for part in parts if canonical_json(part) not in fixed]
        windows = [one.query.window.text for one in self.alike if one.query.window is not None]
        told = [text for part in narrowed for text in describe(part, words)]
        return tuple(dict.fromkeys((*told, *(windows if self.query.window is None else ()))))


def drafted(readings: Sequence[Reading], words: DatasetWords) -> Drafted:
    """The draft of readings on one dataset: of those of the most frequent form, the first leads."""
    forms = Counter(_form(one) for one in readings)
    most = max(forms.values())
    lead = next(one for one in readings if forms[_form(one)] == most)
    alike = tuple(one for one in readings if _form(one) == _form(lead))
    queries = [one.query for one in alike]
    first, slots = lead.query, {}
    if len({one.measures for one in queries}) > 1 and len(first.measures) == 1:
        slots[words.default_measure.alias] = MEASURE
        first = _exchanged(first, "measures", words.default_measure)
    open_group = words.default_dimension
    if len({one.dimensions for one in queries}) > 1 and len(first.dimensions) == 1 and open_group is not None:
        slots[open_group.alias] = DIMENSION
        first = _exchanged(first, "dimensions", open_group)
    same = {name: _same([getattr(one, name) for one in queries]) for name in ("window", "limit")}
    where = conjunction(*_shared(queries))
    query = first.model_copy(update={**same, "where": where, "columns": _columns(queries)})
    return Drafted(lead, query, slots, alike)


def _form(reading: Reading) -> tuple[object, ...]:
    query = reading.query
    grains = tuple(bool(one.grain) for one in query.dimensions)
    return reading.shape, len(query.measures), grains, bool(query.columns), query.share, query.running


def _exchanged(query: Query, name: str, slot: Any) -> Query:
    """The query with the slot's default in the place of its one measure or group, sorted by that where it was."""
    (old,) = getattr(query, name)
    order = tuple(
        one.model_copy(update={"by": slot.alias}) if one.by == old.alias else one for one in query.order
    )
    return query.model_copy(update={name: (slot,), "order": order})


def _same(values: Sequence[Any]) -> Any:
    """The value where all have it; None otherwise."""
    return values[0] if all(_key(one) == _key(values[0]) for one in values) else None


def _key(value: Any) -> str:
    told = value.model_copy(update={"text": ""}) if hasattr(value, "text") else value
    return canonical_json(told)


def _shared(queries: Sequence[Query]) -> list[Where]:
    """The conditions that all queries have."""
    common = set.intersection(*({canonical_json(one) for one in parts_of(query.where)} for query in queries))
    return [one for one in parts_of(queries[0].where) if canonical_json(one) in common]


def _columns(queries: Sequence[Query]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for query in queries for name in query.columns))
