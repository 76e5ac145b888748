"""A model's step as a Query on one dataset: every name looked up, every value held against what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oracle_kit.llm.planner_answer import FilterAnswer, MeasureAnswer, StepAnswer
from oracle_kit.llm.planner_asked import Asked
from oracle_kit.llm.planner_prompt import placeholder
from oracle_kit.query import (
    Dimension,
    Measure,
    Not,
    Order,
    Predicate,
    Query,
    Related,
    Scalar,
    Term,
    Where,
    Window,
    conjunction,
)
from oracle_kit.words import DatasetWords, FieldWords

_SAMENESS = frozenset({"eq", "ne", "in", "not_in"})
_ORDER = frozenset({"lt", "le", "gt", "ge", "between"})
_ABSENCE = frozenset({"is_null", "not_null"})
_COUNTS: Mapping[str, tuple[int, int]] = {
    "in": (1, 20),
    "not_in": (1, 20),
    "between": (2, 2),
    "is_null": (0, 0),
    "not_null": (0, 0),
}


class Wrong(Exception):
    """A name or value that the step may not use."""


class StepReader:
    """Reads one step; raises Wrong with what is wrong in words that the model can mend."""

    def __init__(self, step: StepAnswer, asked: Asked) -> None:
        self.step, self.asked = step, asked
        self.words = self._dataset()
        self._fields = {field.name: field for field in self.words.fields if not field.masked}

    def query(self) -> Query:
        """The query; no row may be asked for that the step does not narrow as it says."""
        step = self.step
        dimensions = tuple(self._dimension(group.field, group.grain) for group in step.groups)
        measures = tuple(self._measure(one) for one in step.measures)
        self._each_once([*(one.alias for one in dimensions), *(one.alias for one in measures)])
        listed = step.layout == "table" and not measures and not dimensions
        columns = self.words.list_columns if listed else ()
        if not listed:
            measures = measures or (self.words.default_measure,)
        query = Query(
            dataset=self.words.id,
            columns=columns,
            measures=measures,
            dimensions=dimensions,
            where=conjunction(*self._conditions()),
            window=self._window(),
            limit=self._limit(),
        )
        return query.model_copy(update={"order": self._order(query)})

    def _dataset(self) -> DatasetWords:
        words = next((one for one in self.asked.datasets if one.id == self.step.dataset), None)
        if words is None:
            raise Wrong(f"there is no dataset {self.step.dataset!r}")
        briefs = {brief.id: brief.dataset for brief in self.asked.templates}
        if self.step.template is not None and briefs.get(self.step.template) != words.id:
            raise Wrong(f"there is no template {self.step.template!r} on {words.id}")
        return words

    def field(self, name: str) -> FieldWords:
        """A field that the viewer may use."""
        if name not in self._fields:
            raise Wrong(f"{self.words.id} has no field {name!r}")
        return self._fields[name]

    def _each_once(self, names: list[str]) -> None:
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Wrong(f"{twice} stands twice in one step")

    def _dimension(self, name: str, grain: str | None) -> Dimension:
        field = self.field(name)
        if (field.role == "time") != (grain is not None):
            raise Wrong(f"{name}: a time field is grouped with a grain, any other without")
        if field.role == "number":
            raise Wrong(f"{name} is a number: measure it, do not group by it")
        return Dimension.model_validate({"field": name, "grain": grain})

    def _measure(self, answer: MeasureAnswer) -> Measure:
        if answer.name is not None:
            if answer.fn or answer.field or all(one.name != answer.name for one in self.words.measures):
                raise Wrong(f"{self.words.id} has no measure {answer.name!r} of its own")
            return Measure(name=answer.name)
        if answer.fn == "count" and answer.field is None:
            return Measure(fn="count")
        if answer.fn is None or answer.field is None:
            raise Wrong("a measure is a name, or a fn with a field")
        if self.field(answer.field).role != "number" and answer.fn != "count_distinct":
            raise Wrong(f"{answer.field} is no number to take the {answer.fn} of")
        return Measure(fn=answer.fn, field=answer.field)

    def _conditions(self) -> Iterator[Where]:
        terms = {term.name for term in self.words.terms}
        relations = {relation.name for relation in self.words.relations}
        for name in (*self.step.terms, *self.step.without_terms):
            if name not in terms:
                raise Wrong(f"{self.words.id} has no term {name!r}")
        yield from (Term(name=name) for name in self.step.terms)
        yield from (Not(part=Term(name=name)) for name in self.step.without_terms)
        yield from (self.predicate(one) for one in self.step.filters)
        for related in self.step.related:
            if related.relation not in relations:
                raise Wrong(f"{self.words.id} has no relation {related.relation!r}")
            op, count = ("ge", 1) if related.has else ("eq", 0)
            yield Related.model_validate({"relation": related.relation, "op": op, "count": count})

    def predicate(self, answer: FilterAnswer) -> Predicate:
        """A filter whose operator suits the field, and whose values were read in the prompt or are declared."""
        field = self.field(answer.field)
        number = field.type in ("integer", "decimal", "float")
        suits = (
            _ABSENCE if field.role == "time" else _SAMENESS | _ABSENCE | (_ORDER if number else frozenset())
        )
        if answer.op not in suits:
            raise Wrong(f"{answer.op} does not suit {field.name}")
        least, most = _COUNTS.get(answer.op, (1, 1))
        if not least <= len(answer.values) <= most:
            raise Wrong(f"{answer.op} takes {least} to {most} values")
        return Predicate(field=field.name, op=answer.op, values=self._known(answer, field))

    def _known(self, answer: FilterAnswer, field: FieldWords) -> tuple[Scalar, ...]:
        """The values as the field keeps them, placeholders resolved."""
        if answer.op in _ABSENCE:
            return ()
        read = [one for one in self.asked.values.get(self.words.id, ()) if one.field == field.name]
        for one in read:
            same = _same(answer.values, one.values) or answer.values == (placeholder(one),)
            if same and one.op in (None, answer.op):
                if answer.op in ("eq", "ne") and len(one.values) > 1:
                    raise Wrong(f"{one.text} stands for several values: use in")
                return one.values
        allowed = [value.value for value in field.values]
        allowed += [value for one in read if one.op is None for value in one.values]
        found = tuple(next((v for v in allowed if _same((v,), (given,))), None) for given in answer.values)
        if None in found or answer.op in _ORDER:
            raise Wrong(
                f"{field.name}: {answer.op} with these values was neither read in the question nor declared"
            )
        return found

    def _window(self) -> Window | None:
        answer = self.step.window
        if answer is None:
            return None
        if self.field(answer.field).role != "time":
            raise Wrong(f"{answer.field} is no time field")
        said = next((one for one in self.asked.windows if one.text.lower() == answer.text.lower()), None)
        if said is None:
            raise Wrong(f"{answer.text!r} is no time phrase of the question")
        return said.model_copy(update={"field": answer.field})

    def _limit(self) -> int | None:
        limit = self.step.limit
        if limit is not None and limit not in self.asked.numbers:
            raise Wrong(f"limit {limit} was not read in the question")
        return limit

    def _order(self, query: Query) -> tuple[Order, ...]:
        aliases = [one.alias for one in query.measures] + [one.alias for one in query.dimensions]
        order = []
        for answer in self.step.order:
            if answer.by not in (aliases if not query.columns else self._fields):
                raise Wrong(f"{answer.by!r} is nothing of this step to sort by")
            order.append(Order(by=answer.by, descending=answer.descending))
        if not query.columns:
            return tuple(order)
        order = order or list(self.words.list_order)
        return tuple(
            order if any(o.by == self.words.key for o in order) else [*order, Order(by=self.words.key)]
        )


def _same(given: tuple[Scalar, ...], known: tuple[Scalar, ...]) -> bool:
    """Whether values are equal, of one type, text without regard to case."""
    return len(given) == len(known) and all(
        _equal(one, other) for one, other in zip(given, known, strict=True)
    )


def _equal(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return not isinstance(one, str) and not isinstance(other, str) and one == other
