"""The notebook of models, run from top to bottom: with no provider, and with one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from oracle_kit.llm.opened import VARIABLES
from oracle_kit.llm.policy import load_policy
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.planning import as_text
from tests.llm.test_planner import POSH_STEP

FILE = Path(__file__).parents[2] / "notebooks" / "03_models_and_routing.ipynb"
Executes = Callable[..., Any]


@pytest.fixture
def execute(velocity_duckdb: str, tmp_path: Path) -> Executes:
    """Runs the notebook with these variables."""

    def run(**variables: str) -> Any:
        notebook = nbformat.read(FILE, as_version=4)
        clean = {
            name: one for name, one in os.environ.items() if not name.startswith(("ORACLE_", *VARIABLES))
        }
        environment = {
            **clean,
            "ORACLE_HOME": str(tmp_path),
            "ORACLE_WAREHOUSE_URL": velocity_duckdb,
            **variables,
        }
        resources = {"metadata": {"path": str(tmp_path)}}
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources)
        client.execute(env=environment)
        return notebook

    return run


def shown(notebook: Any, source: str) -> str:
    """What the cell that holds this showed."""
    cell = next(one for one in notebook.cells if one.cell_type == "code" and source in one.source)
    texts = [output.get("text", "") or output["data"].get("text/plain", "") for output in cell.outputs]
    return "".join(texts)


def test_with_no_provider_it_is_still_a_useful_page(execute: Executes) -> None:
    ran = execute()
    assert "unconfigured" in shown(ran, "providers_table(")
    assert "ollama, then nemoclaw" in shown(ran, "routing_table(routing")
    assert "posh" in shown(ran, "(rungs[0].mode")
    assert "inventory.units" in shown(ran, "shown = oracle")
    levels = shown(ran, 'for sees in ("schema", "aggregates")').splitlines()
    assert [("luxury" in line, "Kolkata" in line) for line in levels] == [
        (True, False),
        (False, False),
        (True, False),
        (False, True),
    ]
    assert "[address], [number]" in shown(ran, "private = ")
    rungs = shown(ran, "for rung in rungs")
    for said in ("codebook_retrieval", "ollama_local ollama", "no model is configured", "suggestion:"):
        assert said in rungs
    assert "deterministic_fallback" in shown(ran, "answer.mode, answer.notes")
    assert "'codebook_retrieval'" in shown(ran, "known.mode")
    assert "nemoclaw is switched off" in shown(ran, "put = ")


def test_with_a_provider_its_plan_stands_beside_the_others(execute: Executes) -> None:
    with FakeModelServer(models=(load_policy().providers["ollama"].model,)) as server:
        server.always = Play(text=as_text(POSH_STEP, posh="luxury"))
        ran = execute(OLLAMA_HOST=server.address)
    assert "online" in shown(ran, "providers_table(")
    assert "luxury" in shown(ran, "for rung in rungs").lower()
    assert "ollama_local" in shown(ran, "answer.mode, answer.notes")
    assert "is read as segment luxury by a model" in shown(ran, "answer.mode, answer.notes")
