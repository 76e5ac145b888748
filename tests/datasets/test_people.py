"""Who may still sign in, as content declares it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.demo import DEMO_NOW
from oracle_kit.errors import ContentError
from oracle_kit.windows import Clock

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str], Catalog]:
    """The catalog with another line for its people."""
    folder = tmp_path / "datasets"
    shutil.copytree(DATASETS, folder)
    file = folder / "workbench.yaml"
    kept = [line for line in file.read_text().splitlines() if not line.startswith("people:")]

    def load(people: str) -> Catalog:
        file.write_text("\n".join([*kept, people]) + "\n")
        return Catalog.load(folder)

    return load


def test_only_those_who_are_active_are_there(velocity_url: str) -> None:
    catalog, warehouse = Catalog.load(DATASETS), Warehouse(velocity_url)
    clock = Clock(now=DEMO_NOW, calendar=catalog.calendar)
    with warehouse.adapter.engine.connect() as connection:
        known = {
            row[0]: row[1] for row in connection.execute(sa.text("select user_id, is_active from crm_users"))
        }
    people = catalog.people
    assert people is not None
    assert set(known.values()) == {True, False}
    with warehouse.snapshot(clock) as snapshot:
        assert {key: people.is_active(key, snapshot) for key in known} == known
        assert not any(people.is_active(key, snapshot) for key in (10**12, "103 or 1=1", "", 1.5, None))
    warehouse.close()


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("people: {dataset: crm.advisor, key: user_id, active: is_active}", "crm.advisors"),
        ("people: {dataset: crm.advisors, key: user, active: is_active}", "user_id"),
        ("people: {dataset: crm.advisors, key: user_id, active: is_activ}", "is_active"),
        ("people: {dataset: crm.advisors, key: user_id}", "active"),
    ],
)
def test_a_wrong_declaration_is_named(declared: Callable[[str], Catalog], people: str, said: str) -> None:
    with pytest.raises(ContentError, match=said) as caught:
        declared(people)
    assert caught.value.file.endswith("workbench.yaml")


def test_without_a_declaration_every_token_is_good(declared: Callable[[str], Catalog]) -> None:
    assert declared("").people is None
