"""What routes are handed: the Oracle, the viewer behind the token, conditions and idempotency."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from oracle_kit import Oracle, Unauthenticated, Viewer

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="`oracle token` issues one")


def the_oracle(request: Request) -> Oracle:
    """The Oracle this app serves."""
    oracle: Oracle = request.app.state.oracle
    return oracle


TheOracle = Annotated[Oracle, Depends(the_oracle)]


def the_viewer(
    oracle: TheOracle, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Viewer:
    """The viewer behind the bearer token; Unauthenticated (401) otherwise."""
    if credentials is None:
        raise Unauthenticated(
            "There is no bearer token.",
            hint="Send `Authorization: Bearer <token>`; `oracle token` issues one.",
        )
    return oracle.authenticate(credentials.credentials)


TheViewer = Annotated[Viewer, Depends(the_viewer)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="the same key gives the same answer",
    ),
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="the ETag that was read")]


def etag_value(header: str | None) -> str | None:
    """The value inside an If-Match header; None for none and for `*`."""
    if header is None or header.strip() == "*":
        return None
    return header.strip().removeprefix("W/").strip('"')


def once(
    oracle: Oracle,
    viewer: Viewer,
    key: str | None,
    payload: Any,
    produce: Callable[[], tuple[int, Any, dict[str, str]]],
) -> Response:
    """The answer of `produce`, or the stored one where this caller already sent the key with the same payload."""
    if key is None:
        status, body, headers = produce()
    else:
        status, body, headers = oracle.once(key, payload, produce, viewer=viewer)
    return JSONResponse(body, status, headers)


class _StrictRequest(Request):
    """JSON bodies with unique keys and finite numbers only."""

    async def json(self) -> Any:
        """The parsed body; 422 for a key that stands twice."""
        if not hasattr(self, "_json"):
            self._json = json.loads(await self.body(), object_pairs_hook=_unique, parse_constant=_no_constant)
        return self._json


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise HTTPException(422, f"The key {key!r} stands twice in the JSON body; send it once.")
        seen[key] = value
    return seen


def _no_constant(name: str) -> Any:
    raise HTTPException(422, f"{name} is not JSON; send a number or null.")


class StrictRoute(APIRoute):
    """A route that takes `application/json` only and refuses duplicate keys."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the request made strict first."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is not None:
                _check_content_type(request)
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict


def _check_content_type(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(
            415, f"Send the body as application/json, not {kind or 'without a content type'}."
        )
