"""Canvas pages: list, create, read, change, edit, refresh."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from canvas_server import answers
from canvas_server.bodies import Edits, NewPage, PageChange
from canvas_server.deps import (
    AtRevision,
    Cursor,
    Html,
    IdempotencyKey,
    IfMatch,
    Limit,
    PageId,
    TheOracle,
    TheViewer,
    base_of,
    etag,
    page_etag,
    required,
    since_of,
)
from canvas_server.json_answer import JsonAnswer
from canvas_server.shown_page import shown_page
from canvas_server.strict import StrictRoute

Archived = Annotated[bool, Query(description="those that were put away instead")]
router = APIRouter(prefix="/canvas-pages", tags=["pages"], route_class=StrictRoute)


@router.get("", response_model=answers.Pages)
def list_pages(
    oracle: TheOracle,
    viewer: TheViewer,
    archived: Archived = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JsonAnswer:
    """The pages that I own or that are shared with me, newest first."""
    items, following = oracle.pages.list(viewer=viewer, archived=archived, limit=limit, cursor=cursor)
    return JsonAnswer({"items": [page.model_dump(mode="json") for page in items], "next": following})


@router.post("", status_code=201, response_model=answers.PageShown)
def create_page(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewPage, key: IdempotencyKey = None
) -> JsonAnswer:
    """A new, empty page of mine."""
    page = oracle.pages.create(body.title, viewer=viewer, key=key)
    where = f"{request.url.path}/{page.id}"
    return JsonAnswer(shown_page(oracle, page, None), 201, {**page_etag(page), "Location": where})


@router.get("/{page_id}", response_model=answers.PageShown)
def read_page(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, revision: AtRevision = None, html: Html = False
) -> JsonAnswer:
    """A page with its blocks, as I may see them: the newest, or those of `?revision=`."""
    page = oracle.pages.read(page_id, viewer=viewer)
    wanted = revision or page.head
    shown = oracle.pages.revision(page_id, wanted, viewer=viewer) if wanted else None
    return JsonAnswer(shown_page(oracle, page, shown, html), headers=page_etag(page))


@router.patch("/{page_id}", response_model=answers.PageShown)
def change_page(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, body: PageChange, if_match: IfMatch = None
) -> JsonAnswer:
    """The page with another title, members, visibility or archived mark; needs If-Match."""
    oracle.pages.read(page_id, viewer=viewer)
    required(if_match)
    changed = oracle.pages.change(
        page_id,
        viewer=viewer,
        unchanged_since=since_of(if_match or ""),
        **body.model_dump(exclude_unset=True),
    )
    shown = oracle.pages.revision(page_id, viewer=viewer) if changed.head else None
    return JsonAnswer(shown_page(oracle, changed, shown), headers=page_etag(changed))


@router.post("/{page_id}/edits", status_code=201, response_model=answers.ShownRevision)
def edit(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    body: Edits,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
    html: Html = False,
) -> JsonAnswer:
    """A revision with the operations applied, all or none; names its base in the body or If-Match.

    On a stale base they are merged per block, and refused with 412 where the same part of the same block changed.
    """
    oracle.pages.read(page_id, viewer=viewer)
    required(if_match, body.base_revision)
    revision = oracle.pages.edit(
        page_id,
        body.operations,
        viewer=viewer,
        base_revision=base_of(if_match, body.base_revision),
        message=body.message,
        key=key,
    )
    shown = oracle.revision_json(revision, html=html)
    return JsonAnswer(shown, 201, etag(revision.id, revision.at))


@router.post("/{page_id}/refresh", response_model=answers.RefreshedPage)
def refresh(
    oracle: TheOracle, viewer: TheViewer, page_id: PageId, key: IdempotencyKey = None, html: Html = False
) -> JsonAnswer:
    """The page's queries run again under my rights; a revision only where something changed."""
    came = oracle.pages.refresh(page_id, viewer=viewer, key=key)
    shown = oracle.revision_json(came.revision, html=html) if came.revision is not None else None
    return JsonAnswer({"revision": shown, "changed": came.changed})
