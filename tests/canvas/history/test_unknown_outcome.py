"""A commit whose outcome nobody heard: the same idempotency key finds out, and does the thing once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.errors import StateUnavailable
from oracle_kit.state import postgresql

ROOT = Path(__file__).parents[3]
NOTE = [{"op": "add_note", "text": "Call these first"}]
CHILD = """
import os, signal, sys, threading
from oracle_kit import Settings, open_oracle
oracle = open_oracle(Settings.model_validate_json(sys.argv[1]))
page, viewer = sys.argv[2], oracle.viewer("analyst")
news = oracle._parts.state.feed.subscribe(page, wake=lambda: os.kill(os.getpid(), signal.SIGKILL))
print("begins", flush=True)
oracle.pages.edit(page, [{"op": "add_note", "text": "Call these first"}], viewer=viewer, key="k1")
threading.Event().wait(20)
print("acknowledged")
"""


def settings_of(warehouse: str, state: str, home: Path) -> Settings:
    """Settings over the demo, with one chapter, which opens in half the time."""
    shutil.copytree(ROOT / "codebook" / "follow_ups", home / "codebook" / "follow_ups")
    return Settings(warehouse_url=warehouse, home=home, state_url=state, codebook=home / "codebook")


def history(oracle: Oracle, page: str) -> list[str]:
    """The page's revisions, newest first."""
    listed, _ = oracle.pages.revisions(page, viewer=oracle.viewer("analyst"))
    return [one.id for one in listed]


def test_a_process_killed_right_behind_its_commit_has_done_it_once(
    velocity_duckdb: str, database_url: str, tmp_path: Path
) -> None:
    """Killed by the news of its own commit, before `edit` has answered."""
    settings = settings_of(velocity_duckdb, database_url, tmp_path)
    oracle = open_oracle(settings)
    viewer = oracle.viewer("analyst")
    page = oracle.pages.create("Leads", viewer=viewer).id
    told = settings.model_dump_json(include={"warehouse_url", "home", "state_url", "codebook"})
    done = subprocess.run(
        [sys.executable, "-c", CHILD, told, page],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == "begins\n"
    (kept,) = history(oracle, page)
    for _ in range(2):
        assert oracle.pages.edit(page, NOTE, viewer=viewer, key="k1").id == kept
    assert history(oracle, page) == [kept]
    oracle.close()


@pytest.mark.parametrize("kept", [True, False])
def test_a_line_lost_at_the_commit_is_resolved_by_the_key(
    kept: bool, velocity_duckdb: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line to PostgreSQL breaks before the COMMIT got there, or behind it."""
    oracle = open_oracle(settings_of(velocity_duckdb, postgres_url, tmp_path))
    viewer = oracle.viewer("analyst")
    page = oracle.pages.create("Leads", viewer=viewer).id
    commit, cut = postgresql.PostgresDatabase._commit, []

    def broken(self: postgresql.PostgresDatabase, connection: object, messages: list[str]) -> None:
        if messages and not cut:
            cut.append(1)
            raw = connection.connection.dbapi_connection  # type: ignore[attr-defined]  # SQLAlchemy's own
            if kept:
                commit(self, connection, messages)  # type: ignore[arg-type]  # as it came
            raw.close()
        commit(self, connection, messages)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(postgresql.PostgresDatabase, "_commit", broken)
    with pytest.raises(StateUnavailable, match="went away during a commit") as told:
        oracle.pages.edit(page, NOTE, viewer=viewer, key="k1")
    assert told.value.details["unknown"] is True
    assert len(history(oracle, page)) == int(kept)
    made = oracle.pages.edit(page, NOTE, viewer=viewer, key="k1")
    assert history(oracle, page) == [made.id]
    oracle.close()
