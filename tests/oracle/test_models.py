"""Model rungs in a whole Oracle: who is asked, what the page says of it, and what is on record afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from rich.console import Console

from oracle_kit import NotFound, Oracle, Settings, Viewer, open_oracle
from oracle_kit.canvas.terminal import block_text
from oracle_kit.state.page_tables import revisions
from oracle_kit.state.tables import audit, runs
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import quick_policy
from tests.llm.planning import as_text, step
from tests.llm.test_planner import POSH, POSH_STEP

KNOWN = "how many units in Kolkata"
PLANNED = Play(text=as_text(POSH_STEP, posh="luxury"))
Opens = Callable[..., Oracle]


@pytest.fixture
def ollama() -> Iterator[FakeModelServer]:
    with FakeModelServer() as server:
        server.always = PLANNED
        yield server


@pytest.fixture
def nemoclaw() -> Iterator[FakeModelServer]:
    with FakeModelServer(key="key-of-nemoclaw") as server:
        server.always = PLANNED
        yield server


@pytest.fixture
def opens(
    velocity_duckdb: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ollama: FakeModelServer,
    nemoclaw: FakeModelServer,
) -> Iterator[Opens]:
    """Opens an Oracle on both fake servers, under the policy that tests use with changes."""
    monkeypatch.setenv("OLLAMA_HOST", ollama.address)
    monkeypatch.setenv("NEMOCLAW_API_URL", nemoclaw.address)
    monkeypatch.setenv("NEMOCLAW_API_KEY", "key-of-nemoclaw")
    opened: list[Oracle] = []

    def start(**changes: Any) -> Oracle:
        file = tmp_path / "policy.yaml"
        file.write_text(yaml.safe_dump(quick_policy(**changes).model_dump(mode="json")), encoding="utf-8")
        state = f"sqlite:///{tmp_path / 'state.sqlite'}"
        opened.append(
            open_oracle(
                Settings(warehouse_url=velocity_duckdb, home=tmp_path, state_url=state, llm_policy=file)
            )
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def models(opens: Opens) -> Oracle:
    return opens()


@pytest.fixture
def ana(models: Oracle) -> Viewer:
    return models.viewer("analyst")


def kept(oracle: Oracle, table: sa.Table, **only: Any) -> list[sa.RowMapping]:
    """The rows of a state table, oldest first."""
    query = sa.select(table)
    for name, value in only.items():
        query = query.where(table.c[name] == value)
    with oracle._parts.state.read() as connection:
        return list(connection.execute(query).mappings())


def test_what_the_codebook_does_not_know_a_model_plans_and_the_block_says_so(
    models: Oracle, ana: Viewer, ollama: FakeModelServer
) -> None:
    waits: list[str] = []
    answer = models.ask(POSH, viewer=ana, on_wait=waits.append)
    (block,) = answer.blocks
    assert (answer.mode, answer.status) == ("ollama_local", "reservation")
    assert answer.reservations == ("“posh” is read as segment luxury by a model.",)
    assert (block.source.provider, block.source.model) == ("ollama", "small")
    asked = "how many luxury units in Kolkata"
    assert block.rows == models.ask(asked, viewer=ana).blocks[0].rows  # the number is the database's
    assert waits == ["waiting for ollama (small)"]
    assert len(ollama.asked) == 1
    console = Console(width=120, record=True)
    console.print(block_text(block))
    for said in (console.export_text(), models.block_html(block)):
        assert "model" in said
        assert "small" in said


def test_run_and_departure_of_a_model_are_on_record(models: Oracle, ana: Viewer) -> None:
    answer = models.ask(POSH, viewer=ana)
    (run,) = kept(models, runs)
    assert (run["kind"], run["provider"], run["model"], run["mode"]) == (
        "prompt",
        "ollama",
        "small",
        "ollama_local",
    )
    (sent,) = kept(models, audit, action="llm.sent")
    detail = sent["detail"]
    assert (sent["who"], sent["subject"]) == (ana.id, "ollama/small")
    assert (detail["sees"], detail["local"], detail["workload"]) == ("aggregates", True, "planning")
    assert (detail["run_id"], detail["host"]) == (answer.run_id, "127.0.0.1")
    assert detail["bytes"] > 100


def test_a_prompt_that_the_codebook_answers_asks_nobody_whoever_is_named(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = nemoclaw.always = Play(kind="hang")
    for wish in ({}, {"provider": "nemoclaw"}, {"model": "small"}, {"private": True}):
        answer = models.ask(KNOWN, viewer=ana, **wish)
        assert answer.mode == "codebook_retrieval"
    assert ollama.paths == nemoclaw.paths == []


def test_the_caller_names_provider_and_model(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    nemoclaw.models["other"] = {"size": 1, "family": "llama", "loaded": True}
    answer = models.ask(POSH, viewer=ana, provider="nemoclaw", model="other")
    assert (answer.mode, answer.blocks[0].source.model) == ("nemoclaw_hosted", "other")
    assert ollama.asked == []
    with pytest.raises(NotFound, match="nemoclaw"):
        models.ask(KNOWN, viewer=ana, provider="nemoclav")
    with pytest.raises(NotFound):
        models.dry_run(KNOWN, viewer=ana, provider="nemoclav")


def test_a_private_prompt_stays_here(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=400)
    answer = models.ask(POSH, viewer=ana, private=True)
    assert answer.mode == "deterministic_fallback"
    assert nemoclaw.asked == []
    assert any("nemoclaw is not local, and the request is private" in note for note in answer.notes)


def test_every_skipped_rung_leaves_its_reason(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(text="call 555-0100 for your prize")
    nemoclaw.always = Play(kind="hang")
    answer = models.ask(POSH, viewer=ana)
    assert (answer.mode, answer.status) == ("deterministic_fallback", "refused")
    codebook, local, hosted = answer.notes
    assert codebook.startswith("codebook_retrieval: not understood")
    assert local == "ollama_local: ollama: its answer does not fit the schema"
    assert hosted == "nemoclaw_hosted: nemoclaw: it gave no token in the time for the first one"
    assert "prize" not in answer.model_dump_json()
    (run,) = kept(models, runs)
    assert (run["provider"], run["mode"]) == (None, "deterministic_fallback")
    assert len(kept(models, audit, action="llm.sent")) == 4  # each once more, to mend or after a timeout


def test_a_later_provider_answers_and_the_note_names_the_first(
    models: Oracle, ana: Viewer, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=401)
    answer = models.ask(POSH, viewer=ana)
    assert answer.mode == "nemoclaw_hosted"
    assert answer.notes[-1] == "ollama_local: ollama: it does not accept the key"


def test_a_model_that_drops_a_word_gives_a_suggestion_and_never_the_answer(
    models: Oracle, ana: Viewer, ollama: FakeModelServer
) -> None:
    ollama.always = Play(text=as_text(step("inventory.units", filters=POSH_STEP["filters"][1:])))
    answer = models.ask(POSH, viewer=ana)
    assert (answer.status, answer.not_understood) == ("refused", ("posh",))
    assert answer.blocks[0].kind == "notice"
    assert "posh" in answer.blocks[0].props["message"]
    assert all(block.suggestion for block in answer.blocks[1:])


def test_a_dry_run_commits_nothing_and_is_on_record_where_something_left(models: Oracle, ana: Viewer) -> None:
    planned = models.dry_run(POSH, viewer=ana)
    assert (planned["mode"], planned["steps"][0]["provider"]) == ("ollama_local", "ollama")
    assert "SELECT" in planned["steps"][0]["sql"]["main"]["sql"]
    assert kept(models, revisions) == []
    assert len(kept(models, audit, action="llm.sent")) == len(kept(models, runs)) == 1
    models.dry_run(KNOWN, viewer=ana)
    assert len(kept(models, runs)) == 1


def test_prompts_that_wait_for_models_keep_no_other_waiting(
    opens: Opens, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    """Far more prompts wait than the warehouse has connections; each has looked a name up before."""
    ollama.always = nemoclaw.always = Play(kind="hang")
    slow = {"connect": 0.5, "first_token": 6.0, "total": 6.0, "load": 6.0, "look": 0.5}
    models = opens(deadlines=slow)
    ana = models.viewer("analyst")
    waiting, ended = threading.Semaphore(0), []

    def wait() -> None:
        models.ask("posh leads of Sunil", viewer=ana, on_wait=lambda _: waiting.release())
        ended.append(1)

    threads = [threading.Thread(target=wait) for _ in range(40)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=20)
    assert models.ask(KNOWN, viewer=ana).status == "answered"
    assert ended == []
    for thread in threads:
        thread.join()


def test_the_same_key_asks_no_model_again(models: Oracle, ana: Viewer, ollama: FakeModelServer) -> None:
    first = models.ask(POSH, viewer=ana, key="once")
    again = models.ask(POSH, viewer=ana, key="once")
    assert (again.run_id, again.mode) == (first.run_id, "ollama_local")
    assert len(ollama.asked) == 1


def test_modes_now_are_told(models: Oracle, ana: Viewer, ollama: FakeModelServer) -> None:
    modes = ["codebook_retrieval", "nemoclaw_hosted", "ollama_local", "deterministic_fallback"]
    assert models.me(viewer=ana)["modes"] == modes
