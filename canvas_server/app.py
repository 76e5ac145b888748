"""The served canvas: FastAPI over the kit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from canvas_server import docs, errors, openapi
from canvas_server.bodies_in import BodyLimit
from canvas_server.deps import KnownTokens, Waiting
from canvas_server.events import EventStreams
from canvas_server.limits import OriginCheck, RateLimit, TimeLimit
from canvas_server.live.hub import LiveHub
from canvas_server.observe import Metrics, Observe
from canvas_server.routes import (
    approvals,
    authoring,
    batch,
    health,
    history,
    live,
    me,
    merge_requests,
    models,
    pages,
    prompts,
    revisions,
    synthetic,
    templates,
)
from canvas_server.site_path import SitePath
from oracle_kit import Oracle, Settings, __version__, open_oracle, read_settings
from oracle_kit.preview import mount_studio, panel_installed

V1 = "/api/oracle/v1"
TAXONOMY = "/api/oracle"
RUNTIME = "/api/runtime/llm"
SENT = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID"]
SHOWN = ["ETag", "Location", "Retry-After", "X-Request-ID"]


def create_app(oracle: Oracle | None = None, settings: Settings | None = None) -> FastAPI:
    """The application over an Oracle, or over one that it opens from the settings in force and closes at the end."""
    settings = settings or read_settings()
    metrics, site = Metrics(), site_path(settings.root_path)
    streams = EventStreams(metrics)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.oracle = oracle or open_oracle(settings)
        if settings.batch_worker:
            app.state.oracle.jobs.start_worker()
        unwatch = app.state.oracle.models.watch(metrics.models.call)
        yield
        unwatch()
        await app.state.live.close()
        await streams.close()
        if oracle is None:
            app.state.oracle.close()

    app = FastAPI(
        title="Oracle",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.oracle, app.state.metrics, app.state.streams = oracle, metrics, streams
    app.state.tokens, app.state.waiting = KnownTokens(), Waiting()
    app.state.live = LiveHub(lambda: app.state.oracle, metrics, settings.live_clients)
    errors.install(app)
    _routes(app)
    docs.install(app, front="/studio" if panel_installed() else "/docs")
    openapi.install(app, site)
    if panel_installed():
        mount_studio(app, lambda: app.state.oracle, secret=_secret(settings), origins=settings.origins)
    _limits(app, settings)
    return app


def _secret(settings: Settings) -> str | None:
    """What the studio's pages are signed with, the same in every server process; None where none is set."""
    return settings.secret.get_secret_value() if settings.secret is not None else None


def site_path(text: str) -> str:
    """A site path as the server takes it: nothing, or with a slash before and none behind."""
    plain = text.strip("/")
    return f"/{plain}" if plain else ""


def _routes(app: FastAPI) -> None:
    app.include_router(health.router)
    app.include_router(live.router)
    canvas = (pages.router, prompts.router, revisions.router, history.router, merge_requests.router)
    for router in (me.router, *canvas, templates.search_router):
        app.include_router(router, prefix=V1)
    app.include_router(synthetic.router, prefix=TAXONOMY)  # before `component-templates/{id}`
    app.include_router(templates.taxonomy_router, prefix=TAXONOMY)
    app.include_router(authoring.router, prefix=TAXONOMY)
    app.include_router(authoring.v1_router, prefix=V1)
    app.include_router(approvals.router, prefix=V1)
    for router in (models.router, batch.router):
        app.include_router(router, prefix=RUNTIME)


def _limits(app: FastAPI, settings: Settings) -> None:
    """What stands before the routes; the last one added is the first that a request meets."""
    app.add_middleware(TimeLimit, seconds=settings.request_seconds)
    app.add_middleware(BodyLimit, size=settings.body_limit, seconds=settings.body_seconds)
    app.add_middleware(OriginCheck, allowed=settings.origins)
    app.add_middleware(RateLimit, per_minute=settings.rate_per_minute, burst=settings.rate_burst)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=SENT,
            expose_headers=SHOWN,
        )
    app.add_middleware(Observe, metrics=app.state.metrics)
    app.add_middleware(SitePath, path=site_path(settings.root_path))
