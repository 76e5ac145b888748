"""Who may read what of a dataset: deny by default, roles add up, attributes bound.

Roles add up to the widest rows: a role without a row filter wins, several filters are joined by or. A
personal field is shown only where every role that gives these rows unmasks it: beside a wider role that
does not unmask it, a narrower one that does changes nothing, since the rows of both come in one list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oracle_kit.datasets.coerce import Unfit, plain_value
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.substitute import bind_attributes, spelled
from oracle_kit.datasets.tree import (
    Attribute,
    Comparison,
    Constant,
    Every,
    FieldRef,
    Node,
    Some,
    walk,
)
from oracle_kit.errors import FieldNotAllowed
from oracle_kit.model import Scope, Viewer
from oracle_kit.query import Scalar


@dataclass(frozen=True)
class Access:
    """What a viewer may read of a dataset.

    `row_filter` is a tree with the viewer's attributes bound, None for all rows; `labels` what its chips say.
    """

    dataset: str
    row_filter: Node | None
    labels: tuple[str, ...]
    masked: frozenset[str]
    row_cap: int
    timeout_s: float
    scope: Scope

    @property
    def fixed(self) -> tuple[tuple[str, Scalar], ...]:
        """The fields that the row filter holds to one value, with the value."""
        parts = self.row_filter.parts if isinstance(self.row_filter, Every) else (self.row_filter,)
        return tuple(found for part in parts if (found := _held(part)) is not None)

    @property
    def rows(self) -> str:
        """What the rows are called that the viewer gets: "your leads"; empty for all rows."""
        return " or ".join(self.labels)


def access(dataset: Dataset, viewer: Viewer) -> Access | None:
    """What the viewer may read of the dataset; None when that is nothing."""
    granted, _ = _granted(dataset, viewer)
    if not granted or dataset.file.policy is None:
        return None
    filters = tuple(dict.fromkeys(node for node in granted.values() if node is not None))
    everything = None in granted.values()
    row_filter = None if everything or not filters else filters[0] if len(filters) == 1 else Some(filters)
    masked = _masked(dataset, granted, everything)
    policy = dataset.file.policy
    labels = () if everything else tuple(dict.fromkeys(policy.roles[role].label for role in granted))
    texts = () if row_filter is None else tuple(sorted(spelled(node) for node in filters))
    return Access(
        dataset=dataset.id,
        row_filter=row_filter,
        labels=labels,
        masked=masked,
        row_cap=policy.row_cap,
        timeout_s=policy.timeout_s,
        scope=Scope(dataset=dataset.id, filters=texts, masked=tuple(sorted(masked))),
    )


def _held(part: Node | None) -> tuple[str, Scalar] | None:
    """The field and the value of "field = value"; None for any other filter."""
    if not isinstance(part, Comparison) or part.operator != "eq":
        return None
    sides = (part.left, part.right) if isinstance(part.left, FieldRef) else (part.right, part.left)
    field, value = sides
    if not (isinstance(field, FieldRef) and isinstance(value, Constant)):
        return None
    plain: Scalar = value.value if isinstance(value.value, (bool, int, float, str)) else str(value.value)
    return field.name, plain


def require_access(dataset: Dataset, viewer: Viewer) -> Access:
    """What the viewer may read; FieldNotAllowed with the reason when that is nothing."""
    allowed = access(dataset, viewer)
    if allowed is None:
        raise FieldNotAllowed(denial(dataset, viewer), hint="Ask an administrator for a role that may.")
    return allowed


def denial(dataset: Dataset, viewer: Viewer) -> str:
    """One sentence why the viewer may not read the dataset; nothing of what it holds."""
    _, missing = _granted(dataset, viewer)
    if missing:
        return f"You may not read {dataset.title}: your account has no valid {' or '.join(missing)}."
    roles = " and ".join(viewer.roles) or "none"
    return f"You may not read {dataset.title} with the role {roles}."


def _granted(dataset: Dataset, viewer: Viewer) -> tuple[dict[str, Node | None], tuple[str, ...]]:
    """The viewer's roles that give rows, with their bound filters, and the attributes that others lack."""
    granted: dict[str, Node | None] = {}
    missing: list[str] = []
    for role in viewer.roles:
        if role not in dataset.row_filters:
            continue
        node = dataset.row_filters[role]
        lacking = _lacking(node, viewer)
        if lacking:
            missing += lacking
        else:
            granted[role] = bind_attributes(node, viewer.attributes) if node is not None else None
    return granted, tuple(dict.fromkeys(missing))


def _lacking(node: Node | None, viewer: Viewer) -> list[str]:
    """The attributes that the filter needs and the viewer does not have, or has with the wrong type."""
    lacking = []
    for part in walk(node) if node is not None else ():
        if isinstance(part, Attribute):
            value: Any = viewer.attributes.get(part.name)
            try:
                plain_value(value, part.type)
            except Unfit:
                value = None
            if value is None or value == "":
                lacking.append(part.name)
    return lacking


def _masked(dataset: Dataset, granted: dict[str, Node | None], everything: bool) -> frozenset[str]:
    """The personal fields that some role which gives these rows does not unmask."""
    policy = dataset.file.policy
    wide = [role for role, node in granted.items() if node is None] if everything else list(granted)
    unmasked = [_unmasked(dataset, policy.roles[role].unmasked) for role in wide] if policy else []
    shown = frozenset.union(*unmasked) if everything else frozenset.intersection(*unmasked)
    return dataset.restricted - shown


def _unmasked(dataset: Dataset, names: tuple[str, ...]) -> frozenset[str]:
    """The named fields, and those computed only from named ones."""
    marked = {name for name in dataset.restricted if dataset.fields[name].file.pii}
    given = set(names)
    computed = {
        name
        for name in dataset.restricted - marked
        if dataset.reach(dataset.fields[name].node) & marked <= given
    }
    return frozenset(given | computed)
