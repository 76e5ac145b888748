"""`oracle templates …` as an author uses it."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.cli.conftest import Run

ASK = "Converted leads of NRI buyers by country"


def test_a_draft_is_written_proposed_approved_and_retired(run: Run, tmp_path: Path) -> None:
    made = run("templates", "synthesize", ASK, "--out", str(tmp_path / "codebook"), "--propose", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    file = tmp_path.joinpath("codebook", *told["template_id"].split(".")).with_suffix(".yaml")
    assert yaml.safe_load(file.read_text())["asks"][0] == ASK
    again = run("templates", "synthesize", ASK, "--out", str(tmp_path / "codebook"))
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert run("approvals", "approve", told["approval_id"]).returncode == 0
    assert told["template_id"] in run("templates", "converted nri buyers by country").stdout
    version = run("templates", "versions", told["template_id"]).stdout.split()
    assert version[:2] == ["1", "in_force"]
    assert "no such template any more" in run("templates", "retire", told["template_id"]).stdout


def test_a_file_is_proposed_and_its_fault_is_named(run: Run, tmp_path: Path) -> None:
    shown = json.loads(run("templates", "versions", "leads.sources.trend", "--json").stdout)[0]
    file = tmp_path / "mine.yaml"
    file.write_text(shown["text"])
    done = run("templates", "propose", "leads.sources.trend", str(file), "--reason", "weekly")
    assert "oracle approvals approve apr_" in done.stdout
    file.write_text(shown["text"].replace("lead_count", "leed_count"))
    wrong = run("templates", "propose", "leads.sources.trend", str(file))
    assert wrong.returncode == 1
    assert "lead_count" in wrong.stderr
    assert run("templates", "propose", "leads.sources.trend", str(tmp_path / "none.yaml")).returncode == 2
    assert run("templates", "retire", "leads.sources.trend").returncode == 1


def test_a_block_is_put_on_a_page(run: Run) -> None:
    done = run("templates", "seed", "leads.any_leads.breakdown", "--dimension", "city", "--limit", "3")
    assert done.returncode == 0, done.stderr
    assert "Leads by city" in done.stdout
    refused = run("templates", "seed", "leads.any_leads.breakdown", "--dimension", "citty")
    assert (refused.returncode, "city" in refused.stderr) == (4, True)


def test_search_needs_no_command(run: Run) -> None:
    assert "follow_ups" in run("templates", "overdue follow ups").stdout
    assert "synthesize" in run("templates", "--help").stdout
    assert json.loads(run("templates", "--json").stdout)
    assert json.loads(run("templates", "--id", "leads.sources.trend").stdout)["id"] == "leads.sources.trend"
    refused = run("templates", "synthesize", "the weather in Pune")
    assert (refused.returncode, "weather" in refused.stderr) == (4, True)
