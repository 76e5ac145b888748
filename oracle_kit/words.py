"""What datasets and templates hand to `language`: names, types and the words people use for them."""

from __future__ import annotations

from typing import Literal

from oracle_kit.query import Dimension, Measure, Order, Scalar, Unit, Value, Where

FieldType = Literal["integer", "decimal", "float", "text", "boolean", "date", "timestamp"]
Role = Literal["id", "dimension", "time", "number"]


class ValueWords(Value):
    """One value of a low-cardinality dimension and the other ways to say it."""

    value: Scalar
    label: str = ""
    words: tuple[str, ...] = ()


class FieldWords(Value):
    """A field: name, type, role, unit, words; the values people may name, in business order."""

    name: str
    label: str
    type: FieldType
    role: Role
    unit: str | None = None
    words: tuple[str, ...] = ()
    past: tuple[str, ...] = ()  # for a time field, the verbs that pick it: "created", "won", "due"
    values: tuple[ValueWords, ...] = ()
    listed: bool = False  # the values are a closed business list (stages, statuses): zero groups are kept
    named: bool = False  # a value is meant only beside the field's own words: "living in Dubai"
    lookup: Literal["exact", "word"] | None = None
    masked: bool = False
    better: Literal["high", "low"] | None = None
    within: str | None = None  # the term of the rows where it says something
    own: bool = True  # it belongs to the dataset's own rows, not to what they hang on


class MeasureWords(Value):
    """A measure: name, unit, words, and the time field that its windows filter."""

    name: str
    label: str
    type: FieldType
    unit: str | None = None
    words: tuple[str, ...] = ()
    time: str | None = None
    better: Literal["high", "low"] | None = None
    additive: bool = True  # groups add up to the total: shares make sense
    counts: bool = False  # it counts the rows, and so says what a plain count says


class TermWords(Value):
    """A glossary term: a user's words for a named filter."""

    name: str
    label: str
    words: tuple[str, ...]
    where: Where | None = None  # the filter as predicates when it is made of them, to see contradictions
    fields: tuple[str, ...] = ()  # the fields it tests
    noun: bool = False  # it can stand for the dataset itself: "pipeline", "follow-ups"
    time: str | None = None  # the time field that a window beside it filters: "won" -> closed_at


class RelationWords(Value):
    """The way to rows of another dataset that hang on a row of this one."""

    name: str
    dataset: str
    words: tuple[str, ...]
    time: str | None = None
    takes: tuple[str, ...] = ()  # its fields that values said right behind it belong to, in order


class Default(Value):
    """What content decides when the prompt leaves it open: `word` is read as `field` (or measure, or term)."""

    word: str
    name: str
    alternatives: tuple[str, ...] = ()


class DatasetWords(Value):
    """All that understanding knows of a dataset; it never sees tables, columns or statements."""

    id: str
    title: str
    words: tuple[str, ...]  # the nouns for its rows
    key: str
    fields: tuple[FieldWords, ...]
    measures: tuple[MeasureWords, ...]
    terms: tuple[TermWords, ...] = ()
    relations: tuple[RelationWords, ...] = ()
    defaults: tuple[Default, ...] = ()
    drill: tuple[tuple[str, ...], ...] = ()
    default_time: str | None = None
    default_measure: Measure
    default_dimension: Dimension | None = None
    best: Order | None = None
    best_of_groups: str | None = None  # the measure that best and worst groups go by, where it is another
    list_columns: tuple[str, ...] = ()
    list_order: tuple[Order, ...] = ()
    owner: str | None = None  # the field that "my" tests
    owner_attribute: str = "user_id"  # the viewer's attribute that it equals
    scope: tuple[tuple[str, Scalar], ...] = ()  # fields that have one value in all rows of this viewer
    rows: str = ""  # the label of the row filter that holds for this viewer ("your leads"); empty: all rows
    grain_unit: Unit | None = None
    version: int = 1
    digest: str = ""


class TemplateWords(Value):
    """What ranking knows of a template."""

    id: str
    title: str
    dataset: str
    asks: tuple[str, ...]
    words: tuple[str, ...] = ()


def within(label: str) -> str:
    """A label as it stands within a sentence: "Intent score" is "intent score", but "QD score" stays."""
    return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in label.split(" "))
