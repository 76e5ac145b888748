"""A route that reads its request strictly: JSON only, each key once, and an answer that the caller takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

ANY = ("*/*", "application/problem+json")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # an escape that may leave half a character behind


class StrictRoute(APIRoute):
    """Takes `application/json` bodies with unique keys (415, 422); 406 where the caller takes none of its answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the request made strict first."""
        handler = super().get_route_handler()
        given = self._media_types()

        async def strict(request: Request) -> Response:
            _check_accept(request.headers.get("accept"), given)
            if self.body_field is not None and _has_body(request):
                _check_content_type(request.headers.get("content-type", ""))
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict

    def _media_types(self) -> frozenset[str]:
        told = (one.get("content", {}) for status, one in self.responses.items() if str(status) < "3")
        named = {kind for content in told for kind in content}
        return frozenset(named or {"application/json"}) | (
            {"application/json"} if self.response_model is not None else frozenset()
        )


class _StrictRequest(Request):
    """JSON bodies with unique keys, whole characters and finite numbers only."""

    async def json(self) -> Any:
        """The parsed body; 422 for a key that stands twice and for half a character."""
        if not hasattr(self, "_json"):
            body = await self.body()
            self._json = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
            if _HALF.search(body):
                _check_whole(self._json)
        return self._json


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise HTTPException(422, f"A key stands twice in the JSON body: {key[:80]!a}. Send it once.")
        seen[key] = value
    return seen


def _no_constant(name: str) -> Any:
    raise HTTPException(422, f"{name} is not JSON; send a number or null.")


def _check_whole(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise HTTPException(
            422, "The JSON body holds half of a character (a lone surrogate); leave it out."
        ) from None


def _has_body(request: Request) -> bool:
    """Whether a body comes; one that is needed and does not come is told by its schema."""
    length = request.headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in request.headers


def _check_content_type(header: str) -> None:
    kind = header.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(
            415, f"Send the body as application/json, not {kind or 'without a content type'}."
        )


def _check_accept(header: str | None, given: frozenset[str]) -> None:
    if not header:
        return
    taken = [part.partition(";")[0].strip().lower() for part in header.split(",")]
    if not any(_takes(one, given) for one in taken):
        raise HTTPException(406, f"This is given as {' or '.join(sorted(given))}; ask for that.")


def _takes(kind: str, given: frozenset[str]) -> bool:
    if kind in ANY or kind in given:
        return True
    return kind.endswith("/*") and any(one.startswith(kind[:-1]) for one in given)
