"""The site path that a proxy serves the application under."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class SitePath:
    """Tells the application its site path, whether the proxy cuts it off the request's path or not."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on with the whole path, as ASGI has it."""
        if scope["type"] in ("http", "websocket") and self.path:
            scope["root_path"] = self.path
            if not f"{scope['path']}/".startswith(f"{self.path}/"):
                scope["path"] = f"{self.path}{scope['path']}"
                scope["raw_path"] = self.path.encode() + scope.get("raw_path", b"")
        await self.app(scope, receive, send)


def inner_path(scope: Scope) -> str:
    """The request's path without the site path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def route_of(scope: Scope) -> str:
    """The path of the route that a request met, with the names of its parameters; `unmatched` for none."""
    route = getattr(scope.get("route"), "path", None)
    if route is None:
        return "unmatched"
    before: str = inner_path(scope).rsplit("/", route.count("/"))[0] if route else inner_path(scope)
    return f"{before}{route}"
