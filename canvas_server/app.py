"""The served canvas: FastAPI over the kit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from canvas_server import docs, errors
from canvas_server.limits import BodyLimit, OriginCheck, RateLimit, TimeLimit
from canvas_server.observe import Metrics, Observe
from canvas_server.routes import health, me, pages, prompts, templates
from oracle_kit import Oracle, Settings, __version__, open_oracle

V1 = "/api/oracle/v1"
TAXONOMY = "/api/oracle"
DESCRIPTION = """Typed questions answered from a codebook, every number read live under an allowlist.

Send `Authorization: Bearer <token>`; `oracle token --user you --role analyst` issues one. Every failure is
`application/problem+json` (RFC 9457) with a stable `code`."""


def create_app(oracle: Oracle | None = None, settings: Settings | None = None) -> FastAPI:
    """The application over an Oracle, or over one that it opens from the settings and closes at the end."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.oracle = oracle or open_oracle(settings)
        yield
        if oracle is None:
            app.state.oracle.close()

    app = FastAPI(
        title="Oracle",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        root_path=settings.root_path,
        lifespan=lifespan,
        responses=errors.COMMON,
    )
    app.state.metrics = Metrics()
    errors.install(app)
    _routes(app)
    docs.install(app)
    _limits(app, settings)
    return app


def _routes(app: FastAPI) -> None:
    app.include_router(health.router)
    for router in (me.router, pages.router, prompts.router, templates.search_router):
        app.include_router(router, prefix=V1)
    app.include_router(templates.taxonomy_router, prefix=TAXONOMY)


def _limits(app: FastAPI, settings: Settings) -> None:
    """What stands before the routes; the last one added is the first that a request meets."""
    app.add_middleware(TimeLimit, seconds=settings.request_seconds)
    app.add_middleware(BodyLimit, size=settings.body_limit, seconds=settings.body_seconds)
    app.add_middleware(OriginCheck, allowed=settings.origins)
    app.add_middleware(RateLimit, per_minute=settings.rate_per_minute, burst=settings.rate_burst)
    app.add_middleware(Observe, metrics=app.state.metrics)
