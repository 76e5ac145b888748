"""`/healthz`, `/readyz` and `/metrics`: for the machines that watch, no token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from canvas_server.answers import Health, Readiness
from canvas_server.deps import TheOracle

router = APIRouter(tags=["health"])
Responses = dict[int | str, dict[str, Any]]
NOT_READY: Responses = {503: {"model": Readiness, "description": "A part that prompts need is away"}}
TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/healthz", response_model=Health)
async def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", response_model=Readiness, responses=NOT_READY)
def readyz(oracle: TheOracle) -> JSONResponse:
    """The warehouse and the state answer too; 503 names the part that does not."""
    parts = oracle.ready()
    return JSONResponse({"ready": all(parts.values()), "parts": parts}, 200 if all(parts.values()) else 503)


@router.get("/metrics", response_class=Response, responses=TEXT)
def metrics(request: Request, oracle: TheOracle) -> Response:
    """Counters and times in Prometheus' text format."""
    kept = request.app.state.metrics
    kept.models.standing(oracle.models.standing())
    return Response(kept.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
