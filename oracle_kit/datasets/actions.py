"""Actions of content: what may be written, proposed against rows as they are, with a readable before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oracle_kit.datasets.actions_file import ActionFile, ArgumentFile, ValueFile
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.coerce import Unfit, plain_value
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.statement import Statement
from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.errors import FieldNotAllowed, NotPermitted, Refused, did_you_mean
from oracle_kit.model import Viewer, json_ready
from oracle_kit.query import Predicate, Query, Scalar, Term, Where, conjunction
from oracle_kit.windows import Clock
from oracle_kit.words import FieldType

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


class ActionRefused(Refused):
    """An action that is not declared, or not with these arguments, or not about this row."""

    code = "action_refused"


@dataclass(frozen=True)
class Argument:
    """An argument with its type and the values it may have (empty: any)."""

    name: str
    file: ArgumentFile
    type: FieldType
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Action:
    """A declared action, checked; its id is the dataset's with its name."""

    id: str
    file: ActionFile
    dataset: Dataset
    arguments: Mapping[str, Argument]


def actions_of(catalog: Catalog) -> Mapping[str, Action]:
    """Every action of the content by id; ContentError where one names what is not there."""
    found = (_action(dataset, name) for dataset in catalog.datasets.values() for name in dataset.file.actions)
    return {one.id: one for one in found}


def find_action(actions: Mapping[str, Action], name: str) -> Action:
    """The action of that id; ActionRefused names those there are."""
    if name not in actions:
        raise ActionRefused(f"There is no action {name!r}.", hint=did_you_mean(name, actions))
    return actions[name]


def checked_arguments(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are kept, JSON; ActionRefused names the first that is wrong."""
    unknown = [name for name in given if name not in action.arguments]
    if unknown:
        hint = did_you_mean(str(unknown[0]), action.arguments)
        raise ActionRefused(f"{action.file.title} takes no {str(unknown[0])[:50]!r}.", hint=hint)
    kept = {}
    for name, argument in action.arguments.items():
        value = _checked(action, argument, given.get(name))
        if value is not None:
            kept[name] = json_ready(value)
    return kept


def _checked(action: Action, argument: Argument, value: Any) -> Any:
    if value is None:
        if argument.file.required:
            raise ActionRefused(f"{action.file.title} needs {argument.name!r}.")
        return None
    try:
        plain = plain_value(value, argument.type)
    except Unfit:
        raise ActionRefused(f"{argument.name!r} is {argument.type}, not {value!r:.60}.") from None
    if argument.values and plain not in argument.values:
        allowed = ", ".join(map(str, argument.values))
        raise ActionRefused(f"{argument.name!r} is one of {allowed}, not {value!r:.60}.")
    if isinstance(plain, str) and len(plain) > argument.file.longest:
        raise ActionRefused(f"{argument.name!r} has at most {argument.file.longest} characters.")
    return plain if argument.type in ("date", "timestamp", "boolean", "integer") else str(plain)


def may_propose(action: Action, viewer: Viewer) -> bool:
    """Whether one of the viewer's roles may propose the action."""
    return not set(viewer.roles).isdisjoint(action.file.roles)


def current_state(
    action: Action, arguments: Mapping[str, Any], catalog: Catalog, snapshot: Snapshot, viewer: Viewer
) -> dict[str, Scalar]:
    """The subject's row as it is, which the viewer sees and of which everything holds that must.

    NotPermitted by role; ActionRefused where there is no such row for this viewer (whether or not there is one for
    others), or where something does not hold.
    """
    if not may_propose(action, viewer):
        hint = f"These roles may: {', '.join(action.file.roles)}."
        raise NotPermitted(f"You may not propose: {action.file.title}.", hint=hint)
    held = _row(snapshot, subject_statement(action, arguments, catalog, viewer, snapshot.clock))
    if held is not None:
        return held
    key = arguments[action.file.subject]
    there = subject_statement(action, arguments, catalog, viewer, snapshot.clock, holding=False)
    if _row(snapshot, there) is None:
        raise ActionRefused(f"There is no {action.dataset.key} {key} that you may see.")
    raise ActionRefused(
        f"{action.file.title}: {action.dataset.key} {key} is not {' and '.join(action.file.holds)}."
    )


def _row(snapshot: Snapshot, statement: Statement) -> dict[str, Scalar] | None:
    rows = snapshot.run(statement)
    names = [column.name for column in rows.columns]
    return dict(zip(names, rows.rows[0], strict=True)) if rows.rows else None


def subject_statement(
    action: Action,
    arguments: Mapping[str, Any],
    catalog: Catalog,
    viewer: Viewer,
    clock: Clock,
    *,
    holding: bool = True,
) -> Statement:
    """The statement that reads the subject's row under the viewer's rights; nothing comes where a term is false."""
    key = arguments[action.file.subject]
    parts: list[Where] = [Predicate(field=action.dataset.key, op="eq", values=(key,))]
    if holding:
        parts += [Term(name=name) for name in action.file.holds]
    query = Query(dataset=action.dataset.id, columns=action.file.shows, where=conjunction(*parts), limit=2)
    try:
        return compile_query(query, catalog, viewer, clock)
    except FieldNotAllowed as error:
        raise NotPermitted(error.message, hint=error.hint) from None


def described(
    action: Action, arguments: Mapping[str, Any], before: Mapping[str, Scalar], viewer: Viewer
) -> list[dict[str, Any]]:
    """What would be written, row by row, for a person to read; ActionRefused where the viewer lacks an attribute."""
    told = []
    for write in action.file.writes:
        row = {
            name: _described(source, arguments, before, viewer)
            for name, source in {**write.key, **write.set}.items()
        }
        told.append({"insert" if write.insert else "update": write.table, "row": row})
    return told


def _described(
    source: ValueFile, arguments: Mapping[str, Any], before: Mapping[str, Scalar], viewer: Viewer
) -> Any:
    if source.next:
        return "the next number"
    return "when it is approved" if source.now else value_of(source, arguments, before, viewer)


def value_of(
    source: ValueFile, arguments: Mapping[str, Any], before: Mapping[str, Scalar], viewer: Viewer
) -> Any:
    """The value that is known beforehand; ActionRefused for an attribute that the proposer does not have."""
    if source.argument is not None:
        return arguments.get(source.argument)
    if source.before is not None:
        return before[source.before]
    if source.attribute is not None:
        if viewer.attributes.get(source.attribute) is None:
            raise ActionRefused(f"Your account has no {source.attribute}, which this writes down.")
        return viewer.attributes[source.attribute]
    return source.value


def arguments_schema(action: Action) -> dict[str, Any]:
    """The JSON schema of the action's arguments, for a model that may propose it."""
    kinds = {"integer": "integer", "decimal": "number", "float": "number", "boolean": "boolean"}
    properties: dict[str, Any] = {}
    for name, argument in action.arguments.items():
        kind = kinds.get(argument.type, "string")
        properties[name] = {"type": kind if argument.file.required else [kind, "null"]}
        if argument.values:
            properties[name]["enum"] = [*argument.values, *(() if argument.file.required else (None,))]
    required = [name for name, argument in action.arguments.items() if argument.file.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


# checking content --------------------------------------------------------------------------------


def _action(dataset: Dataset, name: str) -> Action:
    file = dataset.file.actions[name]
    arguments = {key: _argument(dataset, name, key, one) for key, one in file.arguments.items()}
    for fault in _faults(dataset, file, arguments):
        raise dataset.document.error(fault, ("actions", name))
    return Action(f"{dataset.id}.{name}", file, dataset, arguments)


def _argument(dataset: Dataset, action: str, name: str, file: ArgumentFile) -> Argument:
    path = ("actions", action, "arguments", name)
    if (file.field is None) == (file.type is None):
        raise dataset.document.error("an argument has either a field or a type", path)
    if file.field is None:
        assert file.type is not None  # noqa: S101  # just checked
        return Argument(name, file, file.type, file.values)
    if file.field not in dataset.fields:
        hint = did_you_mean(file.field, dataset.fields)
        raise dataset.document.error(f"{dataset.id} has no field {file.field!r}", path, hint)
    field = dataset.fields[file.field]
    return Argument(name, file, field.type, file.values or field.values)


def _faults(dataset: Dataset, file: ActionFile, arguments: Mapping[str, Argument]) -> Iterator[str]:
    subject = arguments.get(file.subject)
    if subject is None or subject.type != dataset.fields[dataset.key].type or not subject.file.required:
        yield f"the subject is a required argument of the type of {dataset.key}"
    yield from (f"{dataset.id} has no term {one!r}" for one in file.holds if one not in dataset.terms)
    for one in file.shows:
        if one not in dataset.fields:
            yield f"{dataset.id} has no field {one!r}"
        elif one in dataset.restricted:
            yield f"{one!r} is personal: nobody is shown it in a proposal"
    for write in file.writes:
        for column, source in {**write.key, **write.set}.items():
            yield from _write_faults(file, arguments, column, source)
        if not _COLUMN.fullmatch(write.table):
            yield f"{write.table!r} is no name of a table"
        if write.update and any(source.next or source.now for source in write.key.values()):
            yield "a row to be updated is found by a value that is known"
        if any(source.next for source in write.set.values()):
            yield "only a key has a next number"


def _write_faults(
    file: ActionFile, arguments: Mapping[str, Argument], column: str, source: ValueFile
) -> Iterator[str]:
    if not _COLUMN.fullmatch(column):
        yield f"{column!r} is no name of a column"
    if source.argument is not None and source.argument not in arguments:
        yield f"there is no argument {source.argument!r}"
    if source.before is not None and source.before not in file.shows:
        yield f"{source.before!r} is not among what is shown"
