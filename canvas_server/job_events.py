"""A job's Server-Sent Events: how it stands, each item as it ends, then the end; `Last-Event-ID` goes on from there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from oracle_kit import NotFound, Oracle, Viewer
from oracle_kit.jobs.job import Job, Result

LOOK_S = 1.0  # between looks where nothing was told: another process may have worked
QUIET_S = 15.0  # after which a comment keeps proxies from hanging up
TOGETHER = 200  # items read at a time


async def events_of(oracle: Oracle, viewer: Viewer, job_id: str, after: str | None) -> StreamingResponse:
    """The events of a job from a cursor on; NotFound before the first one."""
    job = await run_in_threadpool(oracle.jobs.read, job_id, viewer=viewer)
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "private, no-store"}
    lines = _lines(oracle, viewer, job, after)
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


async def _lines(oracle: Oracle, viewer: Viewer, job: Job, after: str | None) -> AsyncIterator[str]:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    wake = _setter(loop, told)
    news = await run_in_threadpool(oracle.jobs.watch, job.job_id, viewer=viewer, wake=wake)
    last, quiet = "", 0.0
    try:
        while True:
            told.clear()
            while news.get(timeout=0) is not None or news.overflowed:
                news.resume()
            job = await run_in_threadpool(oracle.jobs.read, job.job_id, viewer=viewer)
            found = await run_in_threadpool(_results, oracle, viewer, job.job_id, after)
            progress = _event("progress", _standing(job))
            if progress != last:
                last, quiet = progress, 0.0
                yield progress
            for one in found:
                after = one.cursor
                yield _event("item", one.model_dump(mode="json", exclude={"cursor"}), after)
            if job.ended and not found:
                yield _event("end", job.model_dump(mode="json"), after)
                return
            if not found:
                quiet = await _wait(told, quiet)
                if quiet == 0.0:
                    yield ": still at it\n\n"
    finally:
        news.close()  # at once: where the client has gone, nothing more is waited for


def _setter(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> Callable[[], None]:
    """What sets the event from another thread."""

    def wake() -> None:
        loop.call_soon_threadsafe(told.set)

    return wake


async def _wait(told: asyncio.Event, quiet: float) -> float:
    """How long nothing was told (0 where it is time to show that the line is alive), after a wait for something."""
    try:
        await asyncio.wait_for(told.wait(), LOOK_S)
    except TimeoutError:
        return 0.0 if quiet + LOOK_S >= QUIET_S else quiet + LOOK_S
    return max(quiet, 0.001)


def _results(oracle: Oracle, viewer: Viewer, job_id: str, after: str | None) -> tuple[Result, ...]:
    """What ended after the cursor; nothing for one who may see how a job stands and no more."""
    try:
        return oracle.jobs.results(job_id, viewer=viewer, after=after, limit=TOGETHER)
    except NotFound:
        return ()


def _standing(job: Job) -> dict[str, Any]:
    names = {"job_id", "status", "submitted_count", "completed_count", "failed_count", "cancelled_count"}
    return job.model_dump(mode="json", include=names | {"running_count", "queued_count", "estimated_seconds"})


def _event(name: str, told: dict[str, Any], cursor: str | None = None) -> str:
    mark = f"id: {cursor}\n" if cursor else ""
    return f"event: {name}\n{mark}data: {json.dumps(told, ensure_ascii=False)}\n\n"
