"""Batches and approvals as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oracle_kit.cli.app import run
from oracle_kit.jobs.ledger import Ledger
from oracle_kit.state import open_state
from tests.jobs.desk import until


@pytest.fixture
def home(velocity_duckdb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORACLE_HOME", str(tmp_path))
    monkeypatch.setenv("ORACLE_WAREHOUSE_URL", velocity_duckdb)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_file_of_prompts_is_submitted_run_and_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = home / "prompts.txt"
    prompts.write_text("pipeline by city\n\nleads by stage\n=cmd|' /C calc'!A0\n")
    assert run(["batch", "submit", str(prompts), "--wait", "--json", "--key", "k"]) == 0
    job = json.loads(said(capsys))
    assert (job["status"], job["submitted_count"]) == ("completed", 3)
    assert run(["batch", "submit", str(prompts), "--json", "--key", "k"]) == 0
    assert json.loads(said(capsys))["job_id"] == job["job_id"]
    assert run(["batch", "status", job["job_id"]]) == 0
    assert "3/3 done" in said(capsys)
    assert run(["batch", "results", job["job_id"], "--format", "ndjson"]) == 0
    assert {json.loads(line)["request_id"] for line in said(capsys).splitlines()} == {"1", "3", "4"}
    assert run(["batch", "results", job["job_id"], "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(said(capsys))))
    assert {row["status"] for row in rows} == {"succeeded"}
    assert not any(value.startswith("=") for row in rows for value in row.values())
    assert run(["batch", "list", "--json"]) == 0
    assert [one["job_id"] for one in json.loads(said(capsys))] == [job["job_id"]]
    assert run(["batch", "cancel", job["job_id"]]) == 1
    assert run(["batch", "status", job["job_id"], "--as", "manager"]) == 2


def test_a_wrong_file_is_refused_with_what_is_wrong(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = home / "job.json"
    item = {"request_id": "a", "messages": [{"role": "user", "content": "x"}]}
    job.write_text(json.dumps({"job_type": "oracle_canvas_planning", "items": [item, item]}))
    assert run(["batch", "submit", str(job)]) == 4
    assert "'a' stands twice" in capsys.readouterr().err
    assert run(["batch", "submit", str(home / "none.txt")]) == 2
    assert run(["batch", "list", "--status", "asleep"]) == 2


def test_approvals_are_listed_and_decided_each_by_itself(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["approvals", "list", "--json"]) == 0
    assert json.loads(said(capsys)) == []
    assert run(["approvals", "reject", "apr_0", "--json"]) == 1
    assert json.loads(said(capsys))[0]["code"] == "not_found"
    assert run(["approvals", "show", "apr_0"]) == 2


def test_a_worker_ends_what_it_has_when_it_is_told_to_stop(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = home / "prompts.txt"
    prompts.write_text("leads by stage\n" * 400)
    assert run(["batch", "submit", str(prompts), "--json"]) == 0
    job_id = json.loads(said(capsys))["job_id"]
    command = [sys.executable, "-c", "from oracle_kit.cli import main; main()", "worker", "--threads", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    state = open_state(f"sqlite:///{home / 'state.sqlite'}")
    ledger = Ledger(state)
    try:
        until(lambda: ledger.job(job_id).completed_count >= 5, 60)
        process.send_signal(signal.SIGTERM)
        assert "Stopped." in process.communicate(timeout=30)[1]
    finally:
        process.kill()
    job = ledger.job(job_id)
    state.close()
    assert (process.returncode, job.running_count, job.failed_count) == (0, 0, 0)
    assert job.completed_count >= 5
