"""Batches of chats on a real Oracle and a model server that does as it is told, a hostile one too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.jobs.retrying import failure_of
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.router import ModelRouter
from oracle_kit.oracle import Oracle as Workbench
from oracle_kit.state.audit import audit_trail
from oracle_kit.state.job_tables import items
from oracle_kit.testing import FakeModelServer
from oracle_kit.testing.model_server import Play
from tests.jobs.desk import until
from tests.jobs.processes import free_port, start_models
from tests.llm.conftest import quick_policy


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as one:
        yield one


@pytest.fixture(scope="module")
def opened(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    one = open_oracle(Settings(warehouse_url=velocity_duckdb, home=tmp_path_factory.mktemp("chats")))
    yield one
    one.close()


@pytest.fixture
def oracle(opened: Oracle, server: FakeModelServer) -> Iterator[Oracle]:
    """The workbench with a router to this test's own model server."""
    policy = quick_policy()
    lanes = [Lane(one, policy) for one in open_providers({"OLLAMA_HOST": server.address}, policy)]
    router = ModelRouter(lanes, policy, opened._parts.state)
    one = Workbench(replace(opened._parts, router=router))
    yield one
    one.jobs.close()
    router.close()


def test_chats_are_answered_by_routing_of_batches(oracle: Oracle, server: FakeModelServer) -> None:
    server.always = Play(text="four", delay_s=0.05)
    analyst = oracle.viewer("analyst")
    batch = oracle.batch(
        [f"{n} and {n}?" for n in range(12)], viewer=analyst, job_type="chat", system_prompt="short"
    )
    job = batch.wait(progress=False)
    assert (job.status, job.provider, job.model) == ("completed", "ollama", "small")
    found = list(batch.results())
    assert {one.reply for one in found} == {"four"}
    assert {(one.provider, one.model) for one in found} == {("ollama", "small")}
    assert all(one.usage["completion_tokens"] for one in found)
    assert server.asked[0]["messages"][0] == {"role": "system", "content": "short"}
    assert server.most_in_flight <= 3, "one of four places is left to prompts and chats"
    sent = [one for one in audit_trail(oracle._parts.state, who="analyst") if one.action == "llm.sent"]
    assert len(sent) == 12


def test_an_answer_s_form_is_kept_and_what_never_fits_fails(oracle: Oracle, server: FakeModelServer) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    server.play(Play(text='{"n": 1}'), Play(text="no"), Play(text="no"))
    analyst = oracle.viewer("analyst")
    batch = oracle.batch(["a"], viewer=analyst, job_type="chat", response_format=schema)
    assert batch.wait(progress=False).status == "completed"
    assert [one.parsed for one in batch.results()] == [{"n": 1}]
    again = oracle.batch(["b"], viewer=analyst, job_type="chat", response_format=schema)
    assert again.wait(progress=False).status == "failed"
    assert [one.failure_class for one in again.results()] == ["invalid"]


def test_a_stored_reply_is_taken_where_the_job_may(oracle: Oracle, server: FakeModelServer) -> None:
    server.always = Play(text="once")
    analyst = oracle.viewer("analyst")
    oracle.batch(["the same"], viewer=analyst, job_type="chat").wait(progress=False)
    asked = len(server.asked)
    again = oracle.batch(["the same", "another"], viewer=analyst, job_type="chat", reuse=True)
    assert again.wait(progress=False).status == "completed"
    assert len(server.asked) == asked + 1
    assert {one.request_id: one.detail.get("reused") for one in again.results()} == {"0": True, "1": None}
    other = oracle.batch(["the same"], viewer=oracle.viewer("manager"), job_type="chat", reuse=True)
    other.wait(progress=False)
    assert len(server.asked) == asked + 2, "a reply is of one submitter"


def test_a_server_that_fails_now_and_then_is_asked_again(oracle: Oracle, server: FakeModelServer) -> None:
    server.always = Play(text="at last")
    server.play(
        *[Play(kind="status", status=503, body="{}"), Play(kind="cut"), Play(kind="status", status=500)] * 3
    )
    batch = oracle.batch([str(n) for n in range(6)], viewer=oracle.viewer("analyst"), job_type="chat")
    job = batch.wait(progress=False)
    assert (job.status, job.completed_count) == ("completed", 6)


def test_a_provider_that_is_down_for_a_while_is_waited_for(opened: Oracle) -> None:
    """Killed in the middle of answers, and for a while nobody listens there: no item fails of it."""
    port, policy = free_port(), quick_policy()
    models = start_models(port)
    lanes = [Lane(one, policy) for one in open_providers({"OLLAMA_HOST": f"http://127.0.0.1:{port}"}, policy)]
    router = ModelRouter(lanes, policy, opened._parts.state)
    oracle = Workbench(replace(opened._parts, router=router))
    try:
        batch = oracle.batch(
            [f"{n}?" for n in range(60)], viewer=oracle.viewer("analyst"), job_type="chat", model="small"
        )
        until(lambda: batch.job.completed_count > 5)
        models.kill()
        until(lambda: _was_away(oracle, batch.job_id))
        assert batch.job.failed_count == 0
        models = start_models(port)
        job = batch.wait(progress=False)
        assert (job.status, job.completed_count) == ("completed", 60)
    finally:
        models.kill()
        oracle.jobs.close()
        router.close()


def _was_away(oracle: Oracle, job_id: str) -> bool:
    """Whether items have found nobody to answer them, and are to be tried again."""
    waiting = sa.select(items.c.failure_class).where(items.c.job_id == job_id, items.c.status == "queued")
    with oracle._parts.state.read() as connection:
        return bool({"unreachable", "circuit_open"} & set(connection.execute(waiting).scalars()))


def test_a_cancel_closes_the_call(oracle: Oracle, server: FakeModelServer) -> None:
    server.always = Play(kind="hang")
    batch = oracle.batch(["for ever"], viewer=oracle.viewer("analyst"), job_type="chat", item_seconds=60)
    until(lambda: server.in_flight == 1)
    batch.cancel()
    assert batch.wait(progress=False).status == "cancelled"
    assert server.cancelled.wait(5)


def test_a_reply_that_floods_ends_as_a_failure(oracle: Oracle, server: FakeModelServer) -> None:
    server.play(Play(kind="flood"))
    server.always = Play(text="fine")
    batch = oracle.batch(["a", "b"], viewer=oracle.viewer("analyst"), job_type="chat", item_seconds=20)
    batch.wait(progress=False)
    classes = sorted(str(one.failure_class) for one in batch.results())
    assert classes == ["None", "too_long"]


def proposals(
    oracle: Oracle, server: FakeModelServer, actions: list[dict[str, Any]], role: str
) -> dict[str, Any]:
    server.always = Play(text=json.dumps({"reply": "done", "actions": actions}))
    allowed = ("intel.reminders.complete",)
    batch = oracle.batch(["go"], viewer=oracle.viewer(role), job_type="chat", actions=allowed)
    batch.wait(progress=False)
    (one,) = batch.results()
    detail: dict[str, Any] = {**one.detail, "status": one.status, "job_id": batch.job_id}
    return detail


def complete(reminder: Any, outcome: Any = "connected", **more: Any) -> dict[str, Any]:
    arguments = {"reminder_id": reminder, "outcome": outcome}
    return {"action": "intel.reminders.complete", "arguments": arguments, "reason": "said so", **more}


def reminder_of(oracle: Oracle, role: str) -> Any:
    listed = oracle.ask("list open reminders", viewer=oracle.viewer(role))
    return listed.blocks[0].rows[0][0]


def test_what_a_reply_proposes_waits_for_a_reviewer(oracle: Oracle, server: FakeModelServer) -> None:
    detail = proposals(oracle, server, [complete(reminder_of(oracle, "analyst"))], "analyst")
    (approval_id,) = detail["proposals"]
    approval = oracle.approvals.read(approval_id, viewer=oracle.viewer("reviewer"))
    assert (approval.status, approval.job_id, approval.request_id) == ("pending", detail["job_id"], "0")
    assert (approval.proposed_by, approval.reason) == ("analyst", "said so")


@pytest.mark.parametrize(
    "attack",
    [
        [{"action": "crm_users.delete", "arguments": {}, "reason": ""}],
        [{"action": "crm.leads.create_reminder", "arguments": {"lead_id": 1}, "reason": ""}],
        [complete("1; DROP TABLE crm_leads")],
        [complete(10**15)],
        [complete(1, "x'); DELETE FROM crm_leads; --")],
        [complete(1, table="crm_users")],
        [complete(1)] * 1_000,
    ],
)
def test_a_hostile_model_proposes_nothing(
    oracle: Oracle, server: FakeModelServer, attack: list[dict[str, Any]]
) -> None:
    reviewer = oracle.viewer("reviewer")
    before = oracle.approvals.list(viewer=reviewer, limit=200)[0]
    detail = proposals(oracle, server, attack, "analyst")
    assert not detail.get("proposals")
    assert oracle.approvals.list(viewer=reviewer, limit=200)[0] == before


def test_an_action_on_a_row_that_its_submitter_may_not_see(oracle: Oracle, server: FakeModelServer) -> None:
    own = reminder_of(oracle, "advisor")
    foreign = next(
        row[0]
        for row in oracle.ask("list open reminders", viewer=oracle.viewer("analyst")).blocks[0].rows
        if row[0]
        not in {
            one[0]
            for one in oracle.ask("list open reminders", viewer=oracle.viewer("advisor")).blocks[0].rows
        }
    )
    detail = proposals(oracle, server, [complete(foreign), complete(own)], "advisor")
    assert len(detail["proposals"]) == 1
    assert [one["code"] for one in detail["proposals_refused"]] == ["action_refused"]


def test_an_unforeseen_failure_says_nothing_of_its_inside() -> None:
    failure = failure_of(ValueError("secret of the house"), 1)
    assert (failure.kind, failure.reason, failure.pause_s) == ("unexpected", "ValueError", None)
