"""The job type `template_synthesis`: more asks and templates for a subchapter, as proposals, with what was dropped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from oracle_kit import NotFound, NotPermitted, Oracle, Settings, open_oracle
from oracle_kit.jobs.job import Job, JobAsked, Result
from oracle_kit.jobs.spool import BatchRefused
from oracle_kit.jobs.synthesis_type import Chosen
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.router import ModelRouter
from oracle_kit.oracle import Oracle as Workbench
from oracle_kit.state.audit import audit_trail
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import quick_policy

HOME = "leads.sources"


def run(oracle: Oracle, *subchapters: str, **options: Any) -> tuple[Job, tuple[Result, ...]]:
    """The job, ended, and its results."""
    author = oracle.viewer("author")
    chosen = [Chosen(subchapter=one, **options) for one in subchapters]
    job = oracle.synthesis.submit(chosen, viewer=author)
    oracle.jobs.start_worker(threads=1)
    end = time.monotonic() + 120
    while not (job := oracle.jobs.read(job.job_id, viewer=author)).ended:
        assert time.monotonic() < end, "the job did not end in time"
        time.sleep(0.1)
    return job, oracle.jobs.results(job.job_id, viewer=author)


@pytest.fixture(scope="module")
def grown(drafting: Oracle) -> tuple[Job, Result]:
    """One subchapter, worked."""
    job, (result,) = run(drafting, HOME, asks=1, templates=1)
    return job, result


def test_survivors_become_proposals_that_a_reviewer_may_publish(
    drafting: Oracle, grown: tuple[Job, Result]
) -> None:
    job, result = grown
    assert (job.status, result.status) == ("completed", "succeeded"), result.failure_reason
    made = result.parsed["proposed"]
    assert {one["new"] for one in made} == {True, False}
    reviewer, author = drafting.viewer("reviewer"), drafting.viewer("author")
    found, _ = drafting.approvals.list(viewer=reviewer, job_id=job.job_id)
    assert [one.approval_id for one in found][::-1] == result.detail["proposals"]
    assert {one.proposed_by for one in found} == {"author"}
    for one, approval in zip(made, found[::-1], strict=True):
        assert approval.arguments == {"template_id": one["template_id"], "text": one["text"]}
    done = drafting.approvals.review_many(result.detail["proposals"], "approve", viewer=reviewer)
    assert {one.approval.status for one in done if one.approval} == {"applied"}
    try:
        for one in made:
            ask = one["asks"][-1]
            answer = drafting.ask(ask, viewer=drafting.viewer("analyst"))
            assert answer.blocks[0].template_id == one["template_id"], ask
            assert answer.status == "answered"
    finally:
        for one in made:
            drafting.templates.retire(one["template_id"], viewer=author)


def test_what_templates_had_stays_and_the_new_asks_are_theirs_alone(
    drafting: Oracle, grown: tuple[Job, Result]
) -> None:
    _, result = grown
    author = drafting.viewer("author")
    every = {ask: one.id for one in drafting.templates.search(viewer=author) for ask in one.asks}
    for one in (one for one in result.parsed["proposed"] if not one["new"]):
        was = drafting.templates.read(one["template_id"], viewer=author)
        asks = yaml.safe_load(one["text"])["asks"]
        assert (asks[: len(was.asks)], asks[len(was.asks) :]) == ([*was.asks], one["asks"])
        assert not set(one["asks"]) & set(every)


def test_the_evaluation_set_is_asked_without_and_with_them(grown: tuple[Job, Result]) -> None:
    _, result = grown
    found = result.parsed["evaluation"]
    assert found["before"] == {
        "cases": 2,
        "right": 0.5,
        "wrong_unwarned": 0 if found["before"]["right"] == 1 else 1,
    }
    assert found["after"]["cases"] == 2
    assert found["changed"] == []


def test_what_is_near_to_an_evaluation_prompt_is_dropped_with_the_reason(
    velocity_duckdb: str, tmp_path: Path
) -> None:
    cases = [{"id": "one", "prompt": "enquiries by source", "expect": "refuse"}]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    settings = Settings(warehouse_url=velocity_duckdb, home=tmp_path, evaluation=tmp_path / "cases.jsonl")
    oracle = open_oracle(settings)
    _, (result,) = run(oracle, HOME, asks=1, templates=0, evaluate=False)
    oracle.close()
    reasons = {one["text"]: one["reason"] for one in result.parsed["dropped"]}
    assert "evaluation prompt “enquiries by source”" in reasons["enquiries by source"]
    assert result.parsed["evaluation"] is None
    assert not any("enquiries by source" in one["asks"] for one in result.parsed["proposed"])


def test_who_may_not_and_what_is_not_there(drafting: Oracle) -> None:
    author, analyst = drafting.viewer("author"), drafting.viewer("analyst")
    with pytest.raises(NotFound, match=r"leads\.sources"):
        drafting.synthesis.submit([Chosen(subchapter="leads.source")], viewer=author)
    with pytest.raises(NotPermitted):
        drafting.synthesis.submit([Chosen(subchapter=HOME)], viewer=analyst)
    job = JobAsked(job_type="template_synthesis")
    with pytest.raises(NotPermitted):
        drafting.jobs.submit_items(job, [("1", HOME)], viewer=analyst)
    for wrong in ('{"subchapter": 1}', "{", "", '{"subchapter": "leads.sources", "asks": 1000}'):
        with pytest.raises(BatchRefused):
            drafting.jobs.submit_items(job, [("1", wrong or " ")], viewer=author)
    for given in ({"reuse": True}, {"page_id": "page_0"}, {"temperature": 1.0}):
        with pytest.raises(BatchRefused):
            drafting.jobs.submit_items(job.model_copy(update=given), [("1", HOME)], viewer=author)


@pytest.fixture
def with_model(drafting: Oracle) -> Iterator[tuple[Oracle, FakeModelServer]]:
    """The workbench with a model that says whatever the test has it say."""
    drafting.jobs.close()  # its worker knows no model, and would take the items
    policy = quick_policy()
    with FakeModelServer() as server:
        lanes = [Lane(one, policy) for one in open_providers({"OLLAMA_HOST": server.address}, policy)]
        router = ModelRouter(lanes, policy, drafting._parts.state)
        oracle = Workbench(replace(drafting._parts, router=router, evaluation=None))
        yield oracle, server
        oracle.jobs.close()
        router.close()


def test_a_model_s_words_are_kept_where_they_are_understood_alike(
    with_model: tuple[Oracle, FakeModelServer],
) -> None:
    oracle, server = with_model
    said = {"asks": ["drop table leads", "zebra by source", "how many units are unsold"]}
    server.always = Play(text=json.dumps(said))
    _, (result,) = run(oracle, HOME, asks=1, templates=0)
    assert (result.status, result.provider) == ("succeeded", "ollama"), result.failure_reason
    reasons = {one["text"]: one["reason"] for one in result.parsed["dropped"]}
    assert "zebra" in reasons["zebra by source"]
    assert "drop table leads" in reasons
    assert reasons["how many units are unsold"] == "it reads as something else"
    assert not any(set(said["asks"]) & set(one["asks"]) for one in result.parsed["proposed"])
    sent = [one.subject for one in audit_trail(oracle._parts.state) if one.action == "llm.sent"]
    assert sent
