"""`04_history_and_review.ipynb`, run from top to bottom: what two people see of one page."""

from __future__ import annotations

import os
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks.test_notebooks import FOLDER, LARGEST_RUN, shown


@pytest.fixture(scope="module")
def executed(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with what its cells showed."""
    home = tmp_path_factory.mktemp("history")
    notebook = nbformat.read(FOLDER / "04_history_and_review.ipynb", as_version=4)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    environment = {**clean, "ORACLE_HOME": str(home), "ORACLE_WAREHOUSE_URL": velocity_duckdb}
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(home)}}
    )
    client.execute(env=environment)
    return notebook


def test_a_fork_and_what_differs(executed: Any) -> None:
    assert "Kolkata" in shown(executed, "units")["text/html"]
    lines = shown(executed, "fork = ")["stream"].splitlines()
    assert lines[0].startswith("~ What is left in Kolkata")
    assert [line.split() for line in lines[2:5]] == [
        ["asks", "-", "by", "City"],
        ["asks", "+", "by", "status"],
        ["asks", "+", "city:", "Kolkata"],
    ]
    assert lines[-1].startswith("+ Sold out by June at this pace.")


def test_a_conflict_is_shown_settled_and_merged(executed: Any) -> None:
    request = shown(executed, "request = ")["stream"]
    assert "! Units by city: title" in request
    assert "theirs What is left in Kolkata" in request
    assert "Units by city: question  as on the fork" in request
    assert "Units by city: look  as on the page" in request
    review = shown(executed, 'print("asha may:"')["stream"].splitlines()
    assert review == [
        "asha may: comment approve request_changes reject close",
        "ravi may: comment close",
        "1 conflict is not settled yet. Send a resolution (ours, theirs or keep) for each.",
    ]
    merged = shown(executed, "oracle.reviews.review(request.id")["stream"]
    assert "  merged  Kolkata first  by ravi" in merged
    assert "title  as on the fork, as was settled" in merged


def test_the_merged_block_shows_numbers_of_its_own_question(executed: Any) -> None:
    html = shown(executed, "after = ")["text/html"]
    assert "What is left in Kolkata" in html
    assert "available" in html.lower()
    assert "Mumbai" not in html


def test_the_graph_edits_at_once_and_the_way_back(executed: Any) -> None:
    graph = shown(executed, "for line, one")["stream"].splitlines()
    assert [line.split()[0] + line[1:2].strip() for line in graph[:2]] == ["*", "|\\\\"]
    assert graph[0] == "* 4 merge    asha: Merge: Kolkata first"
    assert graph[-1] == "* 1 prompt   asha: units by city"
    twice = shown(executed, "def edit")["stream"].splitlines()
    assert twice[0] == "retitle was merged"
    assert "the width of “What is left in Kolkata”" in twice[1]
    assert twice[2] == "the page has 6 and the edit wants 4"
    assert shown(executed, "then = ")["text/plain"] == "(7, 'rollback', True, '2026-04-19 09:00:00')"
    assert shown(executed, "text = oracle")["stream"] == "imported: True same rows: True\n"
    assert len(nbformat.writes(executed)) < LARGEST_RUN
