"""`oracle serve`."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oracle_kit.cli.opened import console, shown_progress
from oracle_kit.errors import ContentError, NotInstalled

if TYPE_CHECKING:
    from oracle_kit.oracle import Oracle
    from oracle_kit.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
GRACE_S = 30  # that requests in flight get when the server is asked to stop


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command(epilog="Example:  oracle serve --port 8080")(serve)


def serve(
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="the port to listen on")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="server processes; more than one needs state on PostgreSQL")
    ] = 1,
) -> int:
    """Serve the canvas over HTTP until it is stopped; requests in flight end first."""
    from oracle_kit.bootstrap import open_oracle, state_url
    from oracle_kit.settings import read_settings

    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise NotInstalled("The server is not installed.", hint="pip install 'oracle-kit[server]'") from error
    settings = read_settings()
    if workers > 1 and state_url(settings).startswith("sqlite"):
        raise ContentError(
            "several server processes need their state on PostgreSQL",
            field="state_url",
            hint="Set ORACLE_STATE_URL to postgresql://…, or serve with one process.",
        )
    oracle = open_oracle(settings, progress=shown_progress())  # what is wrong is said before anything listens
    if settings.batch_worker:
        oracle.jobs.check_worker()
    _say(oracle, settings, host, port)
    options = _options(settings, host, port)
    if workers == 1:
        from canvas_server import create_app

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ended)
        try:
            uvicorn.run(create_app(oracle, settings), **options)
        finally:
            oracle.close()
        return 0
    oracle.close()
    with tempfile.TemporaryDirectory(prefix="oracle-metrics-") as counters:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters  # the processes count together
        uvicorn.run("canvas_server:create_app", factory=True, workers=workers, **options)
    return 0


def _options(settings: Settings, host: str, port: int) -> dict[str, Any]:
    """How the server is run."""
    return {
        "host": host,
        "port": port,
        "loop": "asyncio",  # what is installed for batches does not change the server
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_S,
        "ws_max_size": settings.body_limit,
        "ws_per_message_deflate": False,  # of 500 live connections it would be most of the memory and of the time
        "timeout_worker_healthcheck": 60,  # opening may take a while on a busy machine
    }


def _ended(number: int, frame: FrameType | None) -> None:
    """Nothing more to do: uvicorn sends itself the signal again once it has stopped, and we still close."""


def _say(oracle: Oracle, settings: Settings, host: str, port: int) -> None:
    from oracle_kit.preview import panel_installed

    out = console(stderr=True)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.root_path}"
    out.print(f"Oracle listens on {address}  (docs: /docs, ready: /readyz)")
    if host not in LOOPBACK or settings.jwks_url is not None:
        return  # whoever may sign in has a token from elsewhere
    out.print("A token for it:  oracle token --user analyst")
    if panel_installed() and sys.stdout.isatty():  # a link that signs in has no place in a log
        out.print("The studio; this link signs you in as an analyst, so keep it to yourself:")
        typer.echo(f"{address}/studio/sign-in#{oracle.issue_token(oracle.viewer('analyst'))}")
