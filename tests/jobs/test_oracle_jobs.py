"""Batches of a whole Oracle: planning with no model, pages, rights, clocks, keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle_kit import Conflict, NotFound, NotPermitted, Oracle, Settings, open_oracle
from oracle_kit.errors import KeyReused
from oracle_kit.jobs.job import JobAsked
from oracle_kit.jobs.spool import BatchRefused

PROMPTS = ("Show overdue high-QD follow-ups", "pipeline by city", "leads by stage")


@pytest.fixture
def oracle(velocity_duckdb: str, tmp_path: Path) -> Iterator[Oracle]:
    opened = open_oracle(Settings(warehouse_url=velocity_duckdb, home=tmp_path))
    yield opened
    opened.close()


def submit(oracle: Oracle, role: str = "analyst", key: str | None = None, **asked: Any) -> str:
    lines = [
        {"request_id": str(n), "messages": [{"role": "user", "content": p}]} for n, p in enumerate(PROMPTS)
    ]
    with oracle.jobs.spool("ndjson") as spool:
        spool.add("\n".join(map(json.dumps, lines)).encode())
        job = JobAsked(**{"job_type": "oracle_canvas_planning", **asked})
        return oracle.jobs.submit(spool, viewer=oracle.viewer(role), asked=job, key=key).job_id


def test_prompts_are_planned_with_no_model(oracle: Oracle) -> None:
    analyst = oracle.viewer("analyst")
    batch = oracle.batch(PROMPTS, viewer=analyst)
    job = batch.wait(progress=False)
    assert (job.status, job.completed_count, job.provider, job.model) == ("completed", 3, "none", "none")
    found = {one.request_id: one for one in batch.results()}
    assert found["1"].detail["mode"] == "codebook_retrieval"
    assert found["1"].parsed["steps"][0]["queries"]["main"]["dataset"] == "crm.opportunities"
    assert "sql" not in found["1"].parsed["steps"][0]
    assert found["1"].content_digest == job.content_digest
    assert list(batch.to_pandas()["status"]) == ["succeeded"] * 3
    assert oracle.batch(viewer=analyst, job_id=batch.job_id).job == batch.job


def test_with_a_page_the_blocks_are_committed_once(oracle: Oracle) -> None:
    analyst = oracle.viewer("analyst")
    page = oracle.pages.create("Batch", viewer=analyst)
    batch = oracle.batch(PROMPTS, viewer=analyst, page=page.id)
    assert batch.wait(progress=False).status == "completed"
    revisions, _ = oracle.pages.revisions(page.id, viewer=analyst)
    prompts = [one.prompt for one in revisions if one.kind == "prompt"]
    assert sorted(map(str, prompts)) == sorted(PROMPTS)
    result = oracle.jobs.item(batch.job_id, "1", viewer=analyst)
    assert result.parsed["page_id"] == page.id
    assert result.parsed["revision"] in {one.id for one in revisions}
    assert "rows" not in json.dumps(result.parsed)


def test_the_rights_are_the_submitter_s(oracle: Oracle) -> None:
    with pytest.raises(NotPermitted):
        submit(oracle, "viewer")
    page = oracle.pages.create("Mine", viewer=oracle.viewer("analyst"))
    batch = oracle.batch(PROMPTS, viewer=oracle.viewer("manager"), page=page.id)
    job = batch.wait(progress=False)
    assert job.status == "failed"
    assert {one.failure_class for one in batch.results()} == {"not_found"}


def test_who_may_see_a_job(oracle: Oracle) -> None:
    job_id = submit(oracle)
    with pytest.raises(NotFound):
        oracle.jobs.read(job_id, viewer=oracle.viewer("manager"))
    operator = oracle.viewer("operator")
    assert oracle.jobs.read(job_id, viewer=operator).submitted_count == 3
    with pytest.raises(NotFound):
        oracle.jobs.results(job_id, viewer=operator)
    with pytest.raises(NotFound):
        oracle.jobs.item(job_id, "0", viewer=operator)
    assert [job.job_id for job in oracle.jobs.list(viewer=operator)[0]] == [job_id]
    assert oracle.jobs.list(viewer=oracle.viewer("manager"))[0] == ()
    assert oracle.jobs.cancel(job_id, viewer=operator).status == "cancelled"
    with pytest.raises(Conflict):
        oracle.jobs.cancel(job_id, viewer=operator)
    assert oracle.jobs.results(job_id, viewer=oracle.viewer("admin"))[0].status == "cancelled"


def test_the_same_key_gives_the_same_job_and_another_batch_is_refused(oracle: Oracle) -> None:
    first = submit(oracle, key="k1")
    assert submit(oracle, key="k1") == first
    with pytest.raises(KeyReused):
        submit(oracle, key="k1", priority=9)
    assert submit(oracle, "manager", key="k1") != first
    assert oracle.jobs.read(first, viewer=oracle.viewer("analyst")).idempotency_key == "k1"


def test_a_chat_without_a_provider_fails_with_the_reason(oracle: Oracle) -> None:
    batch = oracle.batch(["hello"], viewer=oracle.viewer("analyst"), job_type="chat")
    job = batch.wait(progress=False)
    assert (job.status, job.provider) == ("failed", "none")
    (one,) = batch.results()
    assert one.failure_class == "unconfigured"
    assert oracle.jobs.retry(job.job_id, viewer=oracle.viewer("analyst")).queued_count == 1


def test_what_planning_does_not_take_is_named(oracle: Oracle) -> None:
    with pytest.raises(BatchRefused, match="temperature"):
        submit(oracle, temperature=0.5)
    with pytest.raises(BatchRefused, match="oracle_canvas_planning"):
        submit(oracle, job_type="oracle_canvas_planing")


def test_another_process_goes_on_where_this_one_stopped(velocity_duckdb: str, tmp_path: Path) -> None:
    settings = Settings(warehouse_url=velocity_duckdb, home=tmp_path)
    first = open_oracle(settings)
    job_id = submit(first)
    first.close()
    second = open_oracle(settings)
    batch = second.batch(viewer=second.viewer("analyst"), job_id=job_id)
    assert batch.wait(progress=False).completed_count == 3
    second.close()
