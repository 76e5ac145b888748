"""The batch notebook, run from top to bottom with no model and no network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FILE = Path(__file__).parents[2] / "notebooks" / "02_batch_runs.ipynb"


@pytest.fixture(scope="module")
def executed(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("batch_notebook")
    notebook = nbformat.read(FILE, as_version=4)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORACLE_", "OLLAMA"))}
    environment = {**clean, "ORACLE_HOME": str(home), "ORACLE_WAREHOUSE_URL": velocity_duckdb}
    resources = {"metadata": {"path": str(home)}}
    NotebookClient(notebook, timeout=180, kernel_name="python3", resources=resources).execute(env=environment)
    return notebook


def shown(notebook: Any, source: str) -> str:
    cell = next(one for one in notebook.cells if one.cell_type == "code" and one.source.startswith(source))
    texts = [output.get("text", "") or output["data"].get("text/plain", "") for output in cell.outputs]
    return "".join(texts)


def test_two_hundred_prompts_are_run_and_shown(executed: Any) -> None:
    assert "('completed', 200, 0)" in shown(executed, "job = batch.wait()")
    assert "succeeded" in shown(executed, "frame = ")
    assert "('codebook_retrieval', 'answered')" in shown(executed, "from collections")
    assert "200 succeeded; half within" in shown(executed, "batch.picture()")
    assert shown(executed, "again = ") == "200"
    assert int(shown(executed, "page = ")) >= 3
    assert "No model is configured" in shown(executed, "providers = ")
