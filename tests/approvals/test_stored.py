"""Stored templates: versions of an id in one row, retired again, and known in every process without a restart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from oracle_kit import Conflict, ContentError, NotFound, NotPermitted, Oracle, Settings, open_oracle
from oracle_kit.state.audit import audit_trail
from oracle_kit.state.tables import templates

CODEBOOK = Path(__file__).parents[2] / "codebook"
HOME = "follow_ups.overdue"
FILE = f"{HOME}.high_qd"
TEXT = """
title: Zebra board
asks: [zebra board of reminders, the zebra view]
dataset: intel.reminders
shape: breakdown
blocks:
  - kind: bar_chart
    title: Reminders by kind
    query: {measures: [reminder_count], dimensions: [kind]}
"""
SQLITE = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # where the database is all the same
CHAPTER = "title: Zebras\ndescription: All that is striped.\n"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One chapter of the codebook, which opens in half the time."""
    folder = tmp_path_factory.mktemp("content") / "codebook"
    shutil.copytree(CODEBOOK / "follow_ups", folder / "follow_ups")
    return folder


@pytest.fixture
def settings(velocity_duckdb: str, content: Path, tmp_path: Path, database_url: str) -> Settings:
    return Settings(warehouse_url=velocity_duckdb, codebook=content, home=tmp_path, state_url=database_url)


@pytest.fixture
def oracle(settings: Settings) -> Iterator[Oracle]:
    opened = open_oracle(settings)
    yield opened
    opened.close()


def published(oracle: Oracle, template_id: str, text: str = TEXT) -> str:
    """How publishing a text as a version of the id ended."""
    made = oracle.approvals.propose_template(template_id, text, viewer=oracle.viewer("author"))
    return oracle.approvals.review(made.approval_id, "approve", viewer=oracle.viewer("reviewer")).status


OTHER = """
import os, sys
from oracle_kit import open_oracle
oracle = open_oracle()
viewer = oracle.viewer("analyst")
print("ready", flush=True)
for line in sys.stdin:
    answer = oracle.ask(line.strip(), viewer=viewer)
    block = next((one for one in answer.blocks if not one.suggestion and one.template_id), None)
    print(f"{block.template_id} {block.source.template_version}" if block else "none", flush=True)
oracle.close()
"""


class Process:
    """Another process on the same state, which answers one line for each prompt."""

    def __init__(self, settings: Settings) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
        names = ("warehouse_url", "codebook", "home", "state_url")
        given = {f"ORACLE_{name.upper()}": str(getattr(settings, name)) for name in names}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER],
            env={**clean, **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        """The next line that it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, prompt: str) -> str:
        """Which template answers the prompt there, and its version."""
        assert self.process.stdin is not None
        self.process.stdin.write(prompt + "\n")
        self.process.stdin.flush()
        return self.line()

    def hears(self, prompt: str, answer: str) -> None:
        """Returns once the prompt is answered so; at once on SQLite, on PostgreSQL when the notice has arrived."""
        end = time.monotonic() + 5
        while (found := self.ask(prompt)) != answer:
            assert time.monotonic() < end, found
            time.sleep(0.02)


@contextmanager
def another(settings: Settings) -> Iterator[Process]:
    """Another process, gone at the end."""
    other = Process(settings)
    try:
        yield other
    finally:
        assert other.process.stdin is not None
        other.process.stdin.close()
        assert other.process.wait(20) == 0


def test_what_one_process_publishes_another_knows_without_a_restart(
    oracle: Oracle, settings: Settings
) -> None:
    identity = f"{HOME}.zebra_board"
    with another(settings) as other:
        assert other.ask("the zebra view") == "none"
        assert published(oracle, identity) == "applied"
        other.hears("the zebra view", f"{identity} 1")
        assert published(oracle, identity, TEXT.replace("bar_chart", "table")) == "applied"
        other.hears("the zebra view", f"{identity} 2")
        oracle.templates.retire(identity, viewer=oracle.viewer("author"))
        other.hears("the zebra view", "none")
        with pytest.raises(NotFound):
            oracle.templates.read(identity, viewer=oracle.viewer("analyst"))


def test_a_version_of_a_file_s_id_stands_before_it_until_it_is_retired(oracle: Oracle) -> None:
    author, analyst = oracle.viewer("author"), oracle.viewer("analyst")
    was = oracle.templates.read(FILE, viewer=analyst)
    text = oracle.drafts.text(FILE, viewer=author)
    assert published(oracle, FILE, text.replace("title:", "title: Mended", 1)) == "applied"
    now = oracle.templates.read(FILE, viewer=analyst)
    assert (now.title.startswith("Mended"), now.version) == (True, was.version + 1)
    assert "Mended" in oracle.drafts.text(FILE, viewer=author)
    answer = oracle.ask(was.asks[0], viewer=analyst)
    assert (answer.blocks[0].template_id, answer.blocks[0].source.template_version) == (FILE, now.version)
    found = oracle.templates.versions(FILE, viewer=analyst)
    assert [(one.version, one.status, one.author) for one in found] == [
        (2, "in_force", "author"),
        (1, "covered", ""),
    ]
    oracle.templates.retire(FILE, viewer=author)
    assert oracle.templates.read(FILE, viewer=analyst) == was
    assert [one.status for one in oracle.templates.versions(FILE, viewer=analyst)] == ["retired", "in_force"]
    assert published(oracle, FILE, text) == "applied"
    assert oracle.templates.read(FILE, viewer=analyst).version == 3
    trail = audit_trail(oracle._parts.state, subject=FILE)
    assert [(one.who, one.action, one.detail) for one in trail] == [
        ("author", "template.retire", {"version": 2})
    ]


@SQLITE
def test_what_is_only_a_file_is_not_retired_here(oracle: Oracle) -> None:
    with pytest.raises(Conflict, match=r"codebook/follow_ups/overdue/high_qd\.yaml"):
        oracle.templates.retire(FILE, viewer=oracle.viewer("author"))
    with pytest.raises(NotFound):
        oracle.templates.retire(f"{HOME}.high_qdd", viewer=oracle.viewer("author"))
    with pytest.raises(NotPermitted):
        oracle.templates.retire(FILE, viewer=oracle.viewer("analyst"))


@SQLITE
def test_a_proposal_on_what_was_retired_since_is_stale(oracle: Oracle) -> None:
    author, reviewer = oracle.viewer("author"), oracle.viewer("reviewer")
    assert published(oracle, FILE, oracle.drafts.text(FILE, viewer=author)) == "applied"
    made = oracle.approvals.propose_template(FILE, oracle.drafts.text(FILE, viewer=author), viewer=author)
    assert made.before["row"]["id"] == FILE
    oracle.templates.retire(FILE, viewer=author)
    done = oracle.approvals.review(made.approval_id, "approve", viewer=reviewer)
    assert (done.status, done.failure_reason) == (
        "stale",
        "the version that was in force was retired since this was proposed",
    )


@SQLITE
def test_a_chapter_made_here_holds_templates_made_here(oracle: Oracle, settings: Settings) -> None:
    author, analyst = oracle.viewer("author"), oracle.viewer("analyst")
    with pytest.raises(ContentError, match="striped"):
        oracle.approvals.propose_template("striped.zebras", CHAPTER, viewer=author)
    assert published(oracle, "striped", CHAPTER) == "applied"
    with pytest.raises(ContentError, match=r"striped\.zebras"):
        oracle.approvals.propose_template("striped.zebras.board", TEXT, viewer=author)
    assert published(oracle, "striped.zebras", CHAPTER) == "applied"
    assert published(oracle, "striped.zebras.board") == "applied"
    counts = {one.id: one.templates for one in oracle.templates.chapters(viewer=analyst)}
    assert counts["striped"] == 1
    with pytest.raises(ContentError, match="description"):
        oracle.approvals.propose_template("spotted", "title: Spots\n", viewer=author)
    again = open_oracle(settings)
    assert again.templates.read("striped.zebras.board", viewer=analyst).title == "Zebra board"
    again.close()


@SQLITE
def test_the_same_key_proposes_once(oracle: Oracle) -> None:
    author = oracle.viewer("author")
    made = {
        oracle.approvals.propose_template(f"{HOME}.zebra", TEXT, viewer=author, key="one").approval_id
        for _ in range(3)
    }
    assert len(made) == 1


@SQLITE
def test_a_stored_template_that_fits_no_more_is_left_out(oracle: Oracle, settings: Settings) -> None:
    """Its dataset has lost the field since: everything else is answered as ever."""
    assert published(oracle, f"{HOME}.zebra") == "applied"
    state = oracle._parts.state
    broken = {"text": TEXT.replace("[kind]", "[kindd]")}
    state.write(lambda connection: connection.execute(update(templates).values(content=broken)))
    again = open_oracle(settings)
    assert f"{HOME}.zebra" not in again.templates.ids(viewer=again.viewer("analyst"))
    assert again.ask("overdue reminders", viewer=again.viewer("analyst")).status != "refused"
    again.close()


@SQLITE
def test_asks_of_a_stored_template_rank_as_those_of_files(oracle: Oracle) -> None:
    assert published(oracle, f"{HOME}.zebra") == "applied"
    found = oracle.templates.search("zebra boards of reminders", viewer=oracle.viewer("analyst"))
    assert found[0].id == f"{HOME}.zebra"
    assert found[0].score is not None
    assert found[0].score > 0.5
