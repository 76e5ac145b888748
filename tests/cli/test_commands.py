"""Each command does what its help says, with the exit statuses of the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

COMMANDS = (
    "ask",
    "check",
    "templates",
    "datasets",
    "pages",
    "log",
    "show",
    "export",
    "demo",
    "token",
    "doctor",
)


def test_ask_prints_the_answer(run: Run) -> None:
    done = run("ask", "leads by city")
    assert done.returncode == 0, done.stderr
    assert "Kolkata" in done.stdout
    assert "codebook_retrieval" in done.stdout


def test_ask_as_json_is_the_documented_shape(run: Run) -> None:
    done = run("ask", "leads by city", "--json")
    answer = json.loads(done.stdout)
    assert {
        "page_id",
        "revision",
        "mode",
        "blocks",
        "understood",
        "not_understood",
        "refusals",
        "notes",
    } <= set(answer)
    block = answer["blocks"][0]
    assert {
        "id",
        "kind",
        "title",
        "template_id",
        "columns",
        "rows",
        "understood",
        "suggestion",
        "source",
    } <= set(block)
    assert {"name", "type", "unit"} <= set(block["columns"][0])


@pytest.mark.parametrize(
    ("prompt", "status"),
    [("how many leads", 0), ("list leads in kolkata", 3), ("leads with a balcony", 4), ("", 2)],
)
def test_exit_status_says_how_far_the_answer_may_be_relied_on(run: Run, prompt: str, status: int) -> None:
    assert run("ask", prompt).returncode == status


def test_errors_are_one_sentence_and_no_traceback(run: Run) -> None:
    done = run("ask", "leads", "--as", "analist")
    assert done.returncode == 2
    assert "analyst" in done.stderr
    assert "Traceback" not in done.stderr
    gone = run("ask", "leads", ORACLE_WAREHOUSE_URL="duckdb:////nowhere/none.duckdb")
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr
    assert "/nowhere/none.duckdb" in gone.stderr


def test_a_wrong_setting_is_named(run: Run) -> None:
    done = run("ask", "leads", ORACLE_PROMPT_LIMIT="many")
    assert done.returncode == 1
    assert "ORACLE_PROMPT_LIMIT" in done.stderr


def test_dry_run_shows_the_sql(run: Run) -> None:
    done = run("ask", "overdue follow-ups", "--dry-run")
    assert done.returncode == 0
    assert "SELECT" in done.stdout
    assert run("pages").stdout == ""


def test_pages_log_show_and_export(run: Run, tmp_path: Path) -> None:
    page = json.loads(run("ask", "leads by city", "--json").stdout)["page_id"]
    assert page in run("pages").stdout
    assert "leads by city" in run("log", page).stdout
    assert "Kolkata" in run("show", page).stdout
    target = tmp_path / "page.html"
    assert run("export", page, "--out", str(target)).returncode == 0
    assert "<!doctype html>" in target.read_text(encoding="utf-8").lower()
    exported = json.loads(run("export", page, "--format", "json").stdout)
    assert exported


def test_content_is_listed_and_checked(run: Run) -> None:
    assert "follow_ups" in run("templates", "overdue follow ups").stdout
    assert "crm.leads" in run("datasets").stdout
    shown = run("datasets", "crm.leads", "--as", "advisor").stdout
    assert "your leads" in shown
    checked = run("check")
    assert checked.returncode == 0, checked.stdout
    assert "0 errors" in checked.stderr


def test_token_and_doctor(run: Run) -> None:
    token = run("token", "--user", "asha", "--role", "analyst").stdout.strip()
    assert token.count(".") == 2
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "warehouse" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout or command == "demo"
