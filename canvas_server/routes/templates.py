"""Component templates and their taxonomy, read under the caller's rights."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from canvas_server import answers
from canvas_server.deps import Cursor, Html, Limit, TemplateId, TheOracle, TheViewer, cut, version_etag
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute

search_router = APIRouter(tags=["templates"], route_class=StrictRoute)
taxonomy_router = APIRouter(tags=["taxonomy"], route_class=StrictRoute)
Filter = Annotated[str | None, Query(max_length=200)]


@taxonomy_router.get("/component-templates", response_model=answers.Templates)
@search_router.get("/component-templates", response_model=answers.Templates)
def search_templates(
    oracle: TheOracle,
    viewer: TheViewer,
    q: Annotated[str, Query(max_length=1000, description="words to search for")] = "",
    chapter: Filter = None,
    subchapter: Filter = None,
    kind: Filter = None,
    dataset: Filter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JsonAnswer:
    """The templates that I may use, best match first, each with why it matched."""
    found = oracle.templates.search(
        q, viewer=viewer, chapter=chapter, subchapter=subchapter, kind=kind, dataset=dataset
    )
    return JsonAnswer(_listed(found, limit, cursor))


@taxonomy_router.get("/template-chapters", response_model=answers.Chapters)
def chapters(oracle: TheOracle, viewer: TheViewer) -> JsonAnswer:
    """The chapters with titles, descriptions and counts of the templates that I may use."""
    found = oracle.templates.chapters(viewer=viewer)
    return JsonAnswer({"items": [one.model_dump(mode="json") for one in found]})


@taxonomy_router.get("/template-subchapters", response_model=answers.Chapters)
def subchapters(oracle: TheOracle, viewer: TheViewer, chapter: Filter = None) -> JsonAnswer:
    """The subchapters, of all chapters or of one."""
    found = oracle.templates.subchapters(viewer=viewer, chapter=chapter)
    return JsonAnswer({"items": [one.model_dump(mode="json") for one in found]})


@taxonomy_router.get("/component-templates/{template_id}", response_model=answers.ShownTemplate)
def template(oracle: TheOracle, viewer: TheViewer, template_id: TemplateId) -> JsonAnswer:
    """One template whole, as it is in force."""
    found = oracle.templates.read(template_id, viewer=viewer)
    return JsonAnswer(found.model_dump(mode="json"), headers=version_etag(found))


@taxonomy_router.get("/component-templates/{template_id}/seed", response_model=answers.Seed)
def seed(oracle: TheOracle, viewer: TheViewer, template_id: TemplateId, html: Html = False) -> JsonAnswer:
    """The template's seed examples and the blocks that they give on the current data, under my rights."""
    asks = oracle.templates.read(template_id, viewer=viewer).asks
    blocks = oracle.templates.blocks(template_id, viewer=viewer)
    shown = [oracle.block_json(block, html=html) for block in blocks]
    return JsonAnswer({"asks": list(asks), "blocks": shown})


def _listed(found: Any, limit: int, cursor: str | None) -> dict[str, Any]:
    items, following = cut(found, limit, cursor)
    listed = [one.model_dump(mode="json") for one in items]
    return {"items": listed, "total": len(found), "next": following}
