"""Who works here still: the rows, declared by the workbench, that people who sign in must be found in."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from oracle_kit.content import Document
from oracle_kit.datasets.coerce import Unfit, plain_value
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.expression import Place, parse_truth
from oracle_kit.datasets.load import names_of
from oracle_kit.datasets.policy import Access
from oracle_kit.datasets.render import bound
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.tree import Node
from oracle_kit.datasets.warehouse import TIMEOUT_S, Snapshot
from oracle_kit.errors import did_you_mean
from oracle_kit.model import Scope
from oracle_kit.query import Scalar, Value


class PeopleFile(Value):
    """Where people are listed: a dataset, the field that the viewer's attribute equals, and who is active."""

    dataset: str
    key: str
    active: str
    attribute: str = "user_id"


@dataclass(frozen=True)
class People:
    """The list of people, checked: `active` is the filter that holds for those who are still there."""

    dataset: Dataset
    key: str
    active: Node
    attribute: str

    def is_active(self, value: Scalar, snapshot: Snapshot) -> bool:
        """Whether somebody of that key is there and active; WarehouseUnavailable where it cannot be known."""
        field = self.dataset.fields[self.key]
        try:
            key = plain_value(value, field.type)
        except Unfit:
            return False
        scan = Scan(self.dataset, _everything(self.dataset), snapshot.clock)
        conditions = [scan.use(self.key) == bound(key, field.type), scan.condition(self.active)]
        found = sa.select(sa.literal(1)).where(*scan.standing(), *conditions).select_from(scan.source())
        return bool(snapshot.execute(found.limit(1), TIMEOUT_S))


def load_people(file: PeopleFile, document: Document, datasets: dict[str, Dataset]) -> People:
    """The list of people that the workbench declares; ContentError names what of it is not there."""
    if file.dataset not in datasets:
        hint = did_you_mean(file.dataset, datasets)
        raise document.error(f"there is no dataset {file.dataset!r}", ("people", "dataset"), hint)
    dataset = datasets[file.dataset]
    if file.key not in dataset.fields:
        hint = did_you_mean(file.key, dataset.fields)
        raise document.error(f"{file.dataset} has no field {file.key!r}", ("people", "key"), hint)
    place = Place(document.file, document.line(("people", "active")), "people.active")
    return People(dataset, file.key, parse_truth(file.active, names_of(dataset.file), place), file.attribute)


def _everything(dataset: Dataset) -> Access:
    """All rows of the list, for the product's own question: nobody is shown what it reads."""
    return Access(
        dataset=dataset.id,
        row_filter=None,
        labels=(),
        masked=frozenset(),
        row_cap=1,
        timeout_s=TIMEOUT_S,
        scope=Scope(dataset=dataset.id),
    )
