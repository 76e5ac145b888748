"""The words of datasets, as values for understanding: no table, no column, no statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.dataset import Dataset, Field, Measure, Term, readable
from oracle_kit.datasets.filters import as_where
from oracle_kit.datasets.live import LiveValues
from oracle_kit.datasets.policy import Access
from oracle_kit.datasets.projection import ValueFile
from oracle_kit.datasets.tree import Aggregate
from oracle_kit.query import Dimension, Order, Scalar
from oracle_kit.query import Measure as AskedMeasure
from oracle_kit.words import (
    DatasetWords,
    Default,
    FieldWords,
    MeasureWords,
    RelationWords,
    TermWords,
    ValueWords,
)


def catalog_words(catalog: Catalog, live: LiveValues | None = None) -> tuple[DatasetWords, ...]:
    """The words of every dataset that somebody may read, with the values that the database has now."""
    readable_ones = [one for one in catalog.datasets.values() if one.file.policy is not None]
    return tuple(dataset_words(dataset, live) for dataset in readable_ones)


def words_for(words: DatasetWords, access: Access) -> DatasetWords:
    """The words as this viewer may use them: masked fields without values, `rows` saying whose rows."""
    fields = tuple(
        field.model_copy(update={"masked": True, "values": (), "lookup": None})
        if field.name in access.masked
        else field
        for field in words.fields
    )
    return words.model_copy(update={"fields": fields, "rows": access.rows, "scope": access.fixed})


def dataset_words(dataset: Dataset, live: LiveValues | None = None) -> DatasetWords:
    """The words of one dataset."""
    file = dataset.file
    return DatasetWords(
        id=dataset.id,
        title=file.title,
        words=file.words,
        key=file.key,
        fields=tuple(
            _field(dataset, field, _live(dataset, field, live)) for field in dataset.fields.values()
        ),
        measures=tuple(_measure(measure) for measure in dataset.measures.values()),
        terms=tuple(_term(term, dataset) for term in dataset.terms.values()),
        relations=tuple(
            RelationWords(
                name=name,
                dataset=one.file.dataset,
                words=one.file.words,
                time=one.file.time,
                takes=one.file.takes,
            )
            for name, one in dataset.relations.items()
        ),
        defaults=tuple(
            Default(word=word, name=one.name, alternatives=one.alternatives)
            for word, one in file.defaults.items()
        ),
        drill=file.drill,
        default_measure=AskedMeasure(name=file.default_measure),
        **_defaults(dataset),
    )


def _defaults(dataset: Dataset) -> dict[str, Any]:
    file = dataset.file
    name, _, grain = (file.default_dimension or "").partition(":")
    return {
        "default_time": file.default_time,
        "default_dimension": Dimension(field=name, grain=grain or None) if name else None,
        "best": Order(by=file.best.by, descending=file.best.descending) if file.best else None,
        "best_of_groups": file.best.groups if file.best else None,
        "list_columns": file.list_columns,
        "list_order": tuple(
            Order(by=name.removeprefix("-"), descending=name.startswith("-")) for name in file.list_order
        ),
        "owner": file.owner,
        "owner_attribute": file.owner_attribute,
        "grain_unit": file.grain_unit,
        "version": file.version,
        "digest": dataset.digest,
    }


def _live(dataset: Dataset, field: Field, live: LiveValues | None) -> tuple[Scalar, ...]:
    return live.values(dataset.id, field.name) if live is not None and field.file.values == "database" else ()


def _field(dataset: Dataset, field: Field, live: tuple[Scalar, ...]) -> FieldWords:
    return FieldWords(
        name=field.name,
        label=field.label,
        type=field.type,
        role=field.role,
        unit=field.unit,
        words=field.file.words,
        past=field.file.past,
        values=_values(field, live),
        listed=field.listed,
        named=field.file.named,
        lookup=field.file.lookup,
        better=field.file.better,
        within=field.file.within,
        own=_own(dataset, field),
    )


def _own(dataset: Dataset, field: Field) -> bool:
    """Whether the field is of the base table, or worked out from such fields alone."""
    if field.column is not None:
        return not field.column.alias
    return all(_own(dataset, dataset.fields[name]) for name in dataset.reach(field.node) - {field.name})


def _values(field: Field, live: tuple[Scalar, ...]) -> tuple[ValueWords, ...]:
    """The declared values, else the live ones, each with the other ways to say it."""
    more: Mapping[str, tuple[str, ...]] = field.file.value_words
    if field.file.values == "database":
        return tuple(ValueWords(value=one, label=str(one), words=more.get(str(one), ())) for one in live)
    found = []
    for item in field.file.values:
        one = item if isinstance(item, ValueFile) else ValueFile(value=item)
        label = one.label or readable(str(one.value))
        found.append(
            ValueWords(value=one.value, label=label, words=(*one.words, *more.get(str(one.value), ())))
        )
    return tuple(found)


def _measure(measure: Measure) -> MeasureWords:
    return MeasureWords(
        name=measure.name,
        label=measure.label,
        type=measure.node.type,
        unit=measure.unit,
        words=measure.file.words,
        time=measure.file.time,
        better=measure.file.better,
        additive=measure.additive,
        counts=_counts_rows(measure),
    )


def _counts_rows(measure: Measure) -> bool:
    """Whether the measure is count(), of all rows and nothing else."""
    node = measure.node
    return isinstance(node, Aggregate) and (node.fn, node.argument, node.where) == ("count", None, None)


def _term(term: Term, dataset: Dataset) -> TermWords:
    return TermWords(
        name=term.name,
        label=term.file.label or readable(term.name),
        words=term.file.words,
        where=as_where(term.node),
        fields=tuple(sorted(dataset.reach(term.node))),
        noun=term.file.noun,
        time=term.file.time,
    )
