"""`oracle studio`."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from oracle_kit.cli.opened import As, Attributes, console, shown_progress, viewer_of


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command(epilog="Example:  oracle studio --as author --open")(studio)


def studio(
    role: As = "analyst",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="the port to listen on; 0 takes a free one")
    ] = 8001,
    open_: Annotated[bool, typer.Option("--open", help="open a browser on it")] = False,
    attribute: Attributes = None,
) -> int:
    """Serve the studio on this machine alone, signed in as a viewer, until it is stopped."""
    from oracle_kit.preview import require_panel

    require_panel()
    import uvicorn

    from canvas_server import create_app
    from oracle_kit.bootstrap import open_oracle
    from oracle_kit.settings import read_settings

    settings = read_settings()
    oracle = open_oracle(settings, progress=shown_progress())
    try:
        token = oracle.issue_token(viewer_of(oracle, role, attribute))
        config = uvicorn.Config(create_app(oracle, settings), host="127.0.0.1", port=port, log_config=None)
        server = uvicorn.Server(config)
        with config.bind_socket() as listening:
            address = (
                f"http://127.0.0.1:{listening.getsockname()[1]}{settings.root_path}/studio/sign-in#{token}"
            )
            console(stderr=True).print("The studio; this link signs you in, so keep it to yourself:")
            typer.echo(address)
            if open_:
                typer.launch(address)
            logging.getLogger("oracle_kit.preview").addHandler(logging.StreamHandler())
            server.run(sockets=[listening])
    finally:
        oracle.close()
    return 0
