"""Structured log lines: one per stage of a prompt, and one per request where a server adds its own."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

PROMPTS = logging.getLogger("oracle_kit.prompts")
REQUEST: ContextVar[str] = ContextVar("oracle_request", default="")  # the id that a server gave the request
SOURCES = ("oracle_kit", "canvas_server")


def stage_lines(run_id: str, viewer: str, page_id: str | None) -> Callable[[str, Mapping[str, Any]], None]:
    """A listener that writes a line as each stage ends: ids, counts and times, no word of prompt or rows."""

    def write(stage: str, what: Mapping[str, Any]) -> None:
        counted = {name: value for name, value in what.items() if isinstance(value, (int, float))}
        ids = {name: what[name] for name in ("mode", "page_id", "revision") if name in what}
        line(PROMPTS, stage, {"run_id": run_id, "viewer": viewer, "page_id": page_id, **counted, **ids})

    return write


def line(logger: logging.Logger, event: str, facts: Mapping[str, Any]) -> None:
    """Write one line with its facts and, where there is one, the id of the request that it belongs to."""
    if logger.isEnabledFor(logging.INFO):
        request = REQUEST.get()
        told = {"request_id": request, **facts} if request else dict(facts)
        logger.info(event, extra={"facts": {name: one for name, one in told.items() if one is not None}})


def write_lines(form: Literal["off", "json", "text"]) -> None:
    """Write the lines to standard error in the given form, from now on, once; `off` leaves logging as it is."""
    if form == "off":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    for name in SOURCES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False


class _Json(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        told |= getattr(record, "facts", {})
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


class _Text(logging.Formatter):
    """One line for people to read."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        facts = " ".join(f"{name}={value}" for name, value in getattr(record, "facts", {}).items())
        shown = f"{at} {record.levelname.lower():7} {record.getMessage():11} {facts}".rstrip()
        return f"{shown}\n{self.formatException(record.exc_info)}" if record.exc_info else shown
