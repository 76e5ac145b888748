"""The notebooks of the preview, executed as a reader would, their outputs looked at."""

from __future__ import annotations

import os
from pathlib import Path

import nbclient
import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MOST_BYTES = 400_000


def executed(name: str, home: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    """The text of each code cell's outputs."""
    for key in [key for key in os.environ if key.startswith("ORACLE_")]:
        monkeypatch.delenv(key)
    for key, value in {"ORACLE_HOME": str(home), **environment}.items():
        monkeypatch.setenv(key, value)
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    assert not [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    done = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(home)}}
    ).execute()
    assert len(nbformat.writes(done)) < MOST_BYTES
    return ["".join(_text(one) for one in cell.outputs) for cell in done.cells if cell.cell_type == "code"]


def _text(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    found = output.get("data", {})
    return str(found.get("text/html") or found.get("text/plain") or "")


def test_author_a_template(tmp_path: Path, velocity_duckdb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = executed("05_author_a_template.ipynb", tmp_path, monkeypatch, ORACLE_WAREHOUSE_URL=velocity_duckdb)
    assert "Query(" in out[2]
    assert "lead_count" in out[3]
    assert "analyst" in out[4]
    assert "o-kind-bar_chart" in out[4]
    assert out[5].splitlines()[0].split()[1] == "leads.sources.by_city_and_channel"
    assert "pending" in out[6]


def test_bring_your_own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = executed("06_bring_your_own_database.ipynb", tmp_path, monkeypatch)
    assert out[1].startswith("1000 rows")
    assert "personal: masked" in out[1]
    assert "[]\nanswered codebook_retrieval" in out[4]
    assert "Pune" in out[4]
    assert len(out[5].splitlines()) >= 3
    assert "customer_email" not in out[6]
