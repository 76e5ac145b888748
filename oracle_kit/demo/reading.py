"""Connections to a demo warehouse by URL, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from oracle_kit.errors import NotInstalled, Refused, WarehouseUnavailable

URLS = "Use duckdb:////path/to/file.duckdb or postgresql+psycopg://user@host/database."


def open_url(url: str) -> sa.URL:
    """The URL parsed, PostgreSQL's with the psycopg driver; Refused where the demo cannot stand."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise Refused("the URL of the demo warehouse cannot be read.", hint=URLS) from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "duckdb":
        raise Refused(f"the demo warehouse cannot stand on {backend}.", hint=URLS)
    if not parsed.database or parsed.database == ":memory:":
        raise Refused("a demo on DuckDB needs a file.", hint=URLS)
    return parsed


@contextmanager
def reading(url: sa.URL, *, write: bool = False) -> Iterator[sa.Connection]:
    """A connection in a transaction, read-only unless `write`; WarehouseUnavailable with the reason."""
    engine = _engine(url, write)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        place = url.render_as_string(hide_password=True)
        raise WarehouseUnavailable(f"the demo warehouse at {place} cannot be used: {reason}.") from error
    finally:
        engine.dispose()


def _engine(url: sa.URL, write: bool) -> sa.Engine:
    if url.get_backend_name() == "duckdb":
        if not Path(url.database or "").is_file():
            raise WarehouseUnavailable(
                f"there is no demo warehouse at {url.database}.", hint="Build it: oracle demo build."
            )
        return sa.create_engine(url, creator=lambda: _open_file(url, write), poolclass=sa.NullPool)
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    except ModuleNotFoundError as error:
        raise NotInstalled(
            "PostgreSQL needs the psycopg driver.", hint="pip install 'oracle-kit[postgres]'"
        ) from error
    return engine if write else engine.execution_options(postgresql_readonly=True)


def _open_file(url: sa.URL, write: bool) -> Any:
    """A connection of the plainest configuration, as others to the same file in this process have it."""
    import duckdb
    from duckdb_sqlalchemy import ConnectionWrapper

    return ConnectionWrapper(duckdb.connect(url.database or "", read_only=not write))
