"""`component-templates/synthetic-jobs`: batches that propose more asks and templates for subchapters."""

from __future__ import annotations

from fastapi import APIRouter, Request

from canvas_server.batch_answers import JobAnswer, Jobs
from canvas_server.deps import Cursor, IdempotencyKey, Limit, TheOracle, TheViewer
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute
from canvas_server.synthetic_bodies import NewSyntheticJob

router = APIRouter(prefix="/component-templates/synthetic-jobs", tags=["taxonomy"], route_class=StrictRoute)


@router.post("", status_code=202, response_model=JobAnswer)
def submit(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewSyntheticJob, key: IdempotencyKey = None
) -> JsonAnswer:
    """A batch with an item for each subchapter; what it finds becomes proposals, and its results say what was dropped.

    Follow it under `/api/runtime/llm/jobs`, as its Location says.
    """
    job = oracle.synthesis.submit(
        body.chosen,
        viewer=viewer,
        key=key,
        provider=body.provider,
        model=body.model,
        private=body.private,
    )
    site = request.url.path.partition("/api/oracle/")[0]
    where = f"{site}/api/runtime/llm/jobs/{job.job_id}"
    return JsonAnswer(job.model_dump(mode="json"), 202, {"Location": where})


@router.get("", response_model=Jobs)
def listed(oracle: TheOracle, viewer: TheViewer, limit: Limit = 50, cursor: Cursor = None) -> JsonAnswer:
    """These batches, newest first: mine, and everybody's for an operator."""
    found, following = oracle.jobs.list(
        viewer=viewer, job_type=oracle.synthesis.job_type, limit=limit, cursor=cursor
    )
    return JsonAnswer({"items": [job.model_dump(mode="json") for job in found], "next": following})
