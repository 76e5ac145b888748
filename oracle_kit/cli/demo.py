"""`oracle demo build` and `oracle demo run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oracle_kit.cli.opened import console, opened, shown_progress

PROMPTS = (
    "Show overdue high-QD follow-ups.",
    "Build a CRM pipeline view for high-intent NRI buyers.",
    "Build a Kolkata luxury inventory comparison block.",
)

demo = typer.Typer(help="The Velocity demo: a property company's warehouse, made up and always the same.")


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.add_typer(demo, name="demo")


@demo.command(
    epilog="Examples:  oracle demo build   |   oracle demo build --scale 10 --to duckdb:///big.duckdb   |   "
    "oracle demo build --to postgresql+psycopg://user@localhost/velocity"
)
def build(
    scale: Annotated[float, typer.Option(help="1 is about 20,000 leads; 100 is a hundred times that")] = 1.0,
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="where to; unset: the demo under ORACLE_HOME")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a demo that stands there")] = False,
) -> int:
    """Build the demo warehouse on DuckDB or PostgreSQL."""
    from oracle_kit.bootstrap import demo_url
    from oracle_kit.demo import build as build_demo
    from oracle_kit.settings import read_settings

    url = to or demo_url(read_settings())
    build_demo(url, scale=scale, progress=shown_progress(), overwrite=overwrite)
    console(stderr=True).print("Built the demo warehouse.")
    return 0


@demo.command(epilog="Example:  oracle demo run --out out")
def run(
    out: Annotated[Path, typer.Option(help="folder for the page")] = Path("out"),
    role: Annotated[str, typer.Option("--as", metavar="ROLE", help="who asks")] = "analyst",
) -> int:
    """Ask three questions of the demo, print the answers, and write the page as HTML."""
    from oracle_kit.cli.ask import show_answer

    screen = console()
    with opened() as oracle:
        viewer = oracle.viewer(role)
        page = oracle.pages.create("Velocity in a minute", viewer=viewer)
        for prompt in PROMPTS:
            screen.rule(prompt)
            show_answer(oracle.ask(prompt, viewer=viewer, page=page.id))
        text = oracle.pages.export(page.id, "html", viewer=viewer)
    out.mkdir(parents=True, exist_ok=True)
    target = out / "demo.html"
    target.write_text(text, encoding="utf-8")
    screen.print(f"The page stands in {target}. Open it in a browser.", markup=False)
    return 0
