"""Merge requests: asked for, read with live decisions, discussed, reviewed, merged."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request

from canvas_server import answers_reviews as answers
from canvas_server.bodies_reviews import NewMergeRequest, RequestClosing, RequestComment, RequestReview
from canvas_server.deps import (
    MADE_ID,
    Cursor,
    IdempotencyKey,
    IfMatch,
    Limit,
    TheOracle,
    TheViewer,
    heads_etag,
    heads_of,
)
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute
from oracle_kit import OpenedRequest

router = APIRouter(prefix="/merge-requests", tags=["merge requests"], route_class=StrictRoute)
RequestId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`mr_…`")]
OfPage = Annotated[str | None, Query(max_length=100, pattern=MADE_ID, description="from or into this page")]
ByAuthor = Annotated[str | None, Query(max_length=200)]
NOTHING = RequestClosing()  # of a request without a body
State = Literal["open", "changes_requested", "approved", "merged", "rejected", "closed", "stale"]


@router.get("", response_model=answers.MergeRequests)
def list_merge_requests(
    oracle: TheOracle,
    viewer: TheViewer,
    page: OfPage = None,
    author: ByAuthor = None,
    state: State | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JsonAnswer:
    """The requests between pages that I may read, newest first, as they were last looked at."""
    found, following = oracle.reviews.list(
        viewer=viewer, page=page, author=author, state=state, limit=limit, cursor=cursor
    )
    return JsonAnswer({"items": [one.model_dump(mode="json") for one in found], "next": following})


@router.post("", status_code=201, response_model=answers.MergeRequestShown)
def create_merge_request(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    body: NewMergeRequest,
    key: IdempotencyKey = None,
) -> JsonAnswer:
    """A request that one page takes over what another did; I edit one of the two and read both."""
    made = oracle.reviews.create(
        body.source, body.target, viewer=viewer, title=body.title, message=body.message, key=key
    )
    return _shown(made, 201, {"Location": f"{request.url.path}/{made.id}"})


@router.get("/{request_id}", response_model=answers.MergeRequestShown)
def read_merge_request(oracle: TheOracle, viewer: TheViewer, request_id: RequestId) -> JsonAnswer:
    """The request with its decisions as the two pages stand, and what was said of it."""
    return _shown(oracle.reviews.read(request_id, viewer=viewer))


@router.post("/{request_id}/comments", status_code=201, response_model=answers.MergeRequestShown)
def comment(
    oracle: TheOracle,
    viewer: TheViewer,
    request_id: RequestId,
    body: RequestComment,
    key: IdempotencyKey = None,
) -> JsonAnswer:
    """The request with a comment and, from its author and its reviewers, conflicts settled."""
    done = oracle.reviews.comment(
        request_id, body.comment, viewer=viewer, resolutions=body.resolutions, key=key
    )
    return _shown(done, 201)


@router.post("/{request_id}/review", response_model=answers.MergeRequestShown)
def review(
    oracle: TheOracle,
    viewer: TheViewer,
    request_id: RequestId,
    body: RequestReview,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> JsonAnswer:
    """The request after a verdict; approving merges it, 409 with the conflicts where some are not settled.

    With If-Match, the ETag that the request was read with, 412 where one of the two pages moved on since.
    """
    done = oracle.reviews.review(
        request_id,
        body.verdict,
        viewer=viewer,
        comment=body.comment,
        resolutions=body.resolutions,
        seen=heads_of(if_match),
        key=key,
    )
    return _shown(done)


@router.post("/{request_id}/close", response_model=answers.MergeRequestShown)
def close(
    oracle: TheOracle,
    viewer: TheViewer,
    request_id: RequestId,
    body: RequestClosing = NOTHING,
    key: IdempotencyKey = None,
) -> JsonAnswer:
    """The request, withdrawn by its author or an editor of its target."""
    return _shown(oracle.reviews.close(request_id, viewer=viewer, comment=body.comment, key=key))


def _shown(opened: OpenedRequest, status: int = 200, headers: dict[str, str] | None = None) -> JsonAnswer:
    """The request, with the heads of its pages as its ETag."""
    body = opened.model_dump(mode="json")
    return JsonAnswer(body, status, {**heads_etag(opened), **(headers or {})})
