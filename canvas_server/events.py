"""Server-Sent Events: a prompt's stages told as they end, then its answer or its problem."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from canvas_server.errors import answer_of, problem_body
from canvas_server.observe import Metrics
from oracle_kit import OracleError

AT_ONCE = 96  # more than may wait for models, so that prompts without one go on
WAITING, LAST = "waiting", ("answer", "problem")
QUIET_S = 15.0  # after which a comment keeps proxies from hanging up
Tell = Callable[[str, dict[str, Any]], None]
Event = tuple[str, Any]


class EventStreams:
    """Runs what is told in events on threads of its own.

    The work goes on when the client goes away: what was asked is committed whole, or not at all.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "oracle-stream")
        self._metrics = metrics

    async def tell(self, work: Callable[[Tell], Any], path: str) -> Response:
        """The events of `work`, begun; a failure before the first event is an ordinary problem answer."""
        told: asyncio.Queue[Event] = asyncio.Queue()
        put = putter(told)
        self._threads.submit(copy_context().run, self._run, work, put, path)
        first = await told.get()
        if first[0] == "problem":
            return answer_of(first[1])
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "private, no-store"}
        return StreamingResponse(lines(first, told), media_type="text/event-stream", headers=headers)

    def _run(self, work: Callable[[Tell], Any], put: Callable[[Event], None], path: str) -> None:
        def stage(name: str, what: dict[str, Any]) -> None:
            self._metrics.stage(name, what)
            put((WAITING, what) if name == WAITING else ("stage", {"stage": name, **what}))

        try:
            put(("answer", work(stage)))
        except OracleError as error:
            put(("problem", problem_body(error, path)))
        except BaseException:  # whatever it was, the stream must end; the thread's own handling goes on
            put(("problem", unforeseen(path)))
            raise

    async def close(self) -> None:
        """Returns when every prompt that was begun has ended."""
        await run_in_threadpool(self._threads.shutdown)


def waits(tell: Tell) -> Callable[[str], None]:
    """Tells which model is waited for as an event between the stages."""
    return lambda text: tell(WAITING, {"text": text})


def putter(told: asyncio.Queue[Event]) -> Callable[[Event], None]:
    """What puts an event into the queue from another thread."""
    loop = asyncio.get_running_loop()
    return lambda event: loop.call_soon_threadsafe(told.put_nowait, event)  # type: ignore[return-value]  # its handle is not needed


async def lines(
    first: Event, told: asyncio.Queue[Event], *, ended: Callable[[], None] = lambda: None
) -> AsyncIterator[str]:
    """The events as they are sent, until the last one; `ended` is called then, and where the client goes away."""
    event: Event | None = first
    try:
        while True:
            if event is not None:
                yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n"
                if event[0] in LAST:
                    return
            try:
                event = await asyncio.wait_for(told.get(), QUIET_S)
            except TimeoutError:
                event = None
                yield ": still at it\n\n"
    finally:
        ended()


def unforeseen(path: str) -> dict[str, Any]:
    """The problem of a failure that nobody foresaw."""
    detail = "This failed in a way that was not foreseen; the request id finds it in the log."
    return {"type": "urn:oracle:problem:unexpected", "title": "Something failed here", "status": 500} | {
        "detail": detail,
        "instance": path,
        "code": "unexpected",
    }
