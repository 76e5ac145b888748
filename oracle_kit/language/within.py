"""Fields that say something on some rows only: days overdue are asked of what is overdue."""

from __future__ import annotations

from collections.abc import Iterator

from oracle_kit.language.draft import Condition, Draft
from oracle_kit.language.titles import parts_of
from oracle_kit.query import Predicate, Term, conjunction


def keep_within(draft: Draft) -> None:
    """Leave out the rows where a field that is tested, summed up or sorted by says nothing."""
    where = conjunction(*(condition.where for condition in draft.conditions))
    said = {part.name for part in parts_of(where) if isinstance(part, Term)}
    for name in dict.fromkeys(_used(draft)):
        within = draft.field_of(name).within
        if within is None or within in said:
            continue
        said.add(within)
        label = draft.term_of(within).label
        draft.conditions.append(Condition(Term(name=within), (len(draft.items),), label))
        draft.chip(label, None, field=within, op="term")


def _used(draft: Draft) -> Iterator[str]:
    """The fields that conditions test, measures sum up and the order goes by."""
    known = {field.name for field in draft.words.fields}
    for condition in draft.conditions:
        yield from (part.field for part in parts_of(condition.where) if isinstance(part, Predicate))
    yield from (measure.field for measure in draft.measures if measure.field)
    yield from (order.by for order in draft.order if order.by in known)
