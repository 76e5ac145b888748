"""What a dataset file declares of writes: the only ones that an approval may carry out."""

from __future__ import annotations

from pydantic import Field, model_validator

from oracle_kit.query import Scalar, Value
from oracle_kit.words import FieldType


class ArgumentFile(Value):
    """An argument of an action: a `field` of the dataset, whose type and listed values it has, or a type of its own."""

    field: str | None = None
    type: FieldType | None = None
    label: str = ""
    values: tuple[Scalar, ...] = ()
    required: bool = True
    longest: int = Field(default=2_000, ge=1)  # characters of a text


class ValueFile(Value):
    """Where a written value comes from, exactly one: an argument, a field as it was, an attribute of the proposer,
    the moment of the write (`now`), the next number of a key (`next`), or a fixed `value`."""

    argument: str | None = None
    before: str | None = None
    attribute: str | None = None
    now: bool = False
    next: bool = False
    value: Scalar = None

    @model_validator(mode="after")
    def _one(self) -> ValueFile:
        given = (self.argument, self.before, self.attribute, self.now or None, self.next or None, self.value)
        if sum(one is not None for one in given) != 1:
            raise ValueError("exactly one of argument, before, attribute, now, next and value is needed")
        return self


class WriteFile(Value):
    """One row written: inserted into a table, or updated where the columns of `key` have their values."""

    insert: str | None = None
    update: str | None = None
    key: dict[str, ValueFile] = Field(min_length=1)
    set: dict[str, ValueFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _one(self) -> WriteFile:
        if (self.insert is None) == (self.update is None):
            raise ValueError("exactly one of insert and update is needed")
        return self

    @property
    def table(self) -> str:
        """The table that is written to."""
        return self.insert or self.update or ""


class ActionFile(Value):
    """A write about one row of the dataset, in order.

    `subject` is the argument that names the row, which the proposer must see then and still when it is written;
    `holds` are glossary terms that must be true of it; `shows` the fields that a reviewer is shown as they are, and
    that must not have changed since.
    """

    title: str
    why: str
    roles: tuple[str, ...] = Field(min_length=1)
    subject: str
    arguments: dict[str, ArgumentFile]
    holds: tuple[str, ...] = ()
    shows: tuple[str, ...] = Field(min_length=1)
    writes: tuple[WriteFile, ...] = Field(min_length=1)
