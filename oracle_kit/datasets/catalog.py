"""The catalog: every approved dataset of a folder, parsed and cross-checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from oracle_kit.content import Document, read_document, validate
from oracle_kit.datasets.cross_checks import cross_check
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.load import draft, load_dataset
from oracle_kit.datasets.people import People, PeopleFile, load_people
from oracle_kit.datasets.statement import CompiledStatements
from oracle_kit.errors import ContentError, QueryRefused, did_you_mean
from oracle_kit.query import Value, digest
from oracle_kit.windows import Calendar
from oracle_kit.words import DatasetWords

if TYPE_CHECKING:  # these stand on the catalog themselves; its two methods only hand it over to them
    from oracle_kit.datasets.finding import Finding
    from oracle_kit.datasets.live import LiveValues
    from oracle_kit.datasets.warehouse import Warehouse

WORKBENCH = "workbench.yaml"


class Workbench(Value):
    """How the company of this folder counts time and money, the roles that it gives people, and where they are listed.

    Where `roles` is empty, a policy may name any role.
    """

    title: str = ""
    calendar: Calendar = Calendar()
    currency: str = ""
    roles: tuple[str, ...] = ()
    people: PeopleFile | None = None  # who may still sign in, for tokens that carry the attribute


@dataclass(frozen=True, eq=False)
class Catalog:
    """The approved datasets by id, with the workbench they share."""

    datasets: Mapping[str, Dataset]
    workbench: Workbench
    digest: str
    people: People | None = None
    statements: CompiledStatements = field(default_factory=CompiledStatements)  # compiled before

    @classmethod
    def load(cls, folder: Path) -> Catalog:
        """The catalog of a folder; ContentError (the first fault) with file, line, field and nearest name."""
        catalog, faults = read_catalog(folder)
        if faults:
            raise faults[0]
        return catalog

    @property
    def calendar(self) -> Calendar:
        """How the company counts time."""
        return self.workbench.calendar

    @property
    def currency(self) -> str:
        """The unit of money."""
        return self.workbench.currency

    def words(self, values: LiveValues | None = None) -> tuple[DatasetWords, ...]:
        """The words of every dataset that somebody may read, with the values that the database has now."""
        from oracle_kit.datasets.vocabulary import catalog_words

        return catalog_words(self, values)

    def verify(self, warehouse: Warehouse) -> tuple[Finding, ...]:
        """What does not agree with the warehouse's schema and keys; nothing where all is well."""
        from oracle_kit.datasets.verify import verify

        return verify(self, warehouse)

    def dataset(self, dataset_id: str) -> Dataset:
        """The dataset of that id; QueryRefused when there is none."""
        if dataset_id not in self.datasets:
            hint = did_you_mean(dataset_id, self.datasets)
            raise QueryRefused(f"There is no dataset {dataset_id!r}.", hint=hint)
        return self.datasets[dataset_id]

    def is_money(self, unit: str | None) -> bool:
        """Whether the unit is the currency, or so much of it per something."""
        return bool(unit and self.currency and unit.split("/")[0] == self.currency)


def read_catalog(folder: Path) -> tuple[Catalog, tuple[ContentError, ...]]:
    """The catalog of what loads, and every fault found on the way (one per file at most)."""
    faults: list[ContentError] = []
    drafts = {}
    failed = set()
    for path in sorted(folder.glob("**/*.yaml")):
        shown = path.relative_to(folder.parent).as_posix()
        if path == folder / WORKBENCH:
            continue
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        try:
            drafts[name] = draft(name, read_document(path, shown))
        except ContentError as error:
            faults.append(error)
            failed.add(name)
    workbench, document = _workbench(folder, faults)
    datasets: dict[str, Dataset] = {}
    for name, source in drafts.items():
        try:
            datasets[name] = load_dataset(source, drafts, frozenset(failed))
            cross_check(datasets[name], drafts, workbench.roles)
        except ContentError as error:
            faults.append(error)
            datasets.pop(name, None)
    if not drafts and not faults:
        faults.append(ContentError("this folder holds no dataset file", file=str(folder)))
    people = _people(workbench, document, datasets, faults)
    digests = {name: dataset.digest for name, dataset in datasets.items()}
    version = digest([digests, workbench.model_dump(mode="json")])
    return Catalog(datasets, workbench, version, people), tuple(faults)


def _workbench(folder: Path, faults: list[ContentError]) -> tuple[Workbench, Document]:
    path = folder / WORKBENCH
    shown = path.relative_to(folder.parent).as_posix()
    try:
        document = read_document(path, shown) if path.exists() else Document(shown, {}, {})
        return validate(Workbench, document), document
    except ContentError as error:
        faults.append(error)
        return Workbench(), Document(shown, {}, {})


def _people(
    workbench: Workbench, document: Document, datasets: dict[str, Dataset], faults: list[ContentError]
) -> People | None:
    try:
        return load_people(workbench.people, document, datasets) if workbench.people is not None else None
    except ContentError as error:
        faults.append(error)
        return None
