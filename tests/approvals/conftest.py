"""A workbench on a warehouse of its own, on PostgreSQL, where approved actions are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.demo import build
from tests.postgres import Postgres, locked

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def template_database(run_folder: Path, postgres: Postgres) -> str:
    """The name of a small warehouse that each test copies."""
    note = run_folder / "velocity_small.url"
    with locked(run_folder / "velocity_small.lock"):
        if not note.exists():
            url = postgres.create("small")
            build(url, scale=0.01)
            note.write_text(url)
    return note.read_text().split("?", 1)[0].rsplit("/", 1)[1]


@pytest.fixture(scope="module")
def warehouse_url(postgres: Postgres, template_database: str) -> Iterator[str]:
    """A warehouse that the tests of one module may change."""
    name = f"{template_database}_copy_{next(Postgres._numbers)}"
    postgres._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    yield postgres.url(name)
    postgres.drop(postgres.url(name))


@pytest.fixture(scope="module")
def settings(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("approvals")
    return Settings(warehouse_url=warehouse_url, home=home, writeback_url=warehouse_url)  # type: ignore[arg-type]  # as the environment gives it


@pytest.fixture(scope="module")
def oracle(settings: Settings) -> Iterator[Oracle]:
    opened = open_oracle(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sql(warehouse_url: str) -> Callable[..., Rows]:
    """Runs a statement written by hand, past the product."""
    target = warehouse_url.replace("postgresql+psycopg://", "postgresql://")

    def run(text: str, *values: Any) -> Rows:
        with psycopg.connect(target, autocommit=True) as connection:
            done = connection.execute(text, values)  # type: ignore[arg-type]  # our own text
            return done.fetchall() if done.description else []

    return run


@pytest.fixture
def open_reminder(sql: Callable[..., Rows]) -> int:
    """A reminder that is open, of a lead whose owner it is."""
    return int(sql("SELECT min(reminder_id) FROM intel_reminders WHERE completed_at IS NULL")[0][0])
