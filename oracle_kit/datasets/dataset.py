"""A dataset as loaded: the file it came from, with every expression as a typed tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from oracle_kit.content import Document
from oracle_kit.datasets.projection import (
    DatasetFile,
    FieldFile,
    MeasureFile,
    RelationFile,
    TermFile,
    ValueFile,
)
from oracle_kit.datasets.tree import Aggregate, Arithmetic, Constant, Node, names
from oracle_kit.query import Scalar
from oracle_kit.words import FieldType, Role


@dataclass(frozen=True)
class ColumnRef:
    """A column of the base table (`alias` empty) or of a joined one."""

    alias: str
    column: str


@dataclass(frozen=True)
class Field:
    """A field: a column, or the tree of its expression."""

    name: str
    file: FieldFile
    column: ColumnRef | None
    node: Node | None

    @property
    def type(self) -> FieldType:
        """The declared type."""
        return self.file.type

    @property
    def unit(self) -> str | None:
        """The declared unit, or that of the expression."""
        return self.file.unit or (self.node.unit if self.node is not None else None)

    @property
    def role(self) -> Role:
        """The declared role."""
        return self.file.role

    @property
    def label(self) -> str:
        """What a person reads."""
        return self.file.label or readable(self.name)

    @cached_property
    def values(self) -> tuple[Scalar, ...]:
        """The declared values in business order; empty when they are read live or there are none."""
        declared = () if self.file.values == "database" else self.file.values
        return tuple(item.value if isinstance(item, ValueFile) else item for item in declared)

    @cached_property
    def value_labels(self) -> tuple[str, ...]:
        """How a person reads each of `values`."""
        declared = () if self.file.values == "database" else self.file.values
        labels = (item.label if isinstance(item, ValueFile) else "" for item in declared)
        return tuple(label or readable(str(value)) for label, value in zip(labels, self.values, strict=True))

    @property
    def listed(self) -> bool:
        """Whether the declared values are a closed business list, in order."""
        return self.file.listed and bool(self.values)


@dataclass(frozen=True)
class Measure:
    """A declared measure and the tree of its expression."""

    name: str
    file: MeasureFile
    node: Node

    @property
    def unit(self) -> str | None:
        """The declared unit, or that of the expression."""
        return self.file.unit or self.node.unit

    @property
    def label(self) -> str:
        """What a person reads."""
        return self.file.label or readable(self.name)

    @property
    def additive(self) -> bool:
        """Whether the groups' figures add up to the total."""
        return self.file.additive if self.file.additive is not None else adds_up(self.node)


@dataclass(frozen=True)
class Term:
    """A glossary term and the tree of its filter."""

    name: str
    file: TermFile
    node: Node


@dataclass(frozen=True)
class Relation:
    """A way to rows of another dataset; `where` is a tree over that dataset's fields."""

    name: str
    file: RelationFile
    where: Node | None


@dataclass(frozen=True, eq=False)
class Dataset:
    """An approved projection, loaded and checked; its id is the path of its file, with dots."""

    id: str
    file: DatasetFile
    document: Document
    digest: str
    fields: Mapping[str, Field]
    measures: Mapping[str, Measure]
    terms: Mapping[str, Term]
    relations: Mapping[str, Relation]
    where: Node | None
    row_filters: Mapping[str, Node | None]

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.file.title

    @property
    def version(self) -> int:
        """The version that the file states."""
        return self.file.version

    @property
    def key(self) -> str:
        """The field that names one row."""
        return self.file.key

    @cached_property
    def restricted(self) -> frozenset[str]:
        """The fields of personal data and those computed from it: masked unless the policy says otherwise."""
        marked = {name for name, field in self.fields.items() if field.file.pii}
        reached = {name for name, field in self.fields.items() if self.reach(field.node) & marked}
        return frozenset(marked | reached)

    def reach(self, *nodes: Node | None) -> frozenset[str]:
        """The fields that the trees test or show, through terms and computed fields."""
        found: set[str] = set()
        open_nodes = [node for node in nodes if node is not None]
        while open_nodes:
            fields, terms = names(open_nodes.pop())
            new = fields - found
            found |= new
            open_nodes += [self.terms[name].node for name in terms]
            open_nodes += [node for name in new if (node := self.fields[name].node) is not None]
        return frozenset(found)


def adds_up(node: Node) -> bool:
    """Whether the figures of disjoint groups add up: counts and sums, added, subtracted or scaled."""
    if isinstance(node, Aggregate):
        return node.fn in ("count", "sum")
    if not isinstance(node, Arithmetic):
        return False
    if node.operator in "+-":
        return adds_up(node.left) and adds_up(node.right)
    constant = isinstance(node.right, Constant) or (node.operator == "*" and isinstance(node.left, Constant))
    return constant and (adds_up(node.left) or adds_up(node.right))


def readable(name: str) -> str:
    """A name as words: `lead_count` becomes "Lead count"."""
    return name.replace("_", " ").capitalize()
