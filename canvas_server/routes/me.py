"""`GET /me`."""

from __future__ import annotations

from fastapi import APIRouter

from canvas_server.answers import Me
from canvas_server.deps import TheOracle, TheViewer
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute

router = APIRouter(tags=["me"], route_class=StrictRoute)


@router.get("/me", response_model=Me)
def me(oracle: TheOracle, viewer: TheViewer) -> JsonAnswer:
    """Who I am, my roles and attributes, the datasets and templates that I may use, the modes available now."""
    return JsonAnswer(oracle.me(viewer=viewer))
