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
from oracle_kit.errors import Refused

DEFAULT_SEED = 151
LEAST_SCALE, MOST_SCALE = 0.01, 1000.0
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
    parts = _told(generate(Story(seed, scale, read_lists())), progress)
    if parsed.get_backend_name() == "duckdb":
        path = Path(parsed.database or "")
        _require_free(parsed, overwrite=overwrite, occupied=path.exists())
        load_duckdb(path, parts)
        return
    with reading(parsed, write=True) as connection:
        standing = _standing(connection)
        _require_free(parsed, overwrite=overwrite, occupied=bool(standing))
        VELOCITY.drop_all(connection)
        load_postgres(connection, parts)


def _told(parts: Iterator[Part], progress: Progress | None) -> Iterator[Part]:
    """The parts, with progress told as each has been written."""
    for part in parts:
        yield part
        if progress is not None:
            progress(part.table.name, part.done)


def _standing(connection: sa.Connection) -> set[str]:
    """The demo's table names that are taken."""
    return set(sa.inspect(connection).get_table_names()) & set(VELOCITY.tables)


def _require_free(url: sa.URL, *, overwrite: bool, occupied: bool) -> None:
    """Refused where something stands that may not be replaced."""
    if not occupied:
        return
    place = url.render_as_string(hide_password=True)
    if not _is_demo(url):
        raise Refused(
            f"something that is not a demo warehouse stands at {place}.",
            hint="Choose another place; only a demo is ever replaced.",
        )
    if not overwrite:
        raise Refused(
            f"a demo warehouse already stands at {place}.",
            hint="Replace it with overwrite=True (--overwrite).",
        )


def _is_demo(url: sa.URL) -> bool:
    """Whether the mark of a demo stands there."""
    try:
        with reading(url) as connection:
            return sa.inspect(connection).has_table(oracle_demo.name)
    except Exception:  # noqa: BLE001  # whatever cannot be read is not a demo
        return False
