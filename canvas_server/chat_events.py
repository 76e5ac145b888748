"""A chat over HTTP: its pieces as Server-Sent Events, and an end to it on the model's server when the client goes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from canvas_server.deps import Waiting
from canvas_server.errors import answer_of, problem_body
from canvas_server.events import Event, lines, putter, unforeseen
from canvas_server.json_answer import JsonAnswer
from oracle_kit import Oracle, OracleError, Viewer
from oracle_kit.llm.chat import ChatAsked

LOOK_S = 0.25  # between looks whether the client is still there


async def whole_chat(request: Request, oracle: Oracle, viewer: Viewer, asked: ChatAsked) -> Response:
    """The reply; a client that goes away ends the call."""
    cancel = threading.Event()
    waiting: Waiting = request.app.state.waiting
    work = asyncio.ensure_future(
        waiting.chat(lambda: oracle.models.chat(asked, viewer=viewer, cancel=cancel))
    )
    while not (await asyncio.wait({work}, timeout=LOOK_S))[0]:
        if await request.is_disconnected():
            cancel.set()
    return JsonAnswer((await work).model_dump(mode="json"))


async def told_chat(request: Request, oracle: Oracle, viewer: Viewer, asked: ChatAsked) -> Response:
    """The events `waiting`, `text`, then `answer` or `problem`; a failure before the first is an ordinary problem."""
    told: asyncio.Queue[Event] = asyncio.Queue()
    put, cancel, path = putter(told), threading.Event(), request.url.path

    def run() -> None:
        try:
            reply = oracle.models.chat(
                asked,
                viewer=viewer,
                cancel=cancel,
                on_text=lambda text: put(("text", {"text": text})),
                tell=lambda text: put(("waiting", {"text": text})),
            )
            put(("answer", reply.model_dump(mode="json")))
        except OracleError as error:
            put(("problem", problem_body(error, path)))
        except BaseException:  # whatever it was, the stream must end; the thread's own handling goes on
            put(("problem", unforeseen(path)))
            raise

    waiting: Waiting = request.app.state.waiting
    work: asyncio.Future[Any] = asyncio.ensure_future(waiting.chat(run))
    first = await told.get()
    if first[0] == "problem":
        return answer_of(first[1])
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "private, no-store"}
    events = lines(first, told, ended=lambda: _end(cancel, work))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _end(cancel: threading.Event, work: asyncio.Future[Any]) -> None:
    """End the call where it is still under way; what came of it was told, or nobody is there to be told."""
    cancel.set()
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
