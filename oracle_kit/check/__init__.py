"""`oracle check`: content against itself and the live schema; every expression and template run once."""

from __future__ import annotations

from oracle_kit.check.datasets import check_datasets, content_faults
from oracle_kit.check.ground import ground_on
from oracle_kit.check.templates import check_templates, codebook_faults
from oracle_kit.codebook.load import Codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.finding import Finding
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.windows import Clock

__all__ = ["Finding", "check_content", "codebook_faults", "content_faults", "ground_on"]


def check_content(
    catalog: Catalog, warehouse: Warehouse, clock: Clock, templates: tuple[Codebook, Ranker] | None = None
) -> tuple[Finding, ...]:
    """What is wrong or odd in the content, errors first, then warnings, then facts.

    `templates` are the codebook and the ranker over its asks; without them datasets alone are checked. Raises
    WarehouseUnavailable when there is no warehouse to check against.
    """
    findings = [*check_datasets(catalog, warehouse, clock)]
    if templates is not None:
        findings += check_templates(*templates, catalog, warehouse, clock)
    order = {"error": 0, "warning": 1, "fact": 2}
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: order[one.level]))
