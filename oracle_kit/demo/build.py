"""Building the demo where a URL says, and only where nothing else stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from oracle_kit.demo.duckdb_load import load_duckdb
from oracle_kit.demo.generate import Part, generate
from oracle_kit.demo.lists import read_lists
from oracle_kit.demo.postgres_load import load_postgres
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.story import Story
from oracle_kit.demo.tables import VELOCITY, oracle_demo
from oracle_kit.errors import Refused, WarehouseUnavailable

DEFAULT_SEED = 151
LEAST_SCALE, MOST_SCALE = 0.01, 1000.0
ELSEWHERE = "Choose another place; only a demo is ever replaced."
Progress = Callable[[str, float], None]


def build(
    url: str,
    *,
    scale: float = 1.0,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    overwrite: bool = False,
) -> None:
    """Build the demo warehouse in a DuckDB file or a PostgreSQL database.

    `scale` 1 is about 20,000 leads; `progress` is called with a table's name and the share done (0..1).
    All or nothing: an interrupted build leaves what was there before. Raises Refused for a URL or scale that
    the demo cannot be built at, or where something stands already (a demo is replaced with `overwrite`,
    anything else never), and WarehouseUnavailable where the place cannot be written to.
    """
    parsed = open_url(url)
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        hint = f"Use a scale from {LEAST_SCALE:g} to {MOST_SCALE:g}; 1 is usual."
        raise Refused(f"a demo of scale {scale:g} cannot be made.", hint=hint)
    _require_free(parsed, overwrite=overwrite)
    parts = _told(generate(Story(seed, scale, read_lists())), progress)
    if parsed.get_backend_name() == "duckdb":
        load_duckdb(Path(parsed.database or ""), parts)
        return
    with reading(parsed, write=True) as connection:
        VELOCITY.drop_all(connection)
        load_postgres(connection, parts)


def is_demo(url: sa.URL) -> bool:
    """Whether a demo stands at the URL, and in a file nothing else beside it."""
    try:
        return _holds_demo(url, _tables_at(url))
    except WarehouseUnavailable:
        return False


def _told(parts: Iterator[Part], progress: Progress | None) -> Iterator[Part]:
    """The parts, with progress told as each has been written."""
    for part in parts:
        yield part
        if progress is not None:
            progress(part.table.name, part.done)


def _require_free(url: sa.URL, *, overwrite: bool) -> None:
    """Refused where something stands that may not be replaced."""
    place = url.render_as_string(hide_password=True)
    names = _standing(url, place)
    if names is None:
        return
    if not _holds_demo(url, names):
        raise Refused(f"something that is not a demo warehouse stands at {place}.", hint=ELSEWHERE)
    if not overwrite:
        raise Refused(
            f"a demo warehouse already stands at {place}.",
            hint="Replace it with overwrite=True (--overwrite).",
        )


def _standing(url: sa.URL, place: str) -> frozenset[str] | None:
    """The tables that are in the way: all of a file's, the demo's own in a database; None where it is free."""
    if url.get_backend_name() != "duckdb":
        return _tables_at(url) & frozenset(VELOCITY.tables) or None
    if not Path(url.database or "").exists():
        return None
    try:
        return _tables_at(url)
    except WarehouseUnavailable as error:
        raise Refused(f"what stands at {place} cannot be read: {error.message}", hint=ELSEWHERE) from error


def _tables_at(url: sa.URL) -> frozenset[str]:
    """The names of the tables at the URL; WarehouseUnavailable where it cannot be read."""
    with reading(url) as connection:
        return frozenset(sa.inspect(connection).get_table_names())


def _holds_demo(url: sa.URL, names: frozenset[str]) -> bool:
    """Whether the mark of a demo is among the tables; a file is a demo as a whole or not at all."""
    alone = url.get_backend_name() != "duckdb" or names <= frozenset(VELOCITY.tables)
    return oracle_demo.name in names and alone
