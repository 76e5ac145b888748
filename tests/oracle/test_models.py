"""Model rungs in a whole Oracle: who is asked, what the page says of it, and what is on record afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from rich.console import Console

from oracle_kit import NotFound, Oracle, Settings, Viewer, open_oracle
from oracle_kit.canvas.terminal import block_text
from oracle_kit.evaluate.cases import load_cases
from oracle_kit.ids import new_id
from oracle_kit.state.tables import audit, runs
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import QUICK, quick_policy
from tests.llm.planning import as_text, step
from tests.llm.test_planner import POSH, POSH_STEP

DEVSET = Path(__file__).parents[2] / "benchmarks" / "devset.jsonl"
KNOWN = "how many units in Kolkata"
PLANNED = Play(text=as_text(POSH_STEP, posh="luxury"))


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FakeModelServer, FakeModelServer]]:
    with FakeModelServer() as ollama, FakeModelServer(key="key-of-nemoclaw") as nemoclaw:
        yield ollama, nemoclaw


@pytest.fixture(scope="module")
def opened(
    velocity_duckdb: str,
    tmp_path_factory: pytest.TempPathFactory,
    servers: tuple[FakeModelServer, FakeModelServer],
) -> Iterator[Oracle]:
    """An Oracle on both fake servers, under the short times of tests; a first token may take its time."""
    home = tmp_path_factory.mktemp("models")
    file = home / "policy.yaml"
    never = {"failures": 1_000, "open": 0.3, "most_open": 0.6}  # no circuit opens
    times = {**QUICK, "first_token": 2.0, "total": 10.0}
    policy = quick_policy(deadlines=times, circuit=never).model_dump(mode="json")
    file.write_text(yaml.safe_dump(policy, sort_keys=False), encoding="utf-8")
    state = f"sqlite:///{home / 'state.sqlite'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLLAMA_HOST", servers[0].address)
        patch.setenv("NEMOCLAW_API_URL", servers[1].address)
        patch.setenv("NEMOCLAW_API_KEY", "key-of-nemoclaw")
        oracle = open_oracle(
            Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, llm_policy=file)
        )
    yield oracle
    oracle.close()


@pytest.fixture
def ollama(servers: tuple[FakeModelServer, FakeModelServer]) -> FakeModelServer:
    servers[0].afresh()
    servers[0].always = PLANNED
    return servers[0]


@pytest.fixture
def nemoclaw(servers: tuple[FakeModelServer, FakeModelServer]) -> FakeModelServer:
    servers[1].afresh()
    servers[1].always = PLANNED
    return servers[1]


@pytest.fixture
def models(opened: Oracle, ollama: FakeModelServer, nemoclaw: FakeModelServer) -> Oracle:
    """The Oracle of this module with both providers well."""
    router = opened._parts.router
    assert router is not None
    for lane in router.lanes.values():
        lane.circuit.succeeded()
    return opened


@pytest.fixture
def ana(models: Oracle) -> Viewer:
    """An analyst of this test's own, who has asked nothing yet."""
    return models.viewer("analyst").model_copy(update={"id": new_id("user")})


def rows(oracle: Oracle, table: sa.Table, *which: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
    """The rows of a state table, oldest first."""
    with oracle._parts.state.read() as connection:
        return list(connection.execute(sa.select(table).where(*which)).mappings())


def runs_of(oracle: Oracle, viewer: Viewer) -> list[sa.RowMapping]:
    """The runs that a viewer asked for."""
    return rows(oracle, runs, runs.c.requested_by == viewer.id)


def sent_for(oracle: Oracle, viewer: Viewer) -> list[sa.RowMapping]:
    """What left the process for a viewer."""
    return rows(oracle, audit, audit.c.who == viewer.id, audit.c.action == "llm.sent")


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
    (run,) = runs_of(models, ana)
    assert (run["kind"], run["provider"], run["model"], run["mode"]) == (
        "prompt",
        "ollama",
        "small",
        "ollama_local",
    )
    (sent,) = sent_for(models, ana)
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
    (run,) = runs_of(models, ana)
    assert (run["provider"], run["mode"]) == (None, "deterministic_fallback")
    assert len(sent_for(models, ana)) == 4  # each once more, to mend or after a timeout


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
    assert models.pages.list(viewer=ana)[0] == ()
    assert len(sent_for(models, ana)) == len(runs_of(models, ana)) == 1
    models.dry_run(KNOWN, viewer=ana)
    assert len(runs_of(models, ana)) == 1


def test_prompts_that_wait_for_models_keep_no_other_waiting(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    """Far more prompts wait than the warehouse has connections; each has looked a name up before."""
    ollama.always = nemoclaw.always = Play(kind="hang")
    waiting, ended = threading.Semaphore(0), []

    def wait() -> None:
        models.ask("posh leads of Sunil", viewer=ana, on_wait=lambda _: waiting.release())
        ended.append(1)

    threads = [threading.Thread(target=wait) for _ in range(40)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=60)
    assert models.ask(KNOWN, viewer=ana).status == "answered"
    assert len(ended) < len(threads)
    for thread in threads:
        thread.join()


def test_the_same_key_asks_no_model_again(models: Oracle, ana: Viewer) -> None:
    first = models.ask(POSH, viewer=ana, key="once")
    again = models.ask(POSH, viewer=ana, key="once")
    assert (again.run_id, again.mode) == (first.run_id, "ollama_local")
    assert len(sent_for(models, ana)) == 1


def test_modes_now_are_told(models: Oracle, ana: Viewer, ollama: FakeModelServer) -> None:
    modes = ["codebook_retrieval", "nemoclaw_hosted", "ollama_local", "deterministic_fallback"]
    assert models.me(viewer=ana)["modes"] == modes


def test_with_models_off_the_codebook_answers_the_same(
    models: Oracle, ana: Viewer, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    """Models that would answer everything change nothing of what the codebook answers."""
    off = Oracle(replace(models._parts, router=None))
    compared = 0
    for case in load_cases(DEVSET)[::30]:
        viewer = models.viewer(case.viewer).model_copy(update={"id": ana.id})
        without = off.ask(case.prompt, viewer=viewer)
        if without.mode != "codebook_retrieval":
            continue
        on = models.ask(case.prompt, viewer=viewer)
        compared += 1
        assert on.revision is not None
        assert without.revision is not None
        assert on.revision.blocks_digest == without.revision.blocks_digest
    assert compared >= 10
    assert ollama.asked == nemoclaw.asked == []
