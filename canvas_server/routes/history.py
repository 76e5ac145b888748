"""What makes a page's history: forks, rollbacks, names of revisions; and what differs between two."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from canvas_server import answers
from canvas_server.answers_reviews import Changes, Named, RevisionNames
from canvas_server.bodies import Import, NewFork, NewRevisionName, Rollback
from canvas_server.deps import (
    MADE_ID,
    Html,
    IdempotencyKey,
    IfMatch,
    PageId,
    TheOracle,
    TheViewer,
    base_of,
    etag,
    page_etag,
    required,
)
from canvas_server.json_answer import JsonAnswer
from canvas_server.shown_page import shown_page
from canvas_server.strict import StrictRoute

router = APIRouter(prefix="/canvas-pages", tags=["history"], route_class=StrictRoute)
From = Annotated[
    str | None,
    Query(alias="from", max_length=100, pattern=MADE_ID, description="unset: what `to` was made on"),
]
NOTHING = NewFork()  # of a request without a body
To = Annotated[str | None, Query(max_length=100, pattern=MADE_ID, description="unset: the newest")]


@router.post("/imports", status_code=201, response_model=answers.PageShown)
def import_page(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: Import, key: IdempotencyKey = None
) -> JsonAnswer:
    """A new page of mine from an export as JSON; its queries run now, under my rights, and nothing else is believed."""
    page = oracle.pages.import_page(body.definition, viewer=viewer, title=body.title, key=key)
    where = f"{request.url.path.rpartition('/')[0]}/{page.id}"
    shown = oracle.pages.revision(page.id, viewer=viewer)
    return JsonAnswer(shown_page(oracle, page, shown), 201, {**page_etag(page), "Location": where})


@router.post("/{page_id}/forks", status_code=201, response_model=answers.PageShown)
def fork(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    body: NewFork = NOTHING,
    key: IdempotencyKey = None,
) -> JsonAnswer:
    """A page of mine that shares this one's history up to a revision, the newest unless another is named."""
    page = oracle.pages.fork(
        page_id,
        viewer=viewer,
        revision_id=body.revision,
        title=body.title,
        message=body.message,
        key=key,
    )
    where = request.url.path.removesuffix(f"{page_id}/forks") + page.id
    shown = oracle.pages.revision(page.id, viewer=viewer)
    return JsonAnswer(shown_page(oracle, page, shown), 201, {**page_etag(page), "Location": where})


@router.post("/{page_id}/rollback", status_code=201, response_model=answers.ShownRevision)
def rollback(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    body: Rollback,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
    html: Html = False,
) -> JsonAnswer:
    """A revision with the blocks of an earlier one; names its base in the body or If-Match, 412 where that is old."""
    oracle.pages.read(page_id, viewer=viewer)
    required(if_match, body.base_revision)
    revision = oracle.pages.rollback(
        page_id,
        body.revision,
        viewer=viewer,
        base_revision=base_of(if_match, body.base_revision),
        message=body.message,
        key=key,
    )
    return JsonAnswer(oracle.revision_json(revision, html=html), 201, etag(revision.id, revision.at))


@router.get("/{page_id}/diff", response_model=Changes)
def diff(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, from_: From = None, to: To = None
) -> JsonAnswer:
    """What differs between two revisions, by block and part, as far as I may see both."""
    told = oracle.pages.diff(page_id, from_, to, viewer=viewer)
    listed = [one.model_dump(mode="json") for one in told.changes]
    return JsonAnswer({"from": told.before, "to": told.after, "items": listed})


@router.get("/{page_id}/revision-names", response_model=RevisionNames)
def revision_names(oracle: TheOracle, viewer: TheViewer, page_id: PageId) -> JsonAnswer:
    """The names that people gave to revisions of the page."""
    names = oracle.pages.revision_names(page_id, viewer=viewer)
    return JsonAnswer({"items": [one.model_dump(mode="json") for one in names]})


@router.post("/{page_id}/revision-names", status_code=201, response_model=Named)
def name_revision(oracle: TheOracle, viewer: TheViewer, page_id: PageId, body: NewRevisionName) -> JsonAnswer:
    """A name for a revision; the same again is done once, and a name of another revision is refused."""
    named = oracle.pages.name_revision(page_id, body.revision, body.name, viewer=viewer)
    return JsonAnswer(named.model_dump(mode="json"), 201)


@router.delete("/{page_id}/revision-names", status_code=204, response_class=Response)
def unname_revision(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    name: Annotated[str, Query(min_length=1, max_length=100)],
) -> Response:
    """The name is free again."""
    oracle.pages.unname_revision(page_id, name, viewer=viewer)
    return Response(status_code=204)
