"""The company of an answer: a template's further blocks under the reading's filters and window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oracle_kit.codebook.template import Template
from oracle_kit.language.reading import Reading
from oracle_kit.model import Step
from oracle_kit.query import And, Query, Where, canonical_json, conjunction
from oracle_kit.words import DatasetWords


def further_steps(
    reading: Reading, template: Template, tail: str, datasets: Mapping[str, DatasetWords]
) -> Iterator[Step]:
    """The template's other blocks under the reading's filters, titled with `tail`; left out where their dataset
    lacks one of the fields."""
    if reading.query.periods or reading.query.having or reading.query.limit or template.general:
        return
    for block in template.blocks[1:]:
        if block.slots or any(q.dataset not in datasets for q in block.queries.values()):
            continue
        if not all(_takes(reading, q.dataset, datasets) for q in block.queries.values()):
            continue
        queries = {name: narrowed(q, reading, datasets[q.dataset]) for name, q in block.queries.items()}
        yield Step(
            kind=block.kind,
            title=f"{block.title}: {tail}" if queries != block.queries and tail else block.title,
            template_id=template.id,
            queries=queries,
            props=block.props,
            width=block.width,
            chips=tuple(chip for chip in reading.chips if chip.op not in _OF_THE_ANSWER),
        )


_OF_THE_ANSWER = ("group", "measure", "sort", "limit")  # chips of the block that answers, not of its company


def narrowed(query: Query, reading: Reading, words: DatasetWords) -> Query:
    """A template's query under the reading's filters, and its window where the dataset has that field."""
    window = reading.query.window
    changes: dict[str, object] = {"where": _both(query.where, reading.query.where)}
    if window is not None and query.window is None and window.field in {f.name for f in words.fields}:
        changes["window"] = window
    return query.model_copy(update=changes)


def _both(first: Where | None, second: Where | None) -> Where | None:
    """Both filters, each part once."""
    parts: dict[str, Where] = {}
    for where in (first, second):
        for part in where.parts if isinstance(where, And) else (where,) if where is not None else ():
            parts[canonical_json(part)] = part
    return conjunction(*parts.values())


def _takes(reading: Reading, dataset: str, datasets: Mapping[str, DatasetWords]) -> bool:
    """Whether every field, term and relation of the reading's filters and window means the same in
    the dataset."""
    if dataset == reading.query.dataset:
        return True
    here, there = datasets[reading.query.dataset], datasets[dataset]
    names = set(_names(reading.query.where))
    if reading.query.window is not None:
        names.add(("field", reading.query.window.field))
    return all(_shared(kind, name, here, there) for kind, name in names)


def _shared(kind: str, name: str, here: DatasetWords, there: DatasetWords) -> bool:
    if kind == "field":
        one = next((f for f in here.fields if f.name == name), None)
        other = next((f for f in there.fields if f.name == name), None)
        return (
            one is not None
            and other is not None
            and (one.type, one.label) == (other.type, other.label)
            and not other.masked
        )
    if kind == "term":
        first = next((t for t in here.terms if t.name == name), None)
        second = next((t for t in there.terms if t.name == name), None)
        return (
            first is not None
            and second is not None
            and first.where is not None
            and first.where == second.where
        )
    return False


def _names(where: Where | None) -> Iterator[tuple[str, str]]:
    if where is None:
        return
    if where.kind == "predicate":
        yield "field", where.field
    elif where.kind == "term":
        yield "term", where.name
    elif where.kind == "related":
        yield "relation", where.relation
    elif where.kind == "not":
        yield from _names(where.part)
    else:
        for part in where.parts:
            yield from _names(part)
