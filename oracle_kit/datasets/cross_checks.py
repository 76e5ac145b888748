"""What must agree within one dataset file and with the datasets that it relates to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import get_args

from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.load import Draft, column_ref, fits
from oracle_kit.datasets.typing_rules import NUMBERS, TIMES
from oracle_kit.errors import ContentError, did_you_mean
from oracle_kit.query import Scalar, Unit
from oracle_kit.words import FieldType


def cross_check(dataset: Dataset, drafts: Mapping[str, Draft], roles: tuple[str, ...] = ()) -> None:
    """ContentError at the first thing that does not agree."""
    _check_names(dataset)
    _check_joins(dataset, drafts[dataset.id])
    for name in dataset.fields:
        _check_field(dataset, name)
    for name in dataset.relations:
        _check_relation(dataset, name, drafts)
    _check_policy(dataset, roles)


def _must_be(dataset: Dataset, name: str, known: Iterable[str], what: str, *path: str | int) -> None:
    if name not in known:
        raise dataset.document.error(f"there is no {what} {name!r}", path, did_you_mean(name, known))


def _check_names(dataset: Dataset) -> None:
    """Every name that the file mentions is declared in it."""
    file, fields, measures = dataset.file, dataset.fields, dataset.measures
    anything = {**fields, **measures, **dataset.terms}
    _must_be(dataset, file.key, fields, "field", "key")
    _must_be(dataset, file.default_measure, measures, "measure", "default_measure")
    if file.best:
        _must_be(dataset, file.best.by, {**fields, **measures}, "field or measure", "best", "by")
    if file.best and file.best.groups:
        _must_be(dataset, file.best.groups, measures, "measure", "best", "groups")
    if file.owner:
        _must_be(dataset, file.owner, fields, "field", "owner")
    for position, name in enumerate(file.list_columns):
        _must_be(dataset, name, fields, "field", "list_columns", position)
    for position, name in enumerate(file.list_order):
        _must_be(dataset, name.removeprefix("-"), fields, "field", "list_order", position)
    for row, path in enumerate(file.drill):
        for step, name in enumerate(path):
            _must_be(dataset, name, fields, "field", "drill", row, step)
    for word, default in file.defaults.items():
        for name in (default.name, *default.alternatives):
            _must_be(dataset, name, anything, "field, measure or term", "defaults", word)
    _check_dimension(dataset)
    _check_times(dataset)


def _check_dimension(dataset: Dataset) -> None:
    name, _, grain = (dataset.file.default_dimension or "").partition(":")
    if name:
        _must_be(dataset, name, dataset.fields, "field", "default_dimension")
    if grain:
        _must_be(dataset, grain, get_args(Unit), "grain", "default_dimension")


def _check_times(dataset: Dataset) -> None:
    """Whatever a window filters is a field of role time."""
    times = [name for name, field in dataset.fields.items() if field.role == "time"]
    if dataset.file.default_time:
        _must_be(dataset, dataset.file.default_time, times, "time field", "default_time")
    for name, measure in dataset.file.measures.items():
        if measure.time:
            _must_be(dataset, measure.time, times, "time field", "measures", name, "time")
    for name, term in dataset.file.glossary.items():
        if term.time:
            _must_be(dataset, term.time, times, "time field", "glossary", name, "time")


def _check_joins(dataset: Dataset, source: Draft) -> None:
    """A join hangs on the base table or on a join that stands before it."""
    seen: set[str] = set()
    for alias, join in dataset.file.joins.items():
        if not join.keys:
            raise dataset.document.error("a join needs keys", ("joins", alias))
        for left in join.keys:
            ref = column_ref(source, left, "joins", alias, "keys", left)
            if ref.alias and ref.alias not in seen:
                raise dataset.document.error(
                    f"{ref.alias!r} is joined later than {alias!r}",
                    ("joins", alias, "keys", left),
                    "Move it up.",
                )
        seen.add(alias)


def _check_field(dataset: Dataset, name: str) -> None:
    field = dataset.fields[name]

    def fault(message: str, key: str, hint: str = "") -> ContentError:
        return dataset.document.error(message, ("fields", name, key), hint)

    if (field.role == "time") != (field.type in TIMES):
        raise fault(f"role {field.role} does not fit the type {field.type}", "role")
    if field.role == "number" and field.type not in NUMBERS:
        raise fault(f"role number does not fit the type {field.type}", "role")
    if field.file.pii and field.file.values:
        raise fault("personal data has no list of values", "values", "Remove `values`.")
    if field.file.lookup and field.type not in ("text", "integer"):
        raise fault(f"lookup does not work on {field.type}", "lookup")
    if field.file.identity:
        _must_be(dataset, field.file.identity, dataset.fields, "field", "fields", name, "identity")
    if field.file.within:
        _must_be(dataset, field.file.within, dataset.terms, "glossary term", "fields", name, "within")
    for value in field.values:
        if not _value_fits(value, field.type):
            raise fault(f"{value!r} is no {field.type}", "values")
    if field.file.listed and not field.values:
        raise fault(
            "a listed field declares its values, in business order", "listed", "Write them under `values`."
        )


def _value_fits(value: Scalar, type_: FieldType) -> bool:
    kinds: dict[FieldType, tuple[type, ...]] = {
        "integer": (int,),
        "decimal": (int, float),
        "float": (int, float),
        "text": (str,),
        "boolean": (bool,),
        "date": (str, date),
        "timestamp": (str, datetime),
    }
    return isinstance(value, kinds[type_]) and (type_ == "boolean") == isinstance(value, bool)


def _check_relation(dataset: Dataset, name: str, drafts: Mapping[str, Draft]) -> None:
    """A relation's keys are fields of both sides, with types that can be equal."""
    relation = dataset.relations[name].file
    target = drafts[relation.dataset].file
    for left, right in relation.keys.items():
        _must_be(dataset, left, dataset.fields, "field", "relations", name, "keys", left)
        _must_be(
            dataset, right, target.fields, f"field in {relation.dataset}", "relations", name, "keys", left
        )
        if not fits(dataset.fields[left].type, target.fields[right].type):
            raise dataset.document.error(
                f"{left} is {dataset.fields[left].type}, {right} is {target.fields[right].type}",
                ("relations", name, "keys", left),
            )
    for position, taken in enumerate(relation.takes):
        place = ("relations", name, "takes", position)
        _must_be(dataset, taken, target.fields, f"field in {relation.dataset}", *place)
    if relation.time:
        times = [field for field in target.fields if target.fields[field].role == "time"]
        _must_be(
            dataset, relation.time, times, f"time field in {relation.dataset}", "relations", name, "time"
        )


def _check_policy(dataset: Dataset, roles: tuple[str, ...]) -> None:
    """Roles are known, only personal data is unmasked, and a row filter has the label of its chip."""
    for role, grant in (dataset.file.policy.roles if dataset.file.policy else {}).items():
        path = ("policy", "roles", role)
        if roles:
            _must_be(dataset, role, roles, "role", *path)
        for position, name in enumerate(grant.unmasked):
            _must_be(dataset, name, dataset.restricted, "personal field", *path, "unmasked", position)
        if grant.rows is not None and not grant.label:
            raise dataset.document.error(
                "a row filter needs a label", path, "Write what its chip says: `label: …`."
            )
