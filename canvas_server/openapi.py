"""The OpenAPI document: every operation with the failures it may answer and an example for every body."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from canvas_server.errors import TITLES
from canvas_server.live.messages import FROM_CLIENT, FROM_SERVER

DESCRIPTION = """Typed questions answered from a codebook, every number read live under an allowlist.

Send `Authorization: Bearer <token>`; `oracle token --user you --role analyst` issues one. Every failure is
`application/problem+json` (RFC 9457) with a stable `code`. Send an `Idempotency-Key` with what creates: the same key
and body give the same answer again. Lists are cut at `limit`; `next` is the `cursor` of what follows. Pages carry an
`ETag`; send it back in `If-Match`."""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; `code` is stable, `hint` says what to do next.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "head": {"type": "string", "description": "of a 412: the revision to read again"},
        "conflicts": {"type": "array", "items": {}, "description": "of a 412: what others changed meanwhile"},
        "errors": {
            "type": "array",
            "description": "of a 422: where, a code, a sentence",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("path", "code", "message")},
            },
        },
    },
    "examples": [
        {
            "type": "urn:oracle:problem:not_found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no page page_0.",
            "instance": "/api/oracle/v1/canvas-pages/page_0",
            "code": "not_found",
            "hint": "`oracle pages` lists those that you may read.",
        }
    ],
}
MOMENT = "ISO 8601 in UTC, written without an offset"
LIVE = "/ws/oracle/canvas/{page_id}"
ALWAYS = (400, 401, 403, 404, 405, 406, 422, 429, 500, 503, 504)
WRITING = (408, 409, 412, 413, 415, 428)
OPEN = (405, 500)  # of what needs no token


def install(app: FastAPI, site: str) -> None:
    """Make `/openapi.json` the whole contract."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, site)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # how FastAPI lets a document be completed


def _document(app: FastAPI, site: str) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": site or "/"}],
    )
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    parts["responses"] = {_name(status): _failure(status) for status in (*ALWAYS, *WRITING)}
    examples = json.loads(files("canvas_server").joinpath("examples.json").read_text(encoding="utf-8"))
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(method, operation, examples.get(f"{method} {path}", {}))
    schemas |= _messages()
    _moments(schemas)
    made["x-websockets"] = {LIVE: _live()}
    return made


def _messages() -> dict[str, Any]:
    """The schemas of what is said on a live page."""
    both: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [
        *((model, "serialization") for model in FROM_SERVER),
        *((model, "validation") for model in FROM_CLIENT),
    ]
    _, made = models_json_schema(both, ref_template="#/components/schemas/{model}")
    return dict(made["$defs"])


def _live() -> dict[str, Any]:
    """The WebSocket, which OpenAPI has no words for: what is offered, and what is said on either side."""
    said = {"server": FROM_SERVER, "client": FROM_CLIENT}
    return {
        "description": "A page as it changes: `hello`, then each commit as the reader may see it; see docs/client.md.",
        "parameters": [
            {"name": "page_id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        ],
        "subprotocols": ["oracle.v1", "bearer.<token>"],
        "messages": {
            side: [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
            for side, models in said.items()
        },
    }


def _moments(part: Any) -> None:
    """Say of every moment what it is: UTC without an offset, which is less than JSON Schema's `date-time`."""
    if isinstance(part, dict):
        if part.get("format") == "date-time":
            del part["format"]
            part["description"] = MOMENT
        for inner in part.values():
            _moments(inner)
    elif isinstance(part, list):
        for inner in part:
            _moments(inner)


def _complete(method: str, operation: dict[str, Any], examples: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in (*(ALWAYS if "security" in operation else OPEN), *(WRITING if method != "get" else ())):
        if str(status) not in responses or status == 422:
            responses[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    for status, example in examples.items():
        responses[status]["content"]["application/json"]["example"] = example


def _name(status: int) -> str:
    return f"Problem{status}"


def _failure(status: int) -> dict[str, Any]:
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": TITLES[status], "content": body}
