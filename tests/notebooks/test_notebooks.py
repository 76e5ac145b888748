"""The notebooks run as they stand, show what they say, and are saved small."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.errors import NotFound
from oracle_kit.notebook import ask

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 60_000  # bytes of a notebook as it is kept
LARGEST_RUN = 1_500_000  # bytes with what its cells showed


@pytest.fixture(scope="module")
def executed(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The first notebook, run from top to bottom in a kernel with no network address to go to."""
    home = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")}
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    environment = {**clean, **nowhere, "ORACLE_HOME": str(home), "ORACLE_WAREHOUSE_URL": velocity_duckdb}
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(home)}}
    )
    client.execute(env=environment)
    return notebook


def shown(notebook: Any, source: str) -> dict[str, str]:
    """What the cell that begins so showed, by kind."""
    cell = next(one for one in notebook.cells if one.cell_type == "code" and one.source.startswith(source))
    found: dict[str, str] = {}
    for output in cell.outputs:
        found.update(output.get("data", {}))
        if output.output_type == "stream":
            found["stream"] = found.get("stream", "") + output.text
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_small_and_without_outputs(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)


def test_answers_show_themselves(executed: Any) -> None:
    answer = shown(executed, "answer = ")
    assert "Overdue follow-ups with high-QD leads" in answer["text/html"]
    assert answer["text/plain"].startswith("<Answer answered, codebook_retrieval")
    assert len(answer["text/plain"]) < 600
    html = answer["text/html"].replace("http://www.w3.org/", "")  # the name of SVG, which nobody asks for
    assert not any(word in html for word in ("<script", "http://", "https://", "@import", "url("))
    assert "<style>" in html
    assert "Kolkata" in shown(executed, "refined = ")["text/html"]


def test_statements_provenance_and_replay_are_shown(executed: Any) -> None:
    told = shown(executed, "block = refined")
    assert "intel.reminders version 1 as of 2026-04-19T09:00:00" in told["stream"]
    assert "SELECT" in told["stream"]
    assert "Kolkata" in told["text/plain"]
    assert "identical" in shown(executed, "oracle.pages.replay")["text/plain"]
    assert "'answered',\n 'codebook_retrieval'" in shown(executed, "answer.status")["text/plain"]


def test_rights_refusals_history_and_export_are_shown(executed: Any) -> None:
    assert "your reminders" in shown(executed, 'oracle.ask("Show overdue')["text/html"]
    assert "('refused', ('balcony',))" in shown(executed, "refused = ")["text/plain"]
    history = shown(executed, "revisions, _")["text/plain"]
    assert history.index("only Kolkata") < history.index("Show overdue high-QD follow-ups")
    assert "('page.html', True)" in shown(executed, "from pathlib")["text/plain"]


def test_magics_ask_and_show(executed: Any) -> None:
    assert "Pipeline by city" in shown(executed, "%oracle --new")["text/html"]
    assert "Units by status" in shown(executed, "%%oracle")["text/html"]
    assert len(nbformat.writes(executed)) < LARGEST_RUN


@pytest.fixture
def oracle(velocity_duckdb: str, tmp_path: Path) -> Any:
    """An Oracle of this test's own."""
    state = f"sqlite:///{tmp_path / 'state.sqlite'}"
    opened = open_oracle(Settings(warehouse_url=velocity_duckdb, home=tmp_path, state_url=state))
    yield opened
    opened.close()


def test_the_magic_keeps_page_and_viewer(oracle: Oracle) -> None:
    names: dict[str, Any] = {"oracle": oracle}
    first = ask(names, "units by status", None)
    assert (names["page"], names["viewer"].id) == (first.page_id, "analyst")
    second = ask(names, "", "how many leads\n")
    assert second.page_id == first.page_id
    third = ask(names, "--new --as author how many leads", None)
    assert third.page_id != first.page_id
    assert names["viewer"].id == "author"
    with pytest.raises(NotFound, match="sultan"):
        ask(names, "--as sultan units", None)


def test_the_magic_says_how_it_is_written(oracle: Oracle) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    from oracle_kit import load_ipython_extension

    shell = InteractiveShell()
    load_ipython_extension(shell)
    shell.user_ns["oracle"] = oracle
    with capture_output() as said:
        shell.run_line_magic("oracle", "--colour red")
        shell.run_line_magic("oracle", "")
    assert "%%oracle [--as ROLE]" in said.stdout + said.stderr
    assert "The prompt is empty" in said.stdout + said.stderr
