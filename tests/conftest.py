"""Fixtures that all tests share: databases, and the demo warehouse on each of them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit.demo import build
from oracle_kit.jobs.claims import Claims
from oracle_kit.llm.opened import VARIABLES
from oracle_kit.state import open_state
from tests.postgres import Postgres, locked, shared

VELOCITY_SCALE = 0.1
# the tests start many processes: each would compile every module again where bytecode is not kept
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "bytecode"))
# whoever runs the tests may have a model server: a test asks only those that it starts
for name in VARIABLES:
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A temporary folder of the whole run, the same in every xdist worker."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(pytestconfig, "workerinput") else base


@pytest.fixture(scope="session")
def postgres(run_folder: Path, pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """The run's PostgreSQL server; it fails loudly where it cannot start."""
    in_worker = hasattr(pytestconfig, "workerinput")
    server = shared(run_folder, owner=os.getppid() if in_worker else os.getpid())
    yield server
    if not in_worker:
        server.stop()  # under xdist the server's guard does, when the last worker's parent has gone


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database for state: a SQLite file, then PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database that has the tables of state already, copied: a SQLite file, then PostgreSQL."""
    url: str = request.getfixturevalue(f"state_{request.param}")
    return url


@pytest.fixture
def state_sqlite(run_folder: Path, tmp_path: Path) -> str:
    """As `state_url`, on SQLite."""
    ready, path = run_folder / "state_template.sqlite", tmp_path / "state.sqlite"
    with locked(run_folder / "state_sqlite.lock"):
        if not ready.exists():
            open_state(f"sqlite:///{ready}").close()
    shutil.copyfile(ready, path)
    return f"sqlite:///{path}"


@pytest.fixture
def state_postgresql(run_folder: Path, postgres: Postgres) -> Iterator[str]:
    """As `state_url`, on PostgreSQL, with the queue's tables as well."""
    note = run_folder / "state_template.url"
    with locked(run_folder / "state_postgres.lock"):
        if not note.exists():
            ready = open_state(template := postgres.create("state_template"))
            Claims(ready)
            ready.close()
            note.write_text(template)
        url = postgres.create(template=note.read_text())
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def velocity_duckdb(run_folder: Path) -> str:
    """The URL of the demo warehouse at scale 0.1 on DuckDB; built once in a run, for reading only."""
    path = run_folder / "velocity.duckdb"
    url = f"duckdb:///{path}"
    with locked(run_folder / "velocity.lock"):
        if not path.exists():
            build(url, scale=VELOCITY_SCALE)
    return url


@pytest.fixture(scope="session")
def velocity_postgres(run_folder: Path, postgres: Postgres) -> str:
    """The URL of the same demo warehouse on PostgreSQL; built once in a run, for reading only."""
    note = run_folder / "velocity.url"
    with locked(run_folder / "velocity_postgres.lock"):
        if not note.exists():
            url = postgres.create("velocity")
            build(url, scale=VELOCITY_SCALE)
            note.write_text(url)
    return note.read_text()


@pytest.fixture(scope="session", params=["duckdb", "postgresql"])
def velocity_url(request: pytest.FixtureRequest) -> str:
    """The URL of the demo warehouse on each database in turn."""
    name = "velocity_duckdb" if request.param == "duckdb" else "velocity_postgres"
    url: str = request.getfixturevalue(name)
    return url
