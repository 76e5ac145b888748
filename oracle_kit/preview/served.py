"""The studio mounted on a FastAPI application, beside whatever else that serves."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from oracle_kit.canvas.csv_export import block_csv
from oracle_kit.canvas.html_style import sheet
from oracle_kit.errors import NotFound, OracleError, Unauthenticated
from oracle_kit.preview.guard import COOKIE, Guard, SignedIn, signed_in
from oracle_kit.preview.pages_html import sign_in_page

if TYPE_CHECKING:
    from fastapi import FastAPI

    from oracle_kit.model import Viewer
    from oracle_kit.oracle import Oracle

FORMS = {
    "html": ("text/html", "html"),
    "json": ("application/json", "json"),
    "csv": ("text/csv", "csv"),
    "canvas": ("application/json", "canvas"),
    "ipynb": ("application/x-ipynb+json", "ipynb"),
}


def mount(
    app: FastAPI, oracle: Callable[[], Oracle], *, prefix: str, secret: str | None, origins: Sequence[str]
) -> None:
    """The studio's routes, sessions and guard on the application, as `oracle_kit.preview.mount_studio` says."""
    from bokeh.core.validation import silence
    from bokeh.core.validation.warnings import EMPTY_LAYOUT
    from panel.io.fastapi import add_applications

    from oracle_kit.preview.first_view import first_view, in_first_view
    from oracle_kit.preview.studio import studio_page

    silence(EMPTY_LAYOUT, True)  # a page without blocks is no fault
    key = hashlib.sha256(f"studio:{secret or secrets.token_hex(32)}".encode()).digest()
    routes = Routes(oracle, prefix)
    app.add_route(f"{prefix}/assets/canvas.css", _canvas_sheet, methods=["GET"], include_in_schema=False)
    app.mount(f"{prefix}/assets", StaticFiles(directory=str(files("oracle_kit.preview") / "assets")))
    app.add_route(f"{prefix}/sign-in", routes.sign_in, methods=["GET", "POST"], include_in_schema=False)
    app.add_route(f"{prefix}/sign-out", routes.sign_out, methods=["POST"], include_in_schema=False)
    app.add_route(f"{prefix}/export/{{page_id}}", routes.export, methods=["GET"], include_in_schema=False)
    application = add_applications(
        {prefix: lambda: studio_page(oracle, prefix)},
        app=app,
        title="Oracle",
        secret_key=key,
        sign_sessions=True,
        include_headers=[],
        include_cookies=[],
        unused_session_lifetime_milliseconds=5_000,
        check_unused_sessions_milliseconds=5_000,
    )
    _let_go_of_closed_sockets(application)
    _load_only_what_is_used(application)
    for route in app.routes:
        if getattr(route, "path", None) == prefix:
            route.include_in_schema = False  # type: ignore[attr-defined]  # of a FastAPI route

    async def prepare(who: SignedIn, query: str) -> None:
        """The page's blocks, drawn beside the loop for the response that is on its way."""
        in_first_view.set(await asyncio.to_thread(lambda: first_view(oracle(), who, query, prefix)))

    app.add_middleware(
        Guard,
        authenticate=lambda token: oracle().authenticate(token),
        prepare=prepare,
        prefix=prefix,
        origins=origins,
    )


def _canvas_sheet(_: Request) -> Response:
    return Response(sheet("canvas"), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _load_only_what_is_used(application: Any) -> None:
    """Bokeh's WebGL draws nothing here, and its script is not sent."""
    given = application.resources

    def resources(absolute_url: str | None = None) -> Any:
        made = given(absolute_url)
        made.components = [name for name in made.components if name != "bokeh-gl"]
        return made

    application.resources = resources


def _let_go_of_closed_sockets(application: Any) -> None:
    """bokeh-fastapi does not see that a socket was closed by the browser: its session would stay for ever."""
    from bokeh_fastapi.handler import WSHandler

    if getattr(WSHandler, "lets_go", False):
        return
    connect = WSHandler.ws_connect

    async def ws_connect(self: Any, websocket: Any) -> None:
        try:
            await connect(self, websocket)
        finally:
            if self.connection is not None:
                self.application.client_lost(self.connection)

    WSHandler.ws_connect, WSHandler.lets_go = ws_connect, True


class Routes:
    """The studio's plain routes: sign in, sign out, and downloads."""

    def __init__(self, oracle: Callable[[], Oracle], prefix: str) -> None:
        self._oracle, self._prefix = oracle, prefix

    async def sign_in(self, request: Request) -> Response:
        """The form, or what comes of it: a cookie that no script can read, and the studio."""
        if request.method == "GET":
            return HTMLResponse(sign_in_page(self._prefix, request.query_params.get("next", "")))
        given = parse_qs((await request.body()).decode("utf-8", "replace"))
        token, after = given.get("token", [""])[0].strip(), given.get("next", [""])[0]
        try:
            await asyncio.to_thread(self._oracle().authenticate, token)
        except OracleError as error:
            problem = error if token else Unauthenticated("There is no token.", hint="Paste one below.")
            return HTMLResponse(sign_in_page(self._prefix, after, str(problem)), status_code=401)
        root = request.scope.get("root_path", "")
        answer = RedirectResponse(f"{root}{self._prefix}{after if after.startswith('?') else ''}", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, token, path=f"{root}{self._prefix}", httponly=True, samesite="lax", secure=secure
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Back to the sign-in, the cookie gone."""
        root = request.scope.get("root_path", "")
        answer = RedirectResponse(f"{root}{self._prefix}/sign-in", 303)
        answer.delete_cookie(COOKIE, path=f"{root}{self._prefix}")
        return answer

    async def export(self, request: Request) -> Response:
        """A page, or one block's rows as CSV, as a file, with what its reader may see."""
        try:
            name, kind, text = await asyncio.to_thread(self._exported, request)
        except OracleError as error:
            return PlainTextResponse(str(error), 404 if isinstance(error, NotFound) else 422)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type=kind, headers=headers)

    def _exported(self, request: Request) -> tuple[str, str, str]:
        oracle, page_id = self._oracle(), request.path_params["page_id"]
        viewer, block = self._viewer(), request.query_params.get("block")
        revision, form = request.query_params.get("revision"), request.query_params.get("format", "html")
        if block is not None:
            found = oracle.pages.revision(page_id, revision, viewer=viewer).blocks
            one = next((one for one in found if one.id == block), None)
            if one is None:
                raise NotFound("There is no such block on this page.")
            return f"{block}.csv", "text/csv", block_csv(one)
        kind, ending = FORMS.get(form, ("text/plain", "txt"))
        text = oracle.pages.export(page_id, form, viewer=viewer, revision_id=revision)
        return f"{page_id}.{ending}", kind, text

    def _viewer(self) -> Viewer:
        who = signed_in.get()
        if who is None:
            raise Unauthenticated("You are not signed in.")
        return self._oracle().authenticate(who.token)
