"""`/api/runtime/llm`: the model providers, the routing with the operator's switch, and chats."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from canvas_server.chat_events import told_chat, whole_chat
from canvas_server.deps import MADE_ID, IfMatch, TheOracle, TheViewer, change_of
from canvas_server.model_answers import Chat, ChatAnswered, Providers, ProviderShown, RoutingPut, RoutingShown
from canvas_server.strict import StrictRoute

router = APIRouter(tags=["models"], route_class=StrictRoute)
ProviderId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="as `GET /providers` names it")]
EVENTS = "text/event-stream"
EVENT = {"type": "object", "properties": {name: {"type": "string"} for name in ("event", "data")}}
TOLD = """The reply; or, as Server-Sent Events, `waiting` with a `text` for each provider that is asked, `text` for each
piece, then `answer` with the whole reply, or `problem`"""
STREAM: dict[int | str, dict[str, Any]] = {200: {"description": TOLD, "content": {EVENTS: {"schema": EVENT}}}}


@router.get("/providers", response_model=Providers)
def providers(oracle: TheOracle, viewer: TheViewer) -> JSONResponse:
    """Every provider at its level; one that was not looked at for a minute is looked at now."""
    found = oracle.models.providers(viewer=viewer)
    return JSONResponse({"providers": [one.model_dump(mode="json") for one in found]})


@router.get("/providers/{provider_id}", response_model=ProviderShown)
def provider(oracle: TheOracle, viewer: TheViewer, provider_id: ProviderId) -> JSONResponse:
    """One provider as this server process knows it; nobody looks at it for this."""
    return JSONResponse(oracle.models.provider(provider_id, viewer=viewer).model_dump(mode="json"))


@router.post("/providers/{provider_id}/probe", response_model=ProviderShown)
def probe(
    oracle: TheOracle,
    viewer: TheViewer,
    provider_id: ProviderId,
    wake: Annotated[bool, Query(description="load a model that is not in memory")] = False,
) -> JSONResponse:
    """A provider after a look at it now, down to one token. For operators; 503 where it is not configured."""
    found = oracle.models.probe(provider_id, viewer=viewer, wake=wake)
    return JSONResponse(found.model_dump(mode="json"))


@router.get("/routing", response_model=RoutingShown)
def routing(oracle: TheOracle, viewer: TheViewer) -> JSONResponse:
    """The policy in force, and the operator's switch over it."""
    found = oracle.models.routing(viewer=viewer)
    return JSONResponse(found.model_dump(mode="json"), headers={"ETag": f'"{found.change}"'})


@router.put("/routing", response_model=RoutingShown)
def put_routing(
    oracle: TheOracle, viewer: TheViewer, body: RoutingPut, if_match: IfMatch = None
) -> JSONResponse:
    """The routing with this switch, in force at once in every process. For operators; audited.

    With the ETag of what was read in `If-Match`, 412 where somebody else changed it meanwhile.
    """
    found = oracle.models.put_switch(
        body.switch(), viewer=viewer, message=body.message, unchanged_since=change_of(if_match)
    )
    return JSONResponse(found.model_dump(mode="json"), headers={"ETag": f'"{found.change}"'})


@router.post("/chat", response_model=ChatAnswered, responses=STREAM)
async def chat(request: Request, oracle: TheOracle, viewer: TheViewer, body: Chat) -> Response:
    """A model's reply. Nothing is kept of it but the run, unless the policy says so; a client that goes ends the call.

    503 where no provider gave a usable answer, with the reason of each.
    """
    if body.stream or EVENTS in request.headers.get("accept", ""):
        return await told_chat(request, oracle, viewer, body.asked())
    return await whole_chat(request, oracle, viewer, body.asked())
