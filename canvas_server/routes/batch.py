"""`/api/runtime/llm/batch` and `/jobs`: batches, a contract of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from canvas_server import batch_answers as answers
from canvas_server.batch_in import taken_in
from canvas_server.deps import MADE_ID, Cursor, IdempotencyKey, Limit, TheOracle, TheViewer
from canvas_server.job_events import events_of
from canvas_server.parquet import parquet_file
from canvas_server.strict import StrictRoute
from oracle_kit import Oracle, Viewer

router = APIRouter(tags=["batches"], route_class=StrictRoute)
JobId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`job_…`")]
RequestId = Annotated[str, Path(max_length=200, description="as it was submitted")]
Name = Annotated[str | None, Query(max_length=200)]
ResultCursor = r"^[0-9]{1,18}-[0-9]{1,9}$"
After = Annotated[str | None, Query(pattern=ResultCursor, description="`next` of what came before")]
LastEvent = Annotated[str | None, Header(alias="Last-Event-ID", pattern=ResultCursor)]
Status = Literal[
    "queued", "running", "completed", "completed_with_errors", "failed", "cancelling", "cancelled"
]
TextSchema = {"schema": {"type": "string"}}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": answers.Results,
        "content": {
            "application/x-ndjson": TextSchema,
            "text/csv": TextSchema,
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
EVENT = {"type": "object", "properties": {name: {"type": "string"} for name in ("event", "id", "data")}}
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": EVENT}}}}


@router.post("/batch", status_code=202, response_model=answers.JobAnswer, openapi_extra=answers.BATCH_BODY)
async def submit(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    job_type: Annotated[
        str, Query(max_length=100, description="of lines: the job")
    ] = "oracle_canvas_planning",
    provider: Name = None,
    model: Name = None,
    page_id: Name = None,
    private: bool = False,
    reuse: bool = False,
    priority: Annotated[int, Query(ge=0, le=9)] = 5,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """A job, stored whole and answered at once; its items run later.

    JSON names the job beside its `items`; lines (`application/x-ndjson`) are items, and the query names the job.
    """
    asked = {
        "job_type": job_type,
        "provider": provider,
        "model": model,
        "page_id": page_id,
        "private": private,
        "reuse": reuse,
        "priority": priority,
    }
    job = await taken_in(request, oracle, viewer, asked, key)
    where = f"{request.url.path.removesuffix('/batch')}/jobs/{job.job_id}"
    return JSONResponse(job.model_dump(mode="json"), 202, {"Location": where})


@router.get("/jobs", response_model=answers.Jobs)
def list_jobs(
    oracle: TheOracle,
    viewer: TheViewer,
    status: Status | None = None,
    job_type: Name = None,
    mine: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JSONResponse:
    """My jobs, newest first; an operator's list has everybody's, unless `mine`."""
    found, following = oracle.jobs.list(
        viewer=viewer, status=status, job_type=job_type, mine=mine, limit=limit, cursor=cursor
    )
    return JSONResponse({"items": [job.model_dump(mode="json") for job in found], "next": following})


@router.get("/jobs/{job_id}", response_model=answers.JobAnswer)
def read_job(oracle: TheOracle, viewer: TheViewer, job_id: JobId) -> JSONResponse:
    """A job as it stands, its counts taken from its items."""
    return JSONResponse(oracle.jobs.read(job_id, viewer=viewer).model_dump(mode="json"))


@router.get("/jobs/{job_id}/results", response_model=answers.Results, responses=FILES)
def results(
    oracle: TheOracle,
    viewer: TheViewer,
    job_id: JobId,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: After = None,
    form: Annotated[Literal["json", "ndjson", "csv", "parquet"], Query(alias="format")] = "json",
    follow: Annotated[bool, Query(description="of lines: go on until the job has ended")] = False,
) -> Response:
    """Items that have ended, in the order in which they did: a page, or all of them as lines, CSV or Parquet."""
    found = oracle.jobs.results(job_id, viewer=viewer, after=cursor, limit=limit)
    if form == "json":
        following = found[-1].cursor if found else cursor
        return JSONResponse({"items": [one.model_dump(mode="json") for one in found], "next": following})
    if form == "csv":
        text = oracle.jobs.csv(job_id, viewer=viewer, after=cursor)
        return StreamingResponse(text, media_type="text/csv; charset=utf-8")
    if form == "parquet":
        file, after_it = parquet_file(oracle, viewer, job_id, cursor)
        kind = "application/vnd.apache.parquet"
        return FileResponse(file, media_type=kind, filename=f"{job_id}.parquet", background=after_it)
    lines = _lines(oracle, viewer, job_id, cursor, follow)
    return StreamingResponse(lines, media_type="application/x-ndjson")


def _lines(oracle: Oracle, viewer: Viewer, job_id: str, cursor: str | None, follow: bool) -> Iterator[str]:
    every = oracle.jobs.follow if follow else oracle.jobs.every_result
    for one in every(job_id, viewer=viewer, after=cursor):
        yield one.model_dump_json() + "\n"


@router.get("/jobs/{job_id}/items/{request_id}", response_model=answers.ResultAnswer)
def item(oracle: TheOracle, viewer: TheViewer, job_id: JobId, request_id: RequestId) -> JSONResponse:
    """One item as it stands: status, attempts, its reply or why it failed."""
    return JSONResponse(oracle.jobs.item(job_id, request_id, viewer=viewer).model_dump(mode="json"))


@router.post("/jobs/{job_id}/cancel", response_model=answers.JobAnswer)
def cancel(oracle: TheOracle, viewer: TheViewer, job_id: JobId) -> JSONResponse:
    """The job, of which nothing more begins; what is done stays. 409 where it has ended."""
    return JSONResponse(oracle.jobs.cancel(job_id, viewer=viewer).model_dump(mode="json"))


@router.post("/jobs/{job_id}/retry", response_model=answers.JobAnswer)
def retry(oracle: TheOracle, viewer: TheViewer, job_id: JobId) -> JSONResponse:
    """The job, whose failed items are queued again, and only those. 409 while it runs, or where none failed."""
    return JSONResponse(oracle.jobs.retry(job_id, viewer=viewer).model_dump(mode="json"))


@router.get("/jobs/{job_id}/events", response_class=Response, responses=STREAM)
async def events(
    oracle: TheOracle, viewer: TheViewer, job_id: JobId, last: LastEvent = None, after: After = None
) -> Response:
    """Server-Sent Events: `progress`, `item` as each ends, `end`. Reconnecting with `Last-Event-ID` misses nothing."""
    return await events_of(oracle, viewer, job_id, last or after)
