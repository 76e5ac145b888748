"""The kill drill of pages: many processes write one page, some are killed with -9, and nothing acknowledged is lost.

    python benchmarks/drills_pages.py [TIMES] [WRITERS] [REVISIONS EACH]

Each writer notes an acknowledged revision in a file of its own, after `append` answered. In the middle a third of the
writers are killed; the others go on. Then every acknowledged revision must be there, the numbers without a gap, each
revision's hash right and its parent the one before. Runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from oracle_kit.canvas.page_store import NewRevision, SqlPageStore
from oracle_kit.errors import Conflict, StaleRevision
from oracle_kit.ids import new_id
from oracle_kit.model import Page, Revision
from oracle_kit.state import open_state
from tests import postgres
from tests.properties.pages import NOON, counting

ROOT = Path(__file__).parents[1]


def write(url: str, page: str, notes: Path, target: int) -> None:
    """Append a block at a time until so many are acknowledged; one line in the notes for each."""
    state = open_state(url)
    store, name = SqlPageStore(state), notes.name
    done = 0
    with notes.open("w") as file:
        while done < target:
            head = store.page(page).head
            before = store.revision(page, head).blocks if head else ()
            blocks = (*before[-5:], counting(f"{name}_{done}", value=done))
            new = NewRevision(page_id=page, kind="edit", blocks=blocks, author=name, at=NOON)
            with suppress(StaleRevision, Conflict):  # somebody else was faster: read again
                revision = store.append(new, on_head=head)
                file.write(f"{revision.id} {revision.number}\n")
                file.flush()
                done += 1
    state.close()


def drill(url: str, folder: Path, writers: int, each: int) -> tuple[int, int]:
    """One drill: how many revisions were acknowledged, and how many are there. AssertionError where one was lost."""
    state = open_state(url)
    store = SqlPageStore(state)
    page = store.create(
        Page(id=new_id("page"), title="Drill", owner="x", created_at=NOON, updated_at=NOON)
    ).id
    notes = [folder / f"w{number}" for number in range(writers)]
    command = [sys.executable, "-m", "benchmarks.drills_pages", "--write", url, page]
    processes = [subprocess.Popen([*command, str(note), str(each)], cwd=ROOT) for note in notes]
    while sum(len(acknowledged(note)) for note in notes) < writers * each // 4:
        time.sleep(0.02)
    victims = [process for process in processes if process.poll() is None][::3]
    for process in victims:
        os.kill(process.pid, signal.SIGKILL)
    ends = [process.wait(timeout=300) for process in processes]
    assert -signal.SIGKILL in ends
    assert set(ends) <= {0, -signal.SIGKILL}
    known = [one for note in notes for one in acknowledged(note)]
    kept = history(store, page)
    check(store, page, kept, known)
    state.close()
    return len(known), len(kept)


def check(store: SqlPageStore, page: str, kept: list[Revision], known: list[tuple[str, int]]) -> None:
    """AssertionError unless all that was acknowledged is there, in one unbroken line."""
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))
    assert set(known) <= {(one.id, one.number) for one in kept}
    assert [one.parents for one in kept[1:]] == [(one.id,) for one in kept[:-1]]
    assert store.page(page).head == kept[-1].id
    for one in kept:
        store.revision(page, one.id)


def acknowledged(note: Path) -> list[tuple[str, int]]:
    """The revisions that a writer has noted; a line that was being written when it was killed does not count."""
    lines = note.read_text().split("\n")[:-1] if note.exists() else []
    return [(name, int(number)) for name, number in (line.split() for line in lines)]


def history(store: SqlPageStore, page: str) -> list[Revision]:
    """All revisions of a page, oldest first."""
    found: list[Revision] = []
    cursor: str | None = None
    while True:
        some, cursor = store.revisions(page, limit=500, cursor=cursor)
        found += some
        if cursor is None:
            return found[::-1]


def main(times: int, writers: int, each: int) -> None:
    """Print what each drill came to."""
    server = postgres.start(os.getpid())
    try:
        for turn in range(1, times + 1):
            for name in ("SQLite", "PostgreSQL"):
                with tempfile.TemporaryDirectory() as folder:
                    url = server.create() if name == "PostgreSQL" else f"sqlite:///{folder}/state.sqlite"
                    start = time.perf_counter()
                    known, kept = drill(url, Path(folder), writers, each)
                    took = time.perf_counter() - start
                print(
                    f"{turn:>3} {name:<11} {known} acknowledged, {kept} kept, none lost, no gap   {took:.0f} s"
                )
    finally:
        server.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]))
    else:
        given = [int(one) for one in sys.argv[1:]]
        main(*given, *(10, 32, 10)[len(given) :])
