"""Carrying out an approved action: checks, writes and the mark that it was done, in one transaction of the target."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from oracle_kit.datasets.actions import Action, subject_statement, value_of
from oracle_kit.datasets.actions_file import ValueFile, WriteFile
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.coerce import plain_value
from oracle_kit.datasets.readers import read_columns
from oracle_kit.errors import Conflict, NotInstalled, Unavailable
from oracle_kit.model import Viewer
from oracle_kit.query import Scalar
from oracle_kit.windows import Clock

MOST_TRIES = 8
_COLLIDED = ("40001", "40P01")
_DUPLICATE = "23505"


class WritebackUnavailable(Unavailable):
    """Approved actions cannot be carried out: there is no connection for it, or the database refuses."""

    code = "writeback_unavailable"


class Stale(Conflict):
    """The row is not any more as it was when the action was proposed; `details["now"]` is how it is."""

    code = "stale_proposal"


applied = sa.Table(
    "oracle_applied",
    sa.MetaData(),
    sa.Column("approval_id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("applied_at", sa.DateTime, nullable=False),
)


class Writeback:
    """The narrower connection by which approved actions are carried out; PostgreSQL only."""

    def __init__(self, url: str, catalog: Catalog) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise WritebackUnavailable(
                f"Actions are carried out on PostgreSQL, not {parsed.get_backend_name()}.",
                hint="Name the warehouse's PostgreSQL in ORACLE_WRITEBACK_URL.",
            )
        plain = parsed.set(drivername="postgresql+psycopg") if "+" not in parsed.drivername else parsed
        self._catalog, self._made = catalog, False
        try:
            self._engine: Engine = sa.create_engine(
                plain,
                isolation_level="SERIALIZABLE",
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c statement_timeout=10000"},
            )
        except ModuleNotFoundError as error:
            raise NotInstalled(
                "PostgreSQL needs the driver psycopg.", hint="pip install 'oracle-kit[postgres]'"
            ) from error

    def applied_at(self, approval_id: str) -> datetime | None:
        """When the approval was carried out; None when it was not."""
        wanted = sa.select(applied.c.applied_at).where(applied.c.approval_id == approval_id)
        try:
            self._make()
            with self._engine.connect() as connection:
                return connection.execute(wanted).scalar()
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def carry_out(
        self,
        approval_id: str,
        action: Action,
        arguments: Mapping[str, Any],
        before: Mapping[str, Scalar],
        viewer: Viewer,
        clock: Clock,
    ) -> datetime:
        """When it was done: now, or before where it had been done already.

        Stale where the proposer does not see the row any more, or it has changed; WritebackUnavailable where the
        database cannot be had or refuses the write. Then nothing was written.
        """
        for attempt in range(MOST_TRIES):
            try:
                self._make()
                with self._engine.connect() as connection, connection.begin():
                    return self._within(connection, approval_id, action, arguments, before, viewer, clock)
            except IntegrityError as error:
                done = self.applied_at(approval_id)
                if done is not None:
                    return done
                if _state(error) != _DUPLICATE or attempt + 1 == MOST_TRIES:
                    raise _unavailable(error) from error
            except DBAPIError as error:
                if _state(error) not in _COLLIDED or attempt + 1 == MOST_TRIES:
                    raise _unavailable(error) from error
            except SQLAlchemyError as error:
                raise _unavailable(error) from error
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  # spreads the tries
        raise AssertionError  # the last try returns or raises

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _make(self) -> None:
        """The table of what was carried out, made where it is not there and the role may."""
        if not self._made:
            with self._engine.connect() as connection, connection.begin():
                if not sa.inspect(connection).has_table(applied.name):
                    applied.create(connection)
            self._made = True

    def _within(
        self,
        connection: Connection,
        approval_id: str,
        action: Action,
        arguments: Mapping[str, Any],
        before: Mapping[str, Scalar],
        viewer: Viewer,
        clock: Clock,
    ) -> datetime:
        done: datetime | None = connection.execute(
            sa.select(applied.c.applied_at).where(applied.c.approval_id == approval_id)
        ).scalar()
        if done is not None:
            return done
        _check(connection, action, arguments, before, viewer, clock, self._catalog)
        now = datetime.now(UTC).replace(tzinfo=None)
        connection.execute(
            sa.insert(applied).values(approval_id=approval_id, action=action.id, applied_at=now)
        )
        for write in action.file.writes:
            _write(connection, write, _values(action, arguments, before, viewer, clock))
        return now


def _check(
    connection: Connection,
    action: Action,
    arguments: Mapping[str, Any],
    before: Mapping[str, Scalar],
    viewer: Viewer,
    clock: Clock,
    catalog: Catalog,
) -> None:
    """Stale unless the proposer still sees the row, all that must holds, and it is as it was."""
    statement = subject_statement(action, arguments, catalog, viewer, clock)
    found = connection.execute(statement.select, dict(statement.parameters)).fetchall()
    rows = read_columns([tuple(row) for row in found], statement.readers)
    now = dict(zip([column.name for column in statement.columns], rows[0], strict=True)) if rows else None
    if now != dict(before):
        told = "is not there any more, or not as it must be" if now is None else "has changed since"
        raise Stale(f"{action.file.title}: the row {told}; nothing was written.", now=now)


def _values(
    action: Action, arguments: Mapping[str, Any], before: Mapping[str, Scalar], viewer: Viewer, clock: Clock
) -> Any:
    def value(source: ValueFile) -> Any:
        if source.now:
            return clock.now
        found = value_of(source, arguments, before, viewer)
        if source.argument is not None:
            return plain_value(found, action.arguments[source.argument].type)
        return plain_value(found, action.dataset.fields[source.before].type) if source.before else found

    return value


def _write(connection: Connection, write: WriteFile, value: Any) -> None:
    schema, _, name = write.table.rpartition(".")
    table = sa.table(name, *map(sa.column, {**write.key, **write.set}), schema=schema or None)
    row = {column: value(source) for column, source in write.set.items()}
    if write.update:
        which = [table.c[column] == value(source) for column, source in write.key.items()]
        changed = connection.execute(sa.update(table).where(*which).values(row)).rowcount
        if changed != 1:
            raise Stale(
                f"{write.table} has {changed} such rows where one is to be changed; nothing was written."
            )
        return
    for column, source in write.key.items():
        following = sa.select(sa.func.coalesce(sa.func.max(table.c[column]), 0) + 1).scalar_subquery()
        row[column] = following if source.next else value(source)
    connection.execute(sa.insert(table).values(row))


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _unavailable(error: SQLAlchemyError) -> WritebackUnavailable:
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    first = said[0] if said else type(error).__name__
    hint = "Check ORACLE_WRITEBACK_URL, and that its role may read the dataset and write the action's tables."
    return WritebackUnavailable(f"The action was not carried out: {first}.", hint=hint)
