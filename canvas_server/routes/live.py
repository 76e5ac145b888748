"""`WS /ws/oracle/canvas/{page_id}`: a page as it changes."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from canvas_server.live.connection import serve

router = APIRouter()


@router.websocket("/ws/oracle/canvas/{page_id}")
async def live(websocket: WebSocket, page_id: str) -> None:
    """`hello`, then each commit as I may see it, who comes and goes, and notices."""
    await serve(websocket, page_id, websocket.app.state.live)
