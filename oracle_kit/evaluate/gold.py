"""Gold SQL on a plain read-only connection of its own, never through the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from oracle_kit.errors import ContentError, Unavailable, WarehouseUnavailable

Table = tuple[tuple[Any, ...], ...]


class Gold:
    """Reads gold SQL from a warehouse by URL; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    def read(self, sql: str) -> Table:
        """The rows of a gold SQL text; ContentError with the database's reason where it does not run."""
        try:
            with self._engine.connect() as connection:
                plain = connection.execution_options(no_parameters=True)
                return tuple(tuple(row) for row in plain.exec_driver_sql(sql).fetchall())
        except SQLAlchemyError as error:
            raise ContentError(f"does not run: {_reason(error)}", field="gold") from error

    def close(self) -> None:
        """Let go of the warehouse."""
        self._engine.dispose()


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise Unavailable("the URL of the warehouse cannot be read.") from error
    if parsed.get_backend_name() == "duckdb":
        return sa.create_engine(parsed, creator=lambda: _duckdb(parsed), poolclass=sa.NullPool)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(parsed, poolclass=sa.NullPool)
        return engine.execution_options(postgresql_readonly=True)
    raise Unavailable(f"gold SQL cannot be read from {parsed.get_backend_name()}.")


def _duckdb(url: sa.URL) -> Any:
    """Opened as the product opens it: one process may open a DuckDB file with one configuration only."""
    import duckdb
    from duckdb_sqlalchemy import ConnectionWrapper

    if not Path(url.database or "").is_file():
        raise WarehouseUnavailable(
            f"there is no warehouse at {url.database}.", hint="Build the demo: oracle demo build."
        )
    return ConnectionWrapper(duckdb.connect(url.database or "", read_only=True))


def _reason(error: SQLAlchemyError) -> str:
    told = str(getattr(error, "orig", None) or error).strip()
    return told.split("\n")[0][:300]
