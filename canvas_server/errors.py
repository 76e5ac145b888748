"""Every failure as RFC 9457 `application/problem+json`: a stable code, one sentence, and what to do next."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from oracle_kit import errors as kit
from oracle_kit.model import json_ready
from oracle_kit.stage_log import line

logger = logging.getLogger("canvas_server")
STATUS: dict[type[kit.OracleError], int] = {
    kit.Unauthenticated: 401,
    kit.NotPermitted: 403,
    kit.FieldNotAllowed: 403,
    kit.NotFound: 404,
    kit.StaleRevision: 412,
    kit.KeyReused: 409,
    kit.Conflict: 409,
    kit.PromptRefused: 422,
    kit.QueryRefused: 422,
    kit.EditRefused: 422,
    kit.Refused: 422,
    kit.ContentError: 422,
    kit.FetchTimeout: 504,
    kit.Unavailable: 503,
}
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    408: "The request came too slowly",
    409: "Conflict",
    412: "The page moved on",
    413: "The request is too large",
    415: "Unsupported content type",
    422: "The request cannot be read",
    428: "A condition is required",
    429: "Too many requests",
    500: "Something failed here",
    503: "Unavailable just now",
    504: "Took too long",
}
AWAY = {
    kit.WarehouseUnavailable: "The warehouse cannot be read just now.",
    kit.StateUnavailable: "Pages cannot be read or kept just now.",
}
LATER = "Try again in a moment; the operator finds the reason in the log, by the request id."
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}, 504: {"Retry-After": "5"}}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str = "",
    headers: dict[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """A problem+json response; `extra` members stand beside the standard ones."""
    return answer_of(problem_of(status, code, detail, instance, extra), headers)


def problem_of(status: int, code: str, detail: str, instance: str, extra: dict[str, Any]) -> dict[str, Any]:
    """The members of a problem."""
    return {
        "type": f"urn:oracle:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        **extra,
    }


def answer_of(body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """The response that carries a problem, with what its status asks for in the headers."""
    headers = {**HEADERS.get(body["status"], {}), **(headers or {})}
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


def status_of(error: kit.OracleError) -> int:
    """The HTTP status of a kit error: that of the nearest class above it in the tree."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem_body(error: kit.OracleError, instance: str) -> dict[str, Any]:
    """The problem of a kit error, with its hint, and the conflicts and head of a stale edit.

    Where a database is away, its address and words are for the log and not for the client.
    """
    status = status_of(error)
    for kind, detail in AWAY.items():
        if isinstance(error, kind):
            line(logger, "unavailable", {"code": error.code, "reason": str(error)})
            return problem_of(status, error.code, detail, instance, {"hint": LATER})
    extra = {
        name: json_ready(error.details[name])
        for name in ("conflicts", "head", "errors")
        if error.details.get(name)
    }
    if isinstance(error, kit.ContentError):
        path = "/" + error.field.replace(".", "/")
        extra["errors"] = [{"path": path, "code": error.code, "message": str(error)}]
    if error.hint:
        extra["hint"] = error.hint
    return problem_of(status, error.code, error.message, instance, extra)


def _kit_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, kit.OracleError)  # noqa: S101  # Starlette types handlers by the widest class
    return answer_of(problem_body(error, request.url.path))


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
    faults = [
        {
            "path": "/" + "/".join(str(part) for part in fault["loc"]),
            "code": fault["type"],
            "message": fault["msg"],
        }
        for fault in error.errors()
    ]
    first = faults[0] if faults else {"path": "", "message": "the request is not valid"}
    detail = f"{first['path']}: {first['message']}"
    return problem(422, "invalid_request", detail, instance=request.url.path, errors=faults)


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    code = getattr(error, "code", "") or _code(error.status_code)
    detail = str(error.detail or TITLES.get(error.status_code, "Error"))
    headers = dict(error.headers or {})
    return problem(error.status_code, code, detail, instance=request.url.path, headers=headers)


def _code(status: int) -> str:
    return TITLES.get(status, "error").lower().replace(" ", "_")


def install(app: FastAPI) -> None:
    """Make every failure of the app a problem+json answer."""
    app.add_exception_handler(kit.OracleError, _kit_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
