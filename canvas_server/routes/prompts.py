"""`POST …/prompts`: one typed question through the six stages."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from canvas_server.bodies import Prompt
from canvas_server.deps import IdempotencyKey, IfMatch, StrictRoute, TheOracle, TheViewer, once
from canvas_server.errors import problem_body
from canvas_server.routes.pages import base_of
from oracle_kit import OracleError

router = APIRouter(prefix="/canvas-pages", tags=["prompts"], route_class=StrictRoute)
Tell = Callable[[str, dict[str, Any]], None]


@router.post("/{page_id}/prompts", status_code=201)
def ask(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    page_id: str,
    body: Prompt,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """The answer: blocks, mode, what was understood and what was not. `Accept: text/event-stream` tells each stage."""
    base = base_of(if_match, body.base_revision)

    def produce(tell: Tell | None = None) -> tuple[int, Any, dict[str, str]]:
        if body.dry_run:
            return 200, oracle.dry_run(body.prompt, viewer=viewer, page=page_id, on_stage=tell), {}
        answer = oracle.ask(body.prompt, viewer=viewer, page=page_id, base_revision=base, on_stage=tell)
        return 201, oracle.answer_json(answer), {}

    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(_events(produce, request.url.path), media_type="text/event-stream")
    return once(oracle, viewer, key, ["prompt", page_id, body.model_dump(mode="json")], produce)


def _events(produce: Callable[[Tell], tuple[int, Any, dict[str, str]]], path: str) -> Iterator[str]:
    """Server-Sent Events: one `stage` per stage as it ends, then `answer` or `problem`.

    The prompt runs on in its own thread when the client goes away: what was asked is committed whole.
    """
    told: queue.Queue[tuple[str, Any] | None] = queue.Queue()

    def work() -> None:
        try:
            _, answer, _ = produce(lambda stage, what: told.put(("stage", {"stage": stage, **what})))
            told.put(("answer", answer))
        except OracleError as error:
            told.put(("problem", problem_body(error, path)))
        finally:
            told.put(None)

    threading.Thread(target=work, daemon=False).start()
    yield ": started\n\n"
    while (event := told.get()) is not None:
        yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n"
