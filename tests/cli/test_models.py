"""`oracle providers`, `oracle route` and models under `oracle ask`, in processes of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit.testing import FakeModelServer, Play
from tests.cli.conftest import Run
from tests.llm.planning import as_text
from tests.llm.test_planner import POSH, POSH_STEP

DOCS = Path(__file__).parents[2] / "docs"
MODEL = "qwen3.6:35b-a3b"


@pytest.fixture
def ollama() -> Iterator[FakeModelServer]:
    with FakeModelServer(models=(MODEL,)) as server:
        server.always = Play(text=as_text(POSH_STEP, posh="luxury"))
        yield server


def plain(text: str) -> str:
    """A table's words in one line."""
    return " ".join(re.sub(r"[│┃━─┡┢╇┩├┼┤┏┓┳└┘┴]", " ", text).split())


def test_providers_says_what_is_wrong_and_wakes_a_cold_model_when_asked(
    run: Run, ollama: FakeModelServer
) -> None:
    ollama.models[MODEL]["loaded"] = False
    cold = run("providers", OLLAMA_HOST=ollama.address)
    assert cold.returncode == 0, cold.stderr
    assert "model_cold" in cold.stdout
    assert "unconfigured" in cold.stdout
    assert ollama.asked == []
    awake = run("providers", "--probe", "--wake", "--json", OLLAMA_HOST=ollama.address)
    (one, other) = json.loads(awake.stdout)["providers"]
    assert (one["id"], one["status"], other["status"]) == ("ollama", "online", "unconfigured")
    assert one["models"][0]["name"] == MODEL


def test_one_provider_and_what_cannot_be_looked_at(run: Run, ollama: FakeModelServer) -> None:
    one = run("providers", "ollama", "--json", OLLAMA_HOST=ollama.address)
    assert [each["status"] for each in json.loads(one.stdout)["providers"]] == ["online"]
    assert run("providers", "olama").returncode == 2
    assert run("providers", "--wake").returncode == 2
    absent = run("providers", "nemoclaw", "--probe")
    assert (absent.returncode, "not configured" in absent.stderr) == (1, True)
    denied = run("providers", "--probe", "--as", "analyst", OLLAMA_HOST=ollama.address)
    assert (denied.returncode, "may not" in denied.stderr) == (4, True)


def test_the_switch_is_set_shown_and_taken_away(run: Run) -> None:
    assert "no switch is set" in run("route").stdout
    put = run(
        "route", "--disable", "nemoclaw", "--set", "planning=ollama/tiny:1b", "--message", "invoice dispute"
    )
    assert put.returncode == 0, put.stderr
    told = plain(put.stdout)
    assert "planning any ollama (tiny:1b), then nemoclaw (switched off)" in told
    assert "planning: ollama, tiny:1b" in told
    assert "UTC: invoice dispute" in told
    kept = json.loads(run("route", "--enable", "nemoclaw", "--pin", "ollama", "--json").stdout)
    assert kept["switch"] == {
        "pin": "ollama",
        "disabled": [],
        "models": {"planning": {"provider": "ollama", "model": "tiny:1b"}},
    }
    assert (kept["change"], kept["changed_by"]) == (2, "operator")
    assert kept["policy"]["routes"][0]["order"] == ["nemoclaw", "ollama"]
    less = json.loads(run("route", "--unpin", "--unset", "planning", "--json").stdout)
    assert less["switch"] == {"pin": None, "disabled": [], "models": {}}
    again = json.loads(run("route", "--reset", "--json").stdout)
    assert again["change"] == less["change"]  # nothing was changed, so nothing is kept


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--pin", "ollma"), 2, "Did you mean ollama?"),
        (("--set", "cooking=ollama/tiny"), 2, "cooking"),
        (("--set", "planning"), 2, "WORKLOAD=PROVIDER/MODEL"),
        (("--disable", "ollama", "--as", "analyst"), 4, "operator"),
    ],
)
def test_what_the_switch_does_not_take(run: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = run("route", *arguments)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_ask_uses_the_model_that_it_is_told_to(run: Run, ollama: FakeModelServer) -> None:
    done = run("ask", POSH, "--private", "--json", OLLAMA_HOST=ollama.address)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["mode"]) == (3, "ollama_local")
    assert answer["blocks"][0]["source"]["model"] == MODEL
    shown = run("ask", POSH, "--provider", "ollama", "--model", MODEL, OLLAMA_HOST=ollama.address)
    assert MODEL in shown.stdout
    assert "is read as segment luxury by a model" in plain(shown.stdout)
    assert run("ask", "how many leads", "--provider", "olama").returncode == 2


def test_a_raw_public_address_is_refused_at_start(run: Run) -> None:
    refused = run("ask", "how many leads", OLLAMA_HOST="http://8.8.8.8:11434")
    assert refused.returncode == 1
    assert "OLLAMA_HOST: a raw public IP address is not taken" in refused.stderr
    assert "stable name" in refused.stderr
    told = run("doctor", OLLAMA_HOST="http://8.8.8.8:11434")
    assert "raw public IP address" in told.stdout


def test_every_option_that_the_documents_name_is_there(run: Run) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    for command in ("providers", "route"):
        helped = run(command, "--help").stdout
        for used in re.findall(rf"`oracle {command}([^`]*)`", text):
            for option in re.findall(r"--[a-z-]+", used):
                assert option in helped, (command, option)
