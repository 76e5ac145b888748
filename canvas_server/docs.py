"""Human docs at `/docs`: Swagger UI from the installed package, no outside request, no inline script."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

ASSETS = "/docs-assets"
SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Oracle API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{root}/docs-assets/swagger-ui.css">
<link rel="icon" href="data:,"></head>
<body><div id="docs" data-openapi="{root}/openapi.json"></div>
<script src="{root}/docs-assets/swagger-ui-bundle.js"></script>
<script src="{root}/docs-start.js"></script></body></html>"""
START = """const place = document.getElementById("docs");
SwaggerUIBundle({domNode: place, url: place.dataset.openapi, deepLinking: true, validatorUrl: null});
"""


def install(app: FastAPI, *, front: str) -> None:
    """Serve the documentation page, its start script and its assets; the server's root leads to `front`."""
    folder = files("fastapi_offline") / "static"
    app.mount(ASSETS, StaticFiles(directory=str(folder)), name="docs-assets")

    @app.get("/", include_in_schema=False)
    def root(request: Request) -> RedirectResponse:
        return RedirectResponse(request.scope.get("root_path", "").rstrip("/") + front)

    @app.get("/docs", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return HTMLResponse(PAGE.format(root=root), headers={"Content-Security-Policy": SECURITY})

    @app.get("/docs-start.js", include_in_schema=False)
    def start() -> Response:
        return Response(START, media_type="text/javascript")
