"""Component templates and their taxonomy, read under the caller's rights."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from canvas_server.deps import TheOracle, TheViewer

search_router = APIRouter(tags=["templates"])
taxonomy_router = APIRouter(tags=["taxonomy"])
Filter = Annotated[str | None, Query(max_length=200)]


@search_router.get("/component-templates")
def search_templates(
    oracle: TheOracle,
    viewer: TheViewer,
    q: Annotated[str, Query(max_length=1000, description="words to search for")] = "",
    chapter: Filter = None,
    subchapter: Filter = None,
    kind: Filter = None,
    dataset: Filter = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """The templates that I may use, best match first, each with why it matched."""
    found = oracle.templates.search(
        q, viewer=viewer, chapter=chapter, subchapter=subchapter, kind=kind, dataset=dataset
    )
    return {"items": [one.model_dump(mode="json") for one in found[:limit]], "total": len(found)}


@taxonomy_router.get("/template-chapters")
def chapters(oracle: TheOracle, viewer: TheViewer) -> dict[str, Any]:
    """The chapters with titles, descriptions and counts of the templates that I may use."""
    return {"items": [one.model_dump(mode="json") for one in oracle.templates.chapters(viewer=viewer)]}


@taxonomy_router.get("/template-subchapters")
def subchapters(oracle: TheOracle, viewer: TheViewer, chapter: Filter = None) -> dict[str, Any]:
    """The subchapters, of all chapters or of one."""
    return {
        "items": [
            one.model_dump(mode="json")
            for one in oracle.templates.subchapters(viewer=viewer, chapter=chapter)
        ]
    }


@taxonomy_router.get("/component-templates")
def templates(oracle: TheOracle, viewer: TheViewer) -> dict[str, Any]:
    """All templates that I may use."""
    found = oracle.templates.search(viewer=viewer)
    return {"items": [one.model_dump(mode="json") for one in found], "total": len(found)}


@taxonomy_router.get("/component-templates/{template_id}")
def template(oracle: TheOracle, viewer: TheViewer, template_id: str) -> dict[str, Any]:
    """One template whole."""
    return oracle.templates.read(template_id, viewer=viewer).model_dump(mode="json")


@taxonomy_router.get("/component-templates/{template_id}/seed")
def seed(oracle: TheOracle, viewer: TheViewer, template_id: str) -> dict[str, Any]:
    """The template's seed examples and the blocks they give on the current data, under my rights."""
    blocks = oracle.templates.blocks(template_id, viewer=viewer)
    return {
        "asks": list(oracle.templates.read(template_id, viewer=viewer).asks),
        "blocks": [block.model_dump(mode="json") for block in blocks],
    }
