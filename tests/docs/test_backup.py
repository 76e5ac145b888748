"""Backup and restore as docs/operations.md tells them, run while pages are written to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from oracle_kit.canvas.integrity import check_pages
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.state import open_state
from tests import postgres
from tests.canvas.history.made import added, new_page
from tests.properties.pages import counting

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def commands(name: str) -> str:
    """The commands under a mark of the guide."""
    (found,) = re.findall(rf"```sh {name}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def run(name: str, folder: Path, **environment: str) -> str:
    """What the commands print; they must end well."""
    programs = [Path(sys.executable).parent, postgres.installed() / "pginstall" / "bin"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ORACLE_")}
    path = os.pathsep.join([*map(str, programs), clean["PATH"]])
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", commands(name)],
        cwd=folder,
        env={**clean, **environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_backup_taken_while_pages_are_written_holds_all_that_was_acknowledged(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    url = f"sqlite:///{home / 'state.sqlite'}"
    named = {"ORACLE_HOME": str(home)}
    if name == "postgresql":
        url = request.getfixturevalue("postgres_url")
        plain = url.replace("+psycopg", "")
        restored = re.sub(r"/[^/?]+\?", "/oracle_restored?", plain)
        named |= {"ORACLE_STATE_URL": plain, "RESTORED_URL": restored}
    state = open_state(url)
    store, stop = SqlPageStore(state), threading.Event()
    page = new_page(store)
    before = [added(store, page, [counting("a", value=number)]) for number in range(50)]

    def write() -> None:
        while not stop.is_set():
            added(store, page, [counting("a", value=7)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        run(name, tmp_path, **named)
    finally:
        stop.set()
        writer.join()
    state.close()
    assert "every revision of every page" in run(f"{name} restore", tmp_path, **named)
    again = open_state(named.get("RESTORED_URL", url))
    try:
        kept = SqlPageStore(again)
        head = kept.page(page.id).head_number
        assert head >= 50
        assert [kept.revision(page.id, one.id).hash for one in before] == [one.hash for one in before]
        assert added(kept, page, [counting("b")]).number == head + 1, "work goes on"
        assert list(check_pages(again)) == []
    finally:
        again.close()
