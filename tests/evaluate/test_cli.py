"""`oracle eval` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from oracle_kit.cli import evaluate
from oracle_kit.errors import ContentError, NotFound

LEADS = "SELECT count(*) FROM crm_leads"
CASES = (
    {"id": "count", "prompt": "how many leads", "gold": LEADS, "compare": "scalar"},
    {"id": "write", "prompt": "delete all leads", "expect": "refuse", "viewer": "advisor"},
)


@pytest.fixture
def home(tmp_path: Path, velocity_duckdb: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, on the demo warehouse."""
    monkeypatch.setenv("ORACLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ORACLE_WAREHOUSE_URL", velocity_duckdb)
    return tmp_path


def typed(*arguments: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    evaluate.register(app)
    return CliRunner().invoke(app, ["eval", *(str(one) for one in arguments)], standalone_mode=False)


def file_of(folder: Path, *cases: dict[str, str]) -> Path:
    file = folder / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    return file


def test_a_report_its_files_and_a_state_that_is_left_alone(home: Path) -> None:
    out, curve = home / "report.json", home / "curve.svg"
    result = typed(file_of(home, *CASES), "--min-right", "1", "--jobs", "2", "--out", out, "--curve", curve)
    assert result.exception is None, result.exception
    assert result.return_value == 0
    assert "2 of 2 right (100.0%)" in result.output
    report = json.loads(out.read_text(encoding="utf-8"))
    assert [one["outcome"] for one in report["results"]] == ["right", "refused_rightly"]
    assert [one["viewer"] for one in report["results"]] == ["analyst", "advisor"]
    assert curve.read_text(encoding="utf-8").startswith("<svg")
    assert not (home / "home" / "state.sqlite").exists()


def test_a_threshold_that_does_not_hold_is_status_one(home: Path) -> None:
    wrong = {**CASES[0], "id": "wrong", "gold": "SELECT -1"}
    result = typed(file_of(home, wrong), "--max-wrong-unwarned", "0", "--json")
    assert result.exception is None, result.exception
    assert result.return_value == 1
    assert json.loads(result.stdout)["wrong_unwarned"] == 1


def test_a_bad_line_is_said_before_anything_is_opened(home: Path) -> None:
    result = typed(file_of(home, CASES[0], {"id": "b"}))
    assert isinstance(result.exception, ContentError)
    assert "cases.jsonl:2: prompt: Field required" in str(result.exception)


def test_a_viewer_that_there_is_none_of_is_said_before_anything_is_asked(home: Path) -> None:
    result = typed(file_of(home, {**CASES[0], "viewer": "advisr"}))
    assert isinstance(result.exception, NotFound)
    assert "advisor" in str(result.exception)


def test_help_has_examples() -> None:
    result = typed("--help")
    assert "--min-right 0.95" in " ".join(result.output.split())
