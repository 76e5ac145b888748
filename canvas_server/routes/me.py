"""`GET /me`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from canvas_server.deps import TheOracle, TheViewer

router = APIRouter(tags=["me"])


@router.get("/me")
def me(oracle: TheOracle, viewer: TheViewer) -> dict[str, Any]:
    """Who I am, my roles and attributes, the datasets and templates that I may use, the modes available now."""
    return oracle.me(viewer=viewer)
