"""A page forked, edited, merged, rolled back, exported and imported from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.canvas.piece_store import split
from oracle_kit.cli.app import run as run_here
from oracle_kit.state.page_tables import blocks, revisions
from tests.cli.conftest import Run

COMMANDS = (
    ("log",), ("diff",), ("fork",), ("rollback",), ("name",), ("import",), ("merge",), ("merge", "ask"),
    ("merge", "approve"), ("merge", "comment"), ("merge", "list"),
)  # fmt: skip  # a list of names


@pytest.fixture
def run(velocity_duckdb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Run:
    """Runs `oracle` in this process, over the demo warehouse with a home of its own."""
    monkeypatch.setenv("ORACLE_HOME", str(tmp_path / "oracle"))
    monkeypatch.setenv("ORACLE_WAREHOUSE_URL", velocity_duckdb)
    monkeypatch.setenv("COLUMNS", "100")

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        status = run_here(list(arguments))
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return command


def test_two_people_and_one_page(run: Run, tmp_path: Path) -> None:
    page = json.loads(run("ask", "units by city", "--json").stdout)["page_id"]
    assert "March review" in run("name", page, "March review").stdout
    fork = json.loads(run("fork", page, "--title", "What if", "--json").stdout)
    assert (fork["title"], fork["forked_from"][0]) == ("What if", page)
    assert run("ask", "only Mumbai", "--page", fork["id"]).returncode == 0
    changed = run("diff", fork["id"])
    assert changed.stdout.startswith("~ Units by city: Mumbai")
    assert "    asks   + City: Mumbai" in changed.stdout
    asked = json.loads(run("merge", "ask", fork["id"], "--title", "Only Mumbai", "--json").stdout)
    assert (asked["state"], asked["conflicts"]) == ("open", [])
    assert "as on the fork" in run("merge", "show", asked["id"]).stdout
    merged = run("merge", "approve", asked["id"], "--as", "analyst", "-m", "good")
    assert merged.returncode == 0, merged.stderr
    assert "analyst  approve: good" in merged.stdout
    graph = run("log", page, "--graph").stdout.split("\n")
    assert [line[:4].rstrip("0123456789 ") for line in graph if line] == ["*", "|\\", "| *", "| *", "|/", "*"]
    assert "(March review)" in graph[5]
    back = run("rollback", page, "March review", "-m", "for Monday")
    assert "rollback" in back.stdout
    assert "for Monday" in run("log", page).stdout
    target = tmp_path / "page.json"
    assert run("export", page, "--format", "json", "--revision", "#1", "--out", str(target)).returncode == 0
    made = run("import", str(target), "--title", "Again")
    assert made.stdout.startswith("page_")
    assert "Imported" in run("log", made.stdout.split()[0]).stdout


def test_conflicts_are_shown_with_how_to_settle_them(run: Run) -> None:
    page = json.loads(run("ask", "units by city", "--json").stdout)["page_id"]
    fork = json.loads(run("fork", page, "--json").stdout)["id"]
    for one, city in ((page, "Pune"), (fork, "Mumbai")):
        assert run("ask", f"only {city}", "--page", one).returncode == 0
    asked = json.loads(run("merge", "ask", fork, "--title", "Mumbai", "--json").stdout)
    refused = run("merge", "approve", asked["id"], "--as", "analyst")
    assert refused.returncode == 1
    assert "--resolve BLOCK.PART=ours" in refused.stderr
    (block,) = {one["block"] for one in asked["conflicts"]}
    parts = [one["part"] for one in asked["conflicts"]]
    assert f"{block}.{parts[0]}" in refused.stdout
    settled = [word for part in parts for word in ("--resolve", f"{block}.{part}=theirs")]
    merged = run("merge", "approve", asked["id"], "--as", "analyst", *settled)
    assert merged.returncode == 0, merged.stderr
    assert "Mumbai" in run("show", page).stdout
    listed = json.loads(run("merge", "list", "--state", "merged", "--json").stdout)
    assert [one["id"] for one in listed] == [asked["id"]]


def test_what_cannot_be_done_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    page = json.loads(run("ask", "units by city", "--json").stdout)["page_id"]
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    for command, status, told in (
        (("diff", page, "7"), 2, "has no revision"),
        (("rollback", page, "1"), 4, "newest already"),
        (("fork", page, "--as", "viewer"), 4, "may not fork"),
        (("merge", "ask", page, "--title", "x"), 4, "no fork"),
        (("merge", "list", "--state", "opened"), 4, "open"),
        (("merge", "approve", "mr_0", "--resolve", "x"), 2, "BLOCK.PART=SIDE"),
        (("import", str(broken)), 4, "not JSON"),
        (("import", str(tmp_path / "none.json")), 2, "cannot be read"),
    ):
        done = run(*command)
        assert (done.returncode, told in " ".join(done.stderr.split())) == (status, True), (
            command,
            done.stderr,
        )
        assert "Traceback" not in done.stderr


def test_doctor_finds_a_damaged_page_and_says_how_to_go_on(run: Run, tmp_path: Path) -> None:
    page = json.loads(run("ask", "units by city", "--json").stdout)["page_id"]
    assert run("ask", "only Mumbai", "--page", page).returncode == 0
    assert run("doctor", "--pages").returncode == 0
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'oracle' / 'state.sqlite'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        newest = sa.select(revisions.c.blocks).where(revisions.c.number == 2)
        first, *_ = split(connection.execute(newest).scalar_one())
        connection.execute(sa.update(blocks).where(blocks.c.digest == first).values(text="{}"))
    broken = run("doctor", "--pages", "--json")
    assert broken.returncode == 1
    (found,) = json.loads(broken.stdout)
    assert (found["part"], f"`oracle rollback {page} 1`" in found["hint"]) == (page, True)
    assert run("show", page).returncode == 1
    assert run("rollback", page, "1").returncode == 0
    assert "Kolkata" in run("show", page).stdout


def test_an_admin_purges_an_archived_page(run: Run) -> None:
    page = json.loads(run("ask", "units by city", "--json").stdout)["page_id"]
    refused = run("purge", page, "--yes")
    assert (refused.returncode, "in use" in refused.stderr) == (4, True)
    assert run("purge", page, "--yes", "--as", "analyst").returncode == 4
    assert run("share", page, "--visibility", "nobody").returncode == 4
    assert "visibility team" in run("share", page, "--editor", "author", "--visibility", "team").stdout
    assert "archived" in run("archive", page).stdout
    assert page in run("pages", "--archived").stdout
    assert "results emptied" in run("purge", page, "--yes").stdout
    assert "in use" in run("archive", page, "--restore").stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert command == ("merge",) or "Example" in done.stdout
