"""A batch on its way in: written to its spool as it arrives, whatever its size, and stored when it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from oracle_kit import Oracle, OracleError, Viewer
from oracle_kit.jobs.job import Job
from oracle_kit.jobs.spool import Form

FORMS: Mapping[str, Form] = {"application/json": "json", "application/x-ndjson": "ndjson"}
TOGETHER = 1 << 18  # bytes that are written to the spool at once


async def taken_in(
    request: Request, oracle: Oracle, viewer: Viewer, asked: dict[str, Any], key: str | None
) -> Job:
    """The job, once the last byte is there and all is stored; a client that goes away before leaves none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORMS:
        raise HTTPException(
            415, f"Send the batch as {' or '.join(FORMS)}, not {kind or 'without a content type'}."
        )
    seconds = oracle.jobs.arrival_seconds
    spool = await run_in_threadpool(oracle.jobs.spool, FORMS[kind])
    try:
        async with asyncio.timeout(seconds):
            await _receive(request, spool)
        lines = asked if FORMS[kind] == "ndjson" else None
        return await run_in_threadpool(oracle.jobs.submit, spool, viewer=viewer, asked=lines, key=key)
    except TimeoutError:
        raise HTTPException(408, f"The batch did not arrive within {seconds:g} s.") from None
    except OracleError as error:
        if error.details.get("too_large"):
            raise HTTPException(413, error.message) from None
        raise
    finally:
        spool.close()


async def _receive(request: Request, spool: Any) -> None:
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= TOGETHER:
            await run_in_threadpool(spool.add, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(spool.add, bytes(waiting))
