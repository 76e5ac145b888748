"""Approvals: proposed writes, read and decided."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from canvas_server import batch_answers as answers
from canvas_server.deps import MADE_ID, Cursor, Limit, TheOracle, TheViewer
from canvas_server.strict import StrictRoute

router = APIRouter(prefix="/approvals", tags=["approvals"], route_class=StrictRoute)
ApprovalId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`apr_…`")]
Name = Annotated[str | None, Query(max_length=200)]
Status = Literal["pending", "approved", "applied", "rejected", "stale", "expired", "failed"]


@router.get("", response_model=answers.Approvals)
def list_approvals(
    oracle: TheOracle,
    viewer: TheViewer,
    status: Status | None = None,
    action: Name = None,
    job_id: Name = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JSONResponse:
    """Proposed writes, newest first: all for a reviewer, my own otherwise."""
    found, following = oracle.approvals.list(
        viewer=viewer, status=status, action=action, job_id=job_id, limit=limit, cursor=cursor
    )
    return JSONResponse({"items": [one.model_dump(mode="json") for one in found], "next": following})


@router.post("", status_code=201, response_model=answers.ApprovalAnswer)
def propose(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: answers.ProposedAction
) -> JSONResponse:
    """A pending write of a declared action; nothing is written before somebody else approves."""
    made = oracle.approvals.propose(body.action, body.arguments, viewer=viewer, reason=body.reason)
    where = f"{request.url.path}/{made.approval_id}"
    return JSONResponse(made.model_dump(mode="json"), 201, {"Location": where})


@router.post("/reviews", response_model=answers.ReviewedApprovals)
def review_several(oracle: TheOracle, viewer: TheViewer, body: answers.Reviews) -> JSONResponse:
    """Several decided alike, each by itself: what came of each."""
    found = oracle.approvals.review_many(body.approval_ids, body.verdict, viewer=viewer, comment=body.comment)
    return JSONResponse({"items": [one.model_dump(mode="json") for one in found]})


@router.get("/{approval_id}", response_model=answers.ApprovalAnswer)
def read_approval(oracle: TheOracle, viewer: TheViewer, approval_id: ApprovalId) -> JSONResponse:
    """One proposed write: what, why, from which job item, what is and what would be."""
    return JSONResponse(oracle.approvals.read(approval_id, viewer=viewer).model_dump(mode="json"))


@router.post("/{approval_id}/review", response_model=answers.ApprovalAnswer)
def review(
    oracle: TheOracle, viewer: TheViewer, approval_id: ApprovalId, body: answers.Review
) -> JSONResponse:
    """The decision, carried out: applied, or stale where the row has changed since; 409 where it was decided before."""
    done = oracle.approvals.review(approval_id, body.verdict, viewer=viewer, comment=body.comment)
    return JSONResponse(done.model_dump(mode="json"))
