"""A page's history, where its numbers came from, and its exports."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from canvas_server import answers
from canvas_server.deps import (
    AtRevision,
    BlockId,
    Cursor,
    Html,
    Limit,
    PageId,
    RevisionId,
    TheOracle,
    TheViewer,
)
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute

router = APIRouter(prefix="/canvas-pages/{page_id}", tags=["history"], route_class=StrictRoute)
MEDIA = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "canvas": "application/vnd.jsoncanvas+json",
    "ipynb": "application/x-ipynb+json",
}
EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {kind.partition(";")[0]: {"schema": {}} for kind in MEDIA.values()},
    }
}
SAFE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@router.get("/revisions", response_model=answers.Revisions)
def revisions(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, limit: Limit = 50, cursor: Cursor = None
) -> JsonAnswer:
    """The page's history, newest first, without blocks."""
    items, following = oracle.pages.revisions(page_id, viewer=viewer, limit=limit, cursor=cursor)
    listed = [revision.model_dump(mode="json", exclude={"blocks", "plan"}) for revision in items]
    return JsonAnswer({"items": listed, "next": following})


@router.get("/revisions/{revision_id}", response_model=answers.ShownRevision)
def revision(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, revision_id: RevisionId, html: Html = False
) -> JsonAnswer:
    """One revision with its blocks, as I may see them."""
    found = oracle.pages.revision(page_id, revision_id, viewer=viewer)
    return JsonAnswer(oracle.revision_json(found, html=html))


@router.get("/blocks/{block_id}/provenance", response_model=answers.Provenance)
def provenance(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, block_id: BlockId, revision: AtRevision = None
) -> JsonAnswer:
    """Where a block's numbers came from, with the SQL and its parameters under my rights."""
    return JsonAnswer(oracle.pages.provenance(page_id, block_id, viewer=viewer, revision_id=revision))


@router.post("/blocks/{block_id}/replay", response_model=answers.Replayed)
def replay(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, block_id: BlockId, revision: AtRevision = None
) -> JsonAnswer:
    """The block's queries run again with the stored as_of and compared."""
    outcomes = oracle.pages.replay(page_id, block_id, viewer=viewer, revision_id=revision)
    return JsonAnswer({"queries": [outcome.model_dump(mode="json") for outcome in outcomes]})


@router.get("/export", response_class=Response, responses=EXPORTED)
def export(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    form: Annotated[Literal["html", "json", "csv", "canvas", "ipynb"], Query(alias="format")] = "html",
    revision: AtRevision = None,
) -> Response:
    """The page as a file, with what I may see: standalone HTML, JSON, CSV, JSON Canvas or a notebook."""
    text = oracle.pages.export(page_id, form, viewer=viewer, revision_id=revision)
    headers = {
        "Content-Disposition": f'attachment; filename="{page_id}.{form}"',
        "Content-Security-Policy": SAFE,
    }
    return Response(text, media_type=MEDIA[form], headers=headers)
