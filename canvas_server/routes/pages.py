"""Canvas pages: list, create, read, change; edits, refresh, history, provenance, replay, export."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from canvas_server.bodies import Edits, NewPage, PageChange
from canvas_server.deps import (
    IdempotencyKey,
    IfMatch,
    StrictRoute,
    TheOracle,
    TheViewer,
    etag_value,
    once,
)
from oracle_kit import Page, Revision

router = APIRouter(prefix="/canvas-pages", tags=["pages"], route_class=StrictRoute)
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


def etag(page: Page) -> dict[str, str]:
    """The ETag of a page: its head and the time of its last change."""
    return {"ETag": f'"{page.head or ""}.{page.updated_at.timestamp():.6f}"'}


def page_body(page: Page, revision: Revision | None) -> dict[str, Any]:
    """A page with the blocks of one revision, as this reader may see them."""
    body = page.model_dump(mode="json")
    if revision is not None:
        body["revision"] = revision.model_dump(mode="json", exclude={"plan"})
    return body


def base_of(if_match: str | None, base: str | None) -> str | None:
    """The base revision that a request names, in its body or its If-Match header."""
    tag = etag_value(if_match)
    return base or (tag.partition(".")[0] if tag else None)


@router.get("")
def list_pages(
    oracle: TheOracle, viewer: TheViewer, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """The pages I own or that are shared with me, newest first."""
    items, following = oracle.pages.list(viewer=viewer, limit=limit, cursor=cursor)
    return {"items": [page.model_dump(mode="json") for page in items], "next": following}


@router.post("", status_code=201)
def create_page(oracle: TheOracle, viewer: TheViewer, body: NewPage, key: IdempotencyKey = None) -> Response:
    """A new, empty page of mine."""

    def produce() -> tuple[int, Any, dict[str, str]]:
        page = oracle.pages.create(body.title, viewer=viewer)
        return 201, page.model_dump(mode="json"), {**etag(page), "Location": f"canvas-pages/{page.id}"}

    return once(oracle, viewer, key, ["create_page", body.model_dump(mode="json")], produce)


@router.get("/{page_id}")
def read_page(oracle: TheOracle, viewer: TheViewer, page_id: str, revision: str | None = None) -> Response:
    """A page with its blocks: the newest, or those of `?revision=`."""
    page = oracle.pages.read(page_id, viewer=viewer)
    shown = oracle.pages.revision(page_id, revision, viewer=viewer) if revision or page.head else None
    return JSONResponse(page_body(page, shown), headers=etag(page))


@router.patch("/{page_id}")
def change_page(
    oracle: TheOracle, viewer: TheViewer, page_id: str, body: PageChange, if_match: IfMatch = None
) -> Response:
    """The page with another title, members or visibility; needs If-Match."""
    page = oracle.pages.read(page_id, viewer=viewer)
    if if_match is None:
        raise HTTPException(
            428, "Send If-Match with the ETag that you read, so that no change is overwritten."
        )
    changed = oracle.pages.change(
        page_id, viewer=viewer, unchanged_since=_since(if_match), **body.model_dump(exclude_unset=True)
    )
    return JSONResponse(page_body(changed, None), headers=etag(changed) if page else None)


def _since(if_match: str) -> str | None:
    tag = etag_value(if_match)
    return tag.partition(".")[2] if tag else None


@router.post("/{page_id}/edits", status_code=201)
def edit(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: str,
    body: Edits,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """A revision with the operations applied; on a stale base they are merged per block, or refused with 412."""

    def produce() -> tuple[int, Any, dict[str, str]]:
        base = base_of(if_match, body.base_revision)
        revision = oracle.pages.edit(
            page_id, body.operations, viewer=viewer, base_revision=base, message=body.message
        )
        return 201, revision.model_dump(mode="json", exclude={"plan"}), {}

    return once(oracle, viewer, key, ["edit", page_id, body.model_dump(mode="json")], produce)


@router.post("/{page_id}/refresh")
def refresh(oracle: TheOracle, viewer: TheViewer, page_id: str, key: IdempotencyKey = None) -> Response:
    """The page's queries run again under my rights; a revision only where something changed."""

    def produce() -> tuple[int, Any, dict[str, str]]:
        return 200, oracle.pages.refresh(page_id, viewer=viewer).model_dump(mode="json"), {}

    return once(oracle, viewer, key, ["refresh", page_id], produce)


@router.get("/{page_id}/revisions")
def revisions(
    oracle: TheOracle, viewer: TheViewer, page_id: str, limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """The page's history, newest first, without blocks."""
    items, following = oracle.pages.revisions(page_id, viewer=viewer, limit=limit, cursor=cursor)
    listed = [revision.model_dump(mode="json", exclude={"blocks", "plan"}) for revision in items]
    return {"items": listed, "next": following}


@router.get("/{page_id}/revisions/{revision_id}")
def revision(oracle: TheOracle, viewer: TheViewer, page_id: str, revision_id: str) -> dict[str, Any]:
    """One revision with its blocks, as I may see them."""
    return oracle.pages.revision(page_id, revision_id, viewer=viewer).model_dump(mode="json")


@router.get("/{page_id}/blocks/{block_id}/provenance")
def provenance(oracle: TheOracle, viewer: TheViewer, page_id: str, block_id: str) -> dict[str, Any]:
    """Where a block's numbers came from, with the SQL and its parameters under my rights."""
    return oracle.pages.provenance(page_id, block_id, viewer=viewer)


@router.post("/{page_id}/blocks/{block_id}/replay")
def replay(oracle: TheOracle, viewer: TheViewer, page_id: str, block_id: str) -> dict[str, Any]:
    """The block's queries run again with the stored as_of and compared."""
    outcomes = oracle.pages.replay(page_id, block_id, viewer=viewer)
    return {"queries": [outcome.model_dump(mode="json") for outcome in outcomes]}


@router.get("/{page_id}/export", response_class=Response)
def export(
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: str,
    form: Annotated[Literal["html", "json"], Query(alias="format")] = "html",
    revision: str | None = None,
) -> Response:
    """The page as one standalone HTML document, or as JSON."""
    text = oracle.pages.export(page_id, form, viewer=viewer, revision_id=revision)
    media = {"html": "text/html; charset=utf-8", "json": "application/json"}[form]
    headers = {
        "Content-Disposition": f'attachment; filename="{page_id}.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type=media, headers=headers)
