"""Every query of every template runs on both databases and finds rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.model import Rows, Viewer
from oracle_kit.query import Query
from tests.codebook_content.shipped import catalog, clock, codebook

ANALYST = Viewer(id="analyst", roles=("analyst",))


def queries() -> dict[str, tuple[str, Query]]:
    """Each different query once, by digest, with the place where it stands first."""
    found: dict[str, tuple[str, Query]] = {}
    for template in codebook().templates.values():
        for at, block in enumerate(template.blocks):
            for name, query in block.queries.items():
                found.setdefault(query.digest, (f"{template.id} block {at} {name}", query))
    return found


@pytest.fixture(scope="module")
def answers(velocity_url: str) -> Iterator[dict[str, tuple[str, Query, Rows]]]:
    """Every query's rows for an analyst, from one snapshot."""
    warehouse = Warehouse(velocity_url)
    with warehouse.snapshot(clock()) as snapshot:
        yield {
            digest: (place, query, snapshot.run(compile_query(query, catalog(), ANALYST, clock())))
            for digest, (place, query) in queries().items()
        }
    warehouse.close()


def test_none_is_empty(answers: dict[str, tuple[str, Query, Rows]]) -> None:
    """Rows, and in each aggregate a figure that is there."""
    empty = [
        place
        for place, query, rows in answers.values()
        if all(value is None for row in rows.rows for value in row[len(query.dimensions) :])
    ]
    assert empty == []


def test_groups_are_few_enough_to_read(answers: dict[str, tuple[str, Query, Rows]]) -> None:
    many = {
        place: len(rows.rows)
        for place, query, rows in answers.values()
        if query.dimensions and len(rows.rows) > 200
    }
    assert many == {}


def test_ratios_are_fractions(answers: dict[str, tuple[str, Query, Rows]]) -> None:
    """Every percent of every template lies between none and all; what may rise beyond is left out."""
    wrong = []
    for place, _, rows in answers.values():
        for column in rows.columns:
            if column.unit == "percent" and column.name != "price_rise":
                wrong += [
                    place
                    for value in rows.column(column.name)
                    if value is not None and not 0 <= float(value) <= 1
                ]
    assert wrong == []
