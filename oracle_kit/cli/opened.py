"""Opening Oracle for one command: settings, the demo built at first use, the viewer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from oracle_kit.model import Viewer
    from oracle_kit.oracle import Oracle

As = Annotated[
    str, typer.Option("--as", metavar="ROLE", help="the demo's viewer or a role, such as analyst or advisor")
]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--attribute", metavar="NAME=VALUE", help="a viewer attribute for row filters; repeatable"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def opened() -> Iterator[Oracle]:
    """Oracle on the settings in force, closed at the end; the demo is built first where there is no warehouse yet."""
    from oracle_kit.bootstrap import open_oracle
    from oracle_kit.settings import read_settings

    oracle = open_oracle(read_settings(), progress=shown_progress())
    try:
        yield oracle
    finally:
        oracle.close()


def viewer_of(oracle: Oracle, name: str, attributes: list[str] | None) -> Viewer:
    """The viewer of that name or role with the attributes given; usage error for one that is not name=value."""
    pairs = [text.partition("=") for text in attributes or []]
    for key, separator, _ in pairs:
        if not separator:
            raise typer.BadParameter(f"{key!r} is not NAME=VALUE", param_hint="--attribute")
    given = {key: int(value) if value.lstrip("-").isdigit() else value for key, _, value in pairs}
    return oracle.viewer(name, **given)


def console(stderr: bool = False) -> Console:
    """A Rich console on standard output or standard error."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    import json

    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


class ShownProgress:
    """A progress bar on standard error that appears when work starts and goes when it ends."""

    def __init__(self) -> None:
        self.bar: object | None = None

    def __call__(self, what: str, fraction: float) -> None:
        """Show that `what` is done to `fraction` (0..1)."""
        from rich.progress import Progress

        if self.bar is None:
            self.bar = Progress(console=console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task(what, total=1.0)
        assert isinstance(self.bar, Progress)  # noqa: S101  # narrows the type for mypy
        self.bar.update(self.task, description=what, completed=fraction)
        if fraction >= 1.0:
            self.bar.stop()
            self.bar = None


def shown_progress() -> ShownProgress:
    """A fresh progress bar."""
    return ShownProgress()
