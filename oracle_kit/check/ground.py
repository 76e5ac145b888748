"""The ground that templates are checked against: a catalog's datasets and filters, time phrases, kinds."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from oracle_kit.codebook.ground import Ground
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.filters import parse_where
from oracle_kit.language.dates import find_windows
from oracle_kit.language.tongue import Tongue
from oracle_kit.query import Where, Window
from oracle_kit.windows import Clock


def ground_on(catalog: Catalog, tongue: Tongue, clock: Clock, props: Mapping[str, type[BaseModel]]) -> Ground:
    """The ground for templates over a catalog, its time phrases read in the languages of `tongue`."""

    def where(text: str, dataset: str) -> Where:
        return parse_where(text, catalog.dataset(dataset))

    def window(text: str) -> Window | None:
        found = find_windows(text, tongue, clock)
        whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(text))
        return found[0].window if whole else None

    return Ground({words.id: words for words in catalog.words()}, where, window, props)
