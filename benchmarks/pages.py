"""Pages: commits beside a bare loop, merging, reading the head of a long history, and what an edit costs on disk.

    python benchmarks/pages.py [SECTION ...]

Read each line as: the figure, its floor or what it is compared with, and what is to be reached. Two floors stand beside
a commit: the bare driver that writes one ready 20 KB row with a version check (that of `state_append.py`), and the
bare driver that writes the very rows of a revision, ready made: the head with its check, the revision, a block's piece,
the piece of its rows, and on PostgreSQL the NOTIFY. The page store makes, packs and hashes the revision besides.
"""

from __future__ import annotations

import os
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from benchmarks import state_append as bare
from oracle_kit.canvas.merge import apply, decide
from oracle_kit.canvas.page_store import NewRevision, SqlPageStore
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Rows
from oracle_kit.state import State, open_state
from oracle_kit.state import page_tables as tables
from tests import postgres
from tests.properties.pages import NOON, counting, rows_of

WIDE = 200  # rows of a 20 KB block
ROUNDS = 5


def wide_rows(mark: int, rows: int = WIDE) -> Rows:
    """Rows of about 100 bytes each; the mark makes them others."""
    one = rows_of(0, 0)
    names = [one.columns[0].model_copy(update={"name": f"c{at}"}) for at in range(4)]
    told = tuple((at, f"Lead {at} of {mark}", "x" * 60, f"{at * 1000}.00") for at in range(rows))
    return one.model_copy(update={"columns": tuple(names), "rows": told})


def wide(block_id: str, mark: int, rows: int = WIDE) -> Block:
    """A block of wide rows."""
    return counting(block_id).model_copy(update={"results": {"main": wide_rows(mark, rows)}})


def new_page(store: SqlPageStore) -> str:
    """A new page's id."""
    page = Page(id=new_id("page"), title="Bench", owner="bench", created_at=NOON, updated_at=NOON)
    return store.create(page).id


def put(store: SqlPageStore, page: str, head: str | None, blocks: tuple[Block, ...]) -> str:
    """A revision appended; its id."""
    new = NewRevision(page_id=page, kind="edit", blocks=blocks, author="bench", at=NOON)
    return store.append(new, on_head=head).id


def through_store(store: SqlPageStore) -> bare.Append:
    """Appends of 20 KB revisions, each to its own page."""
    pages = [new_page(store) for _ in range(bare.WRITERS)]
    heads: list[str | None] = [None] * bare.WRITERS
    block = wide("a", 0)

    def append(page: int, seen: int) -> None:
        fresh = {"main": block.results["main"].model_copy(update={"total_count": seen * bare.WRITERS + page})}
        heads[page] = put(store, pages[page], heads[page], (block.model_copy(update={"results": fresh}),))

    return append


Execute = Callable[[str, dict[str, object]], object]  # a statement with :names


def same_rows(pages: list[str], execute: Execute, begin: str, also: tuple[str, ...] = ()) -> bare.Append:
    """Appends of the rows that a revision has, ready made, by the bare driver."""

    def append(page: int, seen: int) -> None:
        told = {
            "page": pages[page],
            "seen": f"r{page}.{seen}",
            "next": f"r{page}.{seen + 1}",
            "number": seen + 1,
        }
        told |= {
            "some": os.urandom(32),
            "more": os.urandom(32),
            "text": bare.BODY,
            "small": bare.BODY[:1_000],
        }
        execute(begin, {})
        for statement in (*SAME_ROWS, *also):
            execute(statement, told)
        execute("COMMIT", {})

    return append


SAME_ROWS = (
    "UPDATE oracle_pages SET head = :next, head_number = :number WHERE page_id = :page "
    "AND (head = :seen OR head IS NULL)",
    "INSERT INTO oracle_blocks VALUES (:some, :text), (:more, :small) ON CONFLICT DO NOTHING",
    "INSERT INTO oracle_revisions (page_id, number, revision_id, hash, blocks_digest, parent, kind, author, message, "
    "at, blocks) VALUES (:page, :number, :next, :next, :next, :seen, 'edit', 'bench', '', '2026-04-19', :more)",
)


def same_on_sqlite(state: State, path: Path) -> bare.Append:
    """As `same_rows`, on one sqlite3 connection."""
    raw = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    raw.execute("PRAGMA synchronous = FULL")
    store = SqlPageStore(state)
    return same_rows([new_page(store) for _ in range(bare.WRITERS)], raw.execute, "BEGIN IMMEDIATE")


def same_on_postgres(state: State, url: str) -> list[bare.Append]:
    """As `same_rows`, on a psycopg connection for each writer."""
    store = SqlPageStore(state)
    pages = [new_page(store) for _ in range(bare.WRITERS)]

    def one() -> bare.Append:
        raw = psycopg.connect(url, autocommit=True)

        def execute(statement: str, told: dict[str, object]) -> object:
            return raw.execute(re.sub(r":(\w+)", r"%(\1)s", statement), told)  # type: ignore[arg-type]  # our own

        begin, tell = "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT pg_notify('oracle_feed', :next)"
        return same_rows(pages, execute, begin, (tell,))

    return [one() for _ in range(bare.WRITERS)]


def commits(
    name: str,
    state: State,
    floors: dict[str, list[bare.Append]],
    read: Callable[[], Callable[[int], object]],
) -> None:
    """Print commits a second through the store and by the bare loops, in turns."""
    sides = {**floors, "store": [through_store(SqlPageStore(state))] * bare.WRITERS}
    rates: dict[str, list[float]] = {side: [] for side in sides}
    late: dict[str, list[float]] = {side: [] for side in sides}
    heads = {side: dict.fromkeys(range(bare.WRITERS), 0) for side in sides}
    with bare.reading(read):
        for _ in range(ROUNDS):
            for side, appends in sides.items():
                rate, latencies = bare.writing(appends, heads[side])
                rates[side].append(rate)
                late[side] += latencies
    for side, rate in rates.items():
        p99 = statistics.quantiles(late[side], n=100)[98] * 1000
        print(f"{name:<28}{side:<16}{statistics.median(rate):>8.0f} commits/s   p99 {p99:6.1f} ms")
    for side in floors:
        ratio = statistics.median(rates["store"]) / statistics.median(rates[side])
        print(f"{name:<28}beside {side:<9}{ratio:>8.2f}   (to reach: 0.80)")


@contextmanager
def sqlite_state() -> Iterator[tuple[State, Path]]:
    """A state in a SQLite file, and the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite"
        state = open_state(f"sqlite:///{path}")
        try:
            yield state, path
        finally:
            state.close()


@contextmanager
def postgres_state(settings: dict[str, str]) -> Iterator[tuple[State, str]]:
    """A state on a PostgreSQL of its own, and its URL."""
    with ExitStack() as undo:
        undo.callback(postgres.SETTINGS.update, dict(postgres.SETTINGS))
        postgres.SETTINGS.update(settings)
        server = postgres.start(os.getpid())
        undo.callback(server.stop)
        url = server.create()
        state = open_state(url)
        undo.callback(state.close)
        yield state, url.replace("+psycopg", "")


def commit() -> None:
    """Commits on each store."""
    size = sum(len(one.model_dump_json()) for one in (wide("a", 1),))
    print(f"A revision of {size / 1000:.0f} KB; {bare.WRITERS} writers, {bare.READERS} readers")
    with sqlite_state() as (state, path):
        bare.prepare(state)

        def read_sqlite() -> Callable[[int], object]:
            raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            return lambda page: raw.execute("SELECT head FROM bench_pages WHERE page = ?", (page,)).fetchone()

        floors = {"bare": [bare.bare_sqlite(str(path))], "same rows": [same_on_sqlite(state, path)]}
        commits("SQLite, synchronous=FULL", state, floors, read_sqlite)
    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    for name, settings in (("PostgreSQL, durable", durable), ("PostgreSQL, no sync at all", {})):
        with postgres_state(settings) as (state, url):
            bare.prepare(state)

            def read_postgres(url: str = url) -> Callable[[int], object]:
                raw = psycopg.connect(url, autocommit=True)
                return lambda page: raw.execute(
                    "SELECT head FROM bench_pages WHERE page = %s", (page,)
                ).fetchone()

            floors = {
                "bare": [bare.bare_psycopg(url) for _ in range(bare.WRITERS)],
                "same rows": same_on_postgres(state, url),
            }
            commits(name, state, floors, read_postgres)


def merge() -> None:
    """Two pages of 200 blocks, each with 40 blocks changed, 10 moved, 5 added and 5 removed."""
    base = tuple(wide(f"b{at:03}", at, 20) for at in range(200))

    def side(name: str, first: int) -> tuple[Block, ...]:
        page = list(base)
        for at in range(first, first + 40):
            page[at] = page[at].model_copy(update={"title": name, "width": 6})
        for at in range(10):
            page.insert(at * 3, page.pop(first + 45 + at))
        del page[first + 60 : first + 65]
        return (*page, *(wide(f"{name}{at}", at, 20) for at in range(5)))

    ours, theirs = side("x", 0), side("y", 100)
    reread = tuple(Block.model_validate_json(one.model_dump_json()) for one in theirs)
    for name, other in (("same values", theirs), ("read apart", reread)):
        took = timed(lambda other=other: apply(base, ours, other, decide(base, ours, other)), 20)  # type: ignore[misc]
        print(f"merge of 200 blocks, {name:<14}{took * 1000:>7.2f} ms   (to reach: 10)")


def head() -> None:
    """The head of a page with 10,000 revisions beside one with 10; a list of 50 of its history, and of pages."""
    with sqlite_state() as (state, _):
        long_and_short("SQLite", state)
    with postgres_state({}) as (state, _):
        long_and_short("PostgreSQL", state)


def long_and_short(name: str, state: State) -> None:
    """Print how long the reads take on a long and a short history."""
    store = SqlPageStore(state)
    pages = {}
    blocks = tuple(wide(f"b{at}", at, 20) for at in range(10))
    for length in (10, 10_000):
        pages[length] = new_page(store)
        last: str | None = None
        for at in range(length):
            noted = blocks[0].model_copy(update={"title": f"Title {at}"})
            last = put(store, pages[length], last, (noted, *blocks[1:]))
    reads = {length: [0.0] for length in pages}
    for _ in range(100):  # in turns, so that what else runs here meets both alike
        for length, page in pages.items():
            start = time.perf_counter()
            store.revision(page)
            reads[length].append(time.perf_counter() - start)
    short, long = (statistics.median(reads[length][1:]) for length in (10, 10_000))
    print(
        f"{name:<11} head of 10,000 revisions {long * 1000:6.2f} ms, of 10 {short * 1000:6.2f} ms, "
        f"ratio {long / short:.2f}   (to reach: 1.20)"
    )
    listed = timed(lambda: store.revisions(pages[10_000], limit=50), 50)
    deep = timed(lambda: store.revisions(pages[10_000], limit=50, cursor="5000"), 50)
    print(
        f"{name:<11} list of 50 of its history {listed * 1000:6.2f} ms, from the middle {deep * 1000:6.2f} ms   (10)"
    )
    for _ in range(200):
        new_page(store)
    mine = timed(lambda: store.pages(reader="bench", team="east", limit=50), 50)
    print(f"{name:<11} list of 50 pages          {mine * 1000:6.2f} ms")


def disk() -> None:
    """Bytes on disk that an edit of one block costs on a page of 50 blocks edited 1,000 times."""
    with sqlite_state() as (state, path):
        store, blocks = SqlPageStore(state), [wide(f"b{at}", at, 50) for at in range(50)]
        page = new_page(store)
        last = put(store, page, None, tuple(blocks))
        state.write(lambda connection: None)
        full = sum(len(block.model_dump_json()) for block in blocks)
        before = size(state)
        start = time.perf_counter()
        for at in range(1_000):
            blocks[at % 50] = blocks[at % 50].model_copy(update={"width": 1 + at // 50 % 12})
            last = put(store, page, last, tuple(blocks))
        took = time.perf_counter() - start
        each = (size(state) - before) / 1_000
        print(
            f"an edit of one of 50 blocks  {each:>8.0f} bytes on disk, {took:.1f} ms   (a full copy: {full:,} bytes)"
        )
        with state.read() as connection:
            kept = connection.execute(sa.select(sa.func.count()).select_from(tables.blocks)).scalar_one()
        print(f"pieces kept after 1,000 edits{kept:>8}   (full copies would be 100,000)   file {path.name}")


def size(state: State) -> int:
    """Bytes of the database's pages in use."""
    with state.read() as connection:
        count = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(count) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def timed(work: Callable[[], object], times: int) -> float:
    """The median seconds of a work."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


SECTIONS = {"commit": commit, "merge": merge, "head": head, "disk": disk}


def main(names: list[str]) -> None:
    """Print the figures of the named sections, or of all."""
    for name in names or list(SECTIONS):
        SECTIONS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
