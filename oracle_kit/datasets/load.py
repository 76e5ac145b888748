"""A dataset file becomes a Dataset: names resolved, expressions parsed and typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from oracle_kit.content import Document, validate
from oracle_kit.datasets import typing_rules as rules
from oracle_kit.datasets.dataset import ColumnRef, Dataset, Field, Measure, Relation, Term
from oracle_kit.datasets.expression import (
    RESERVED,
    KnownField,
    Names,
    Place,
    parse_measure,
    parse_row,
    parse_truth,
)
from oracle_kit.datasets.projection import DatasetFile, FieldFile, ValueFile
from oracle_kit.datasets.tree import Arithmetic, Constant, Node, names
from oracle_kit.errors import did_you_mean
from oracle_kit.query import digest
from oracle_kit.words import FieldType

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")  # statements add names of their own, which begin with _
MOST_VALUES = 10_000  # that a file may list of one field


@dataclass(frozen=True)
class Draft:
    """A dataset file, validated by itself, before its names are resolved."""

    id: str
    file: DatasetFile
    document: Document
    names: Names

    def place(self, *path: str | int) -> Place:
        """Where a path of the file stands, for errors of expressions."""
        return Place(self.document.file, self.document.line(path), ".".join(str(part) for part in path))


def draft(dataset_id: str, document: Document) -> Draft:
    """The validated file with the names its expressions may use; ContentError when a name cannot be one."""
    file = validate(DatasetFile, document)
    for group in ("fields", "measures", "glossary", "relations"):
        for name in getattr(file, group):
            if name in RESERVED or not _NAME.fullmatch(name):
                hint = "Use a small letter, then at most 47 small letters, digits and _."
                raise document.error(f"{name!r} cannot be a name", (group, name), hint)
    for name, field in file.fields.items():
        if field.values != "database" and len(field.values) > MOST_VALUES:
            hint = "Give the field `lookup: word` instead: names are then looked up in the database."
            problem = f"{len(field.values):,} values are too many to be listed; {MOST_VALUES:,} are the most"
            raise document.error(problem, ("fields", name, "values"), hint)
    for name in file.glossary:
        if name in file.fields or name in file.measures:
            raise document.error(
                f"{name!r} is a term and a field or measure", ("glossary", name), "Rename one."
            )
    for name in file.measures:
        if name in file.fields:
            raise document.error(f"{name!r} is a measure and a field", ("measures", name), "Rename one.")
    return Draft(dataset_id, file, document, names_of(file))


def names_of(file: DatasetFile) -> Names:
    """The fields and terms that the file's expressions may use."""
    return Names({name: _known(field) for name, field in file.fields.items()}, frozenset(file.glossary))


def _known(field: FieldFile) -> KnownField:
    values = () if field.values == "database" else field.values
    plain = tuple(item.value if isinstance(item, ValueFile) else item for item in values)
    return KnownField(field.type, field.unit, plain)


def load_dataset(source: Draft, others: Mapping[str, Draft], failed: frozenset[str] = frozenset()) -> Dataset:
    """The dataset with typed trees; `others` are the drafts by id, `failed` the files that have none."""
    file = source.file
    fields = {name: _field(source, name) for name in file.fields}
    terms = {
        name: Term(name, term, parse_truth(term.where, source.names, source.place("glossary", name, "where")))
        for name, term in file.glossary.items()
    }
    _no_cycle(source, fields, terms)
    return Dataset(
        id=source.id,
        file=file,
        document=source.document,
        digest=digest(file),
        fields=fields,
        measures={name: _measure(source, name) for name in file.measures},
        terms=terms,
        relations={name: _relation(source, name, others, failed) for name in file.relations},
        where=_own_filter(source),
        row_filters=_row_filters(source),
    )


def _field(source: Draft, name: str) -> Field:
    field, document = source.file.fields[name], source.document
    if (field.column is None) == (field.expression is None):
        raise document.error("a field has either a column or an expression", ("fields", name))
    if field.column is not None:
        return Field(name, field, column_ref(source, field.column, "fields", name, "column"), None)
    place = source.place("fields", name, "expression")
    node = parse_row(field.expression or "", source.names, place)
    if not fits(node.type, field.type):
        raise place.error(f"the expression is {rules.a(node.type)}, the field is declared {field.type}")
    if field.unit and node.unit and field.unit != node.unit and not _converts(node):
        raise place.error(f"the expression is in {node.unit}, the field is declared in {field.unit}")
    return Field(name, field, None, node)


def _converts(node: Node) -> bool:
    """Whether a plain number scales the rest, so that the author says which unit comes out (days / 365.25)."""
    if not isinstance(node, Arithmetic) or node.operator not in ("*", "/"):
        return False
    sides = (node.left, node.right) if node.operator == "*" else (node.right,)
    return any(isinstance(side, Constant) and side.type in rules.NUMBERS for side in sides)


def fits(found: FieldType, declared: FieldType) -> bool:
    """Whether a value of the found type can be shown as the declared one: the same, or numbers both."""
    return found == declared or (found in rules.NUMBERS and declared in rules.NUMBERS)


def column_ref(source: Draft, text: str, *path: str | int) -> ColumnRef:
    """The column that "column" or "alias.column" names; ContentError when there is no such join."""
    alias, _, column = text.rpartition(".")
    if alias and alias not in source.file.joins:
        hint = did_you_mean(alias, source.file.joins)
        raise source.document.error(f"there is no join {alias!r}", path, hint)
    return ColumnRef(alias, column)


def _measure(source: Draft, name: str) -> Measure:
    measure, place = source.file.measures[name], source.place("measures", name, "expression")
    node = parse_measure(measure.expression, source.names, place)
    if measure.unit and node.unit and measure.unit != node.unit and not _converts(node):
        raise place.error(f"the expression is in {node.unit}, the measure is declared in {measure.unit}")
    return Measure(name, measure, node)


def _relation(source: Draft, name: str, others: Mapping[str, Draft], failed: frozenset[str]) -> Relation:
    relation = source.file.relations[name]
    if relation.dataset in failed:
        raise source.document.error(
            f"{relation.dataset!r} does not load itself", ("relations", name, "dataset")
        )
    if relation.dataset not in others:
        hint = did_you_mean(relation.dataset, others)
        raise source.document.error(
            f"there is no dataset {relation.dataset!r}", ("relations", name, "dataset"), hint
        )
    target, place = others[relation.dataset], source.place("relations", name, "where")
    where = parse_truth(relation.where, target.names, place) if relation.where else None
    return Relation(name, relation, where)


def _own_filter(source: Draft) -> Node | None:
    """The filter for rows that belong to the dataset; it may name values that it keeps out."""
    if source.file.where is None:
        return None
    fields = {name: replace(known, values=()) for name, known in source.names.fields.items()}
    return parse_truth(source.file.where, Names(fields, source.names.terms), source.place("where"))


def _row_filters(source: Draft) -> dict[str, Node | None]:
    """Each role's row filter; None lets the role read every row."""
    known = Names(source.names.fields, source.names.terms, viewer=True)
    roles = source.file.policy.roles if source.file.policy else {}
    return {
        role: parse_truth(grant.rows, known, source.place("policy", "roles", role, "rows"))
        if grant.rows is not None
        else None
        for role, grant in roles.items()
    }


def _no_cycle(source: Draft, fields: Mapping[str, Field], terms: Mapping[str, Term]) -> None:
    """ContentError when a field or term is computed from itself, directly or through others."""
    nodes = {name: field.node for name, field in fields.items() if field.node is not None}
    nodes |= {f"term {name}": term.node for name, term in terms.items()}
    for name in nodes:
        reached: set[str] = set()
        todo = {name}
        while todo:
            found = [names(nodes[part]) for part in todo if part in nodes]
            todo = {
                step for used, named in found for step in (*used, *(f"term {term}" for term in named))
            } - reached
            reached |= todo
            if name in reached:
                group, plain = ("glossary", name[5:]) if name.startswith("term ") else ("fields", name)
                raise source.document.error(f"{plain!r} is computed from itself", (group, plain))
