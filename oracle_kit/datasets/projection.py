"""What a dataset file declares: the approved projection of tables, and the words for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from oracle_kit.datasets.actions_file import ActionFile
from oracle_kit.query import Scalar, Unit, Value
from oracle_kit.words import FieldType, Role


class JoinFile(Value):
    """A many-to-one join: `keys` maps "column" or "alias.column" seen so far to the joined table's column."""

    table: str
    keys: dict[str, str]


class ValueFile(Value):
    """A value of a dimension with its label and the other ways to say it."""

    value: Scalar
    label: str = ""
    words: tuple[str, ...] = ()


class FieldFile(Value):
    """A field: a `column` ("column" of the base table or "alias.column") or an `expression` over fields.

    `values`: a list of values (plain or with words) in business order, or `database` to read them live.
    `listed: true` says that the list is closed and groups without rows are kept as zero; `named: true` that a
    value alone never means this field, only one beside the field's words ("living in Dubai"). `identity` is the id
    field that tells apart rows of one name: groups by the name are groups by that id, and ties go by it. `within`
    is the glossary term of the rows where the field says something: days overdue are asked of what is overdue.
    """

    column: str | None = None
    expression: str | None = None
    type: FieldType
    role: Role
    label: str = ""
    unit: str | None = None
    words: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    values: tuple[ValueFile | Scalar, ...] | Literal["database"] = ()
    value_words: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # aliases for values read live
    listed: bool = False
    named: bool = False
    lookup: Literal["exact", "word"] | None = None
    identity: str | None = None
    within: str | None = None
    pii: bool = False
    better: Literal["high", "low"] | None = None


class MeasureFile(Value):
    """A measure: an aggregate expression such as `count() where stage = 'booked'` or a ratio of two.

    `time` is the time field that a window beside it filters, where it is not the dataset's default.
    """

    expression: str
    label: str = ""
    unit: str | None = None
    words: tuple[str, ...] = ()
    time: str | None = None
    better: Literal["high", "low"] | None = None
    additive: bool | None = None  # None: counts and sums are, the rest is not


class TermFile(Value):
    """A glossary term: words for a named filter; `noun` when the word alone stands for the dataset's rows."""

    where: str
    words: tuple[str, ...] = ()
    label: str = ""
    noun: bool = False
    time: str | None = None


class RelationFile(Value):
    """Rows of another dataset that hang on one of this: `keys` maps this one's field to that one's. `takes` names
    that one's fields which the values said right behind its words belong to: "moved from … to …"."""

    dataset: str
    keys: dict[str, str]
    where: str | None = None
    words: tuple[str, ...] = ()
    time: str | None = None
    takes: tuple[str, ...] = ()


class DefaultFile(Value):
    """What an ambiguous word means unless said otherwise, and what else it could mean."""

    name: str
    alternatives: tuple[str, ...] = ()


class RoleFile(Value):
    """What one role may do: `rows` is a filter over fields and `viewer.<attribute>`; `label` is its chip."""

    rows: str | None = None
    label: str = ""
    unmasked: tuple[str, ...] = ()


class PolicyFile(Value):
    """Who may read: deny by default, roles add up (the widest rows, the fewest masks)."""

    roles: dict[str, RoleFile] = Field(default_factory=dict)
    row_cap: int = Field(default=10_000, ge=1)
    timeout_s: float = Field(default=10.0, gt=0)


class BestFile(Value):
    """What best, worst and top sort by where no measure is said: a field or a measure; `groups` is the measure that
    the best of several groups has most of, where rows go by something else."""

    by: str
    descending: bool = True
    groups: str | None = None


class DatasetFile(Value):
    """A dataset file as written; the catalog gives it its id (the path, with dots) and checks it."""

    title: str
    why: str
    version: int = 1
    grain: str
    key: str
    words: tuple[str, ...]
    table: str
    joins: dict[str, JoinFile] = Field(default_factory=dict)
    where: str | None = None  # rows that belong to the dataset at all
    fields: dict[str, FieldFile]
    measures: dict[str, MeasureFile]
    glossary: dict[str, TermFile] = Field(default_factory=dict)
    relations: dict[str, RelationFile] = Field(default_factory=dict)
    defaults: dict[str, DefaultFile] = Field(default_factory=dict)
    drill: tuple[tuple[str, ...], ...] = ()
    default_time: str | None = None
    default_measure: str
    default_dimension: str | None = None
    best: BestFile | None = None
    list_columns: tuple[str, ...]
    list_order: tuple[str, ...] = ()  # "-due_at" descends
    owner: str | None = None
    owner_attribute: str = "user_id"
    grain_unit: Unit | None = None
    policy: PolicyFile | None = None
    actions: dict[str, ActionFile] = Field(default_factory=dict)
