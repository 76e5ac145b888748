"""`POST …/prompts`: one typed question through the six stages."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from canvas_server.answers import Answered, Planned
from canvas_server.bodies import Prompt
from canvas_server.deps import (
    Html,
    IdempotencyKey,
    IfMatch,
    PageId,
    TheOracle,
    TheViewer,
    Waiting,
    base_of,
    etag,
)
from canvas_server.events import Tell, waits
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute
from oracle_kit import Answer

router = APIRouter(prefix="/canvas-pages", tags=["prompts"], route_class=StrictRoute)
EVENTS = "text/event-stream"
EVENT = {"type": "object", "properties": {name: {"type": "string"} for name in ("event", "data")}}
TOLD = """The plan of a dry run; or, with `Accept: text/event-stream`, an event `stage` as each of the six stages ends,
`waiting` with a `text` where a model is waited for, then `answer` with the body of the 201, or `problem`"""
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": Planned, "description": TOLD, "content": {EVENTS: {"schema": EVENT}}}
}


@router.post("/{page_id}/prompts", status_code=201, response_model=Answered, responses=RESPONSES)
async def ask(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: PageId,
    body: Prompt,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
    html: Html = False,
) -> Response:
    """The answer: blocks, mode, what was understood and what was not; committed as a revision of the page.

    With `dry_run` the plan and its SQL, and nothing is committed.
    """
    asked: dict[str, Any] = {
        "viewer": viewer,
        "page": page_id,
        "base_revision": base_of(if_match, body.base_revision),
        "provider": body.provider,
        "model": body.model,
        "private": body.private,
    }

    def planned(tell: Tell) -> dict[str, Any]:
        return oracle.dry_run(body.prompt, **asked, on_stage=tell, on_wait=waits(tell))

    def answered(tell: Tell) -> Answer:
        return oracle.ask(body.prompt, **asked, key=key, on_stage=tell, on_wait=waits(tell))

    def told(tell: Tell) -> dict[str, Any]:
        return planned(tell) if body.dry_run else oracle.answer_json(answered(tell), html=html)

    def whole() -> Response:
        tell = request.app.state.metrics.stage
        if body.dry_run:
            return JsonAnswer(planned(tell))
        answer = answered(tell)
        state = etag(answer.revision.id, answer.revision.at) if answer.revision is not None else {}
        return JsonAnswer(oracle.answer_json(answer, html=html), 201, state)

    if EVENTS in request.headers.get("accept", ""):
        streamed: Response = await request.app.state.streams.tell(told, request.url.path)
        return streamed
    waiting: Waiting = request.app.state.waiting
    return await waiting.prompt(whole)
