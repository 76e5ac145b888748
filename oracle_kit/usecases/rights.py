"""What one viewer may read: words of datasets, scopes, names looked up under their row filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.lookup import lookup
from oracle_kit.datasets.policy import access
from oracle_kit.datasets.vocabulary import words_for
from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.identity.roles import may
from oracle_kit.model import Scope, Viewer
from oracle_kit.query import Scalar
from oracle_kit.words import DatasetWords

MOST_NAMES = 21  # one more than a name may fit: a lookup that gives as many has named nobody


def allowed_words(
    catalog: Catalog, words: Mapping[str, DatasetWords], viewer: Viewer
) -> Mapping[str, DatasetWords]:
    """The words of the datasets that the viewer may read, as this viewer may use them."""
    found = {}
    for name, one in words.items():
        granted = access(catalog.datasets[name], viewer)
        if granted is not None:
            found[name] = words_for(one, granted)
    return found


def scopes_of(catalog: Catalog, viewer: Viewer) -> Mapping[str, Scope | None]:
    """The viewer's scope of every dataset; None where they may not read it.

    Who may read pages and not ask sees what is shared with them, personal data masked.
    """
    if may(viewer, "read_pages") and not may(viewer, "prompt"):
        return {name: _shared(dataset) for name, dataset in catalog.datasets.items()}
    granted = {name: access(dataset, viewer) for name, dataset in catalog.datasets.items()}
    return {name: one.scope if one is not None else None for name, one in granted.items()}


def _shared(dataset: Dataset) -> Scope:
    return Scope(dataset=dataset.id, masked=tuple(sorted(dataset.restricted)))


def name_finder(
    catalog: Catalog, snapshot: Snapshot, viewer: Viewer
) -> Callable[[str, str, str], tuple[Scalar, ...]]:
    """A lookup of names (dataset, field, words) that sees only the rows that the viewer may see."""

    @lru_cache(maxsize=256)
    def find(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
        return lookup(catalog, snapshot, viewer, dataset, field, words, MOST_NAMES)

    return find
