"""Appending a 20 KB row with a version check: `State.write` beside the bare driver, in the same run.

Four threads write, each to a page of its own, and four read heads, which are the same bare connections on both sides.
The floor on SQLite is one bare loop, which waits for no lock; on PostgreSQL one bare psycopg loop per writer.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from oracle_kit.state import State, open_state
from tests import postgres

WRITERS, READERS, SECONDS, ROUNDS = 4, 4, 2.0, 3
BODY = "x" * 20_000
READ_EVERY_S = 0.002
metadata = sa.MetaData()
pages = sa.Table(
    "bench_pages", metadata, sa.Column("page", sa.Integer, primary_key=True), sa.Column("head", sa.Integer)
)
rows = sa.Table(
    "bench_rows",
    metadata,
    sa.Column("page", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("body", sa.Text),
)
_MOVE = (
    sa.update(pages)
    .where(pages.c.page == sa.bindparam("of"), pages.c.head == sa.bindparam("seen"))
    .values(head=sa.bindparam("next"))
)
_ADD = sa.insert(rows)
Append = Callable[[int, int], None]  # page, the head it was seen at
Latencies = list[float]


def through_state(state: State) -> Append:
    """Appends as a store does."""

    def append(page: int, seen: int) -> None:
        def work(connection: sa.Connection) -> None:
            moved = connection.execute(_MOVE, {"of": page, "seen": seen, "next": seen + 1})
            assert moved.rowcount == 1
            connection.execute(_ADD, {"page": page, "number": seen + 1, "body": BODY})

        state.write(work)

    return append


def bare_sqlite(path: str) -> Append:
    """Appends on one sqlite3 connection with the same settings."""
    raw = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    raw.execute("PRAGMA synchronous = FULL")

    def append(page: int, seen: int) -> None:
        raw.execute("BEGIN IMMEDIATE")
        moved = raw.execute(
            "UPDATE bench_pages SET head = ? WHERE page = ? AND head = ?", (seen + 1, page, seen)
        )
        assert moved.rowcount == 1
        raw.execute("INSERT INTO bench_rows VALUES (?, ?, ?)", (page, seen + 1, BODY))
        raw.execute("COMMIT")

    return append


def bare_psycopg(url: str) -> Append:
    """Appends on one psycopg connection, in transactions of the same kind."""
    raw = psycopg.connect(url)
    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    def append(page: int, seen: int) -> None:
        moved = raw.execute(
            "UPDATE bench_pages SET head = %s WHERE page = %s AND head = %s", (seen + 1, page, seen)
        )
        assert moved.rowcount == 1
        raw.execute("INSERT INTO bench_rows VALUES (%s, %s, %s)", (page, seen + 1, BODY))
        raw.commit()

    return append


@contextmanager
def reading(read: Callable[[], Callable[[int], Any]]) -> Iterator[None]:
    """Four threads that read a head every two milliseconds, each on its own bare connection."""
    done = threading.Event()

    def loop(page: int) -> None:
        head = read()
        while not done.wait(READ_EVERY_S):
            head(page)

    threads = [threading.Thread(target=loop, args=(page,)) for page in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def writing(appends: list[Append], heads: dict[int, int]) -> tuple[float, Latencies]:
    """Commits a second and their latencies: each append runs in a thread, on as many pages as fall to it."""
    latencies: Latencies = []
    end = time.perf_counter() + SECONDS

    def loop(append: Append, mine: list[int]) -> None:
        while (start := time.perf_counter()) < end:
            page = mine[len(latencies) % len(mine)]
            append(page, heads[page])
            heads[page] += 1
            latencies.append(time.perf_counter() - start)

    share = WRITERS // len(appends)
    threads = [
        threading.Thread(target=loop, args=(append, list(range(number * share, (number + 1) * share))))
        for number, append in enumerate(appends)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(latencies) / SECONDS, latencies


def compare(
    name: str, url: str, bare: list[Append], read: Callable[[], Callable[[int], Any]], state: State
) -> float:
    """The ratio of the two, after printing both; rounds alternate, and the medians count."""
    heads = dict.fromkeys(range(WRITERS), 0)
    kit = [through_state(state)] * WRITERS
    rates: dict[str, list[float]] = {"bare": [], "state": []}
    slowest: dict[str, Latencies] = {"bare": [], "state": []}
    with reading(read):
        for _ in range(ROUNDS):
            for side, appends in (("bare", bare), ("state", kit)):
                rate, latencies = writing(appends, heads)
                rates[side].append(rate)
                slowest[side] += latencies
    ratio = statistics.median(rates["state"]) / statistics.median(rates["bare"])
    for side in rates:
        p99 = statistics.quantiles(slowest[side], n=100)[98] * 1000
        print(f"{name:<28}{side:<7}{statistics.median(rates[side]):>8.0f} commits/s   p99 {p99:6.1f} ms")
    print(f"{name:<28}ratio  {ratio:>8.2f}   (to reach: 0.80)")
    return ratio


def prepare(state: State) -> None:
    """Make the tables, with a page for each writer."""

    def make(connection: sa.Connection) -> None:
        metadata.create_all(connection)
        connection.execute(sa.insert(pages), [{"page": page, "head": 0} for page in range(WRITERS)])

    state.write(make)


def on_sqlite(folder: Path) -> float:
    """The ratio on a SQLite file."""
    path = str(folder / "state.sqlite")
    state = open_state(f"sqlite:///{path}")
    prepare(state)

    def read() -> Callable[[int], Any]:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        return lambda page: raw.execute("SELECT head FROM bench_pages WHERE page = ?", (page,)).fetchone()

    try:
        return compare("SQLite, synchronous=FULL", path, [bare_sqlite(path)], read, state)
    finally:
        state.close()


def on_postgres(name: str, settings: dict[str, str]) -> float:
    """The ratio on a PostgreSQL server of the tests, started with these settings."""
    with ExitStack() as undo:
        before = dict(postgres.SETTINGS)
        undo.callback(postgres.SETTINGS.update, before)
        postgres.SETTINGS.update(settings)
        server = postgres.start(os.getpid())
        undo.callback(server.stop)
        url = server.create()
        state = open_state(url)
        undo.callback(state.close)
        prepare(state)
        plain = url.replace("+psycopg", "")

        def read() -> Callable[[int], Any]:
            raw = psycopg.connect(plain, autocommit=True)
            return lambda page: raw.execute(
                "SELECT head FROM bench_pages WHERE page = %s", (page,)
            ).fetchone()

        return compare(name, url, [bare_psycopg(plain) for _ in range(WRITERS)], read, state)


def main() -> dict[str, float]:
    """Print the figures; gives the ratio by database."""
    print(f"A 20 KB row with a version check; {WRITERS} writers, {READERS} readers")
    with tempfile.TemporaryDirectory() as folder:
        ratios = {"sqlite": on_sqlite(Path(folder))}
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    ratios["postgresql"] = on_postgres("PostgreSQL, durable", durable)
    ratios["postgresql in memory"] = on_postgres("PostgreSQL, no sync at all", {})
    return ratios


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
