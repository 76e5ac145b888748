"""`oracle pages`, `oracle log`, `oracle show` and `oracle export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

PageId = Annotated[str, typer.Argument(metavar="PAGE", help="a page id, such as page_01H...")]
MOST = 500  # pages or revisions that one listing prints
RevisionId = Annotated[str | None, typer.Option("--revision", help="a revision id; unset: the newest")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(epilog="Example:  oracle pages --as manager")(pages)
    app.command(epilog="Example:  oracle log page_01HZX")(log)
    app.command(epilog="Example:  oracle show page_01HZX --revision rev_01HZY")(show)
    app.command(epilog="Example:  oracle export page_01HZX --format html --out page.html")(export)


def pages(role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None) -> int:
    """List the pages that a viewer owns or shares, newest first."""
    with opened() as oracle:
        listed, _ = oracle.pages.list(viewer=viewer_of(oracle, role, attribute), limit=MOST)
        if as_json:
            print_json([page.model_dump(mode="json") for page in listed])
            return 0
        for page in listed:
            console().print(f"{page.id}  {page.updated_at:%d %b %Y %H:%M}  {page.title}", markup=False)
        return 0


def log(page: PageId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None) -> int:
    """Show the history of a page, newest first."""
    with opened() as oracle:
        revisions, _ = oracle.pages.revisions(page, viewer=viewer_of(oracle, role, attribute), limit=MOST)
        if as_json:
            print_json(
                [revision.model_dump(mode="json", exclude={"blocks", "plan"}) for revision in revisions]
            )
            return 0
        for revision in revisions:
            who = f"{revision.kind:<8} {revision.at:%d %b %H:%M}  {revision.author}"
            line = f"* {revision.number:>3} {revision.id}  {who}"
            console().print(
                f"{line}  {revision.message or revision.prompt or ''}", markup=False, soft_wrap=True
            )
        return 0


def show(
    page: PageId,
    revision: RevisionId = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Show the blocks of a page, under the viewer's own rights."""
    from oracle_kit.canvas.terminal import block_text

    with opened() as oracle:
        shown = oracle.pages.revision(page, revision, viewer=viewer_of(oracle, role, attribute))
        if as_json:
            print_json(shown.model_dump(mode="json"))
            return 0
        for block in shown.blocks:
            console().print(block_text(block))
        return 0


def export(
    page: PageId,
    out: Annotated[Path | None, typer.Option("--out", help="file to write; unset: standard output")] = None,
    form: Annotated[str, typer.Option("--format", help="html or json")] = "html",
    revision: RevisionId = None,
    role: As = "analyst",
    attribute: Attributes = None,
) -> int:
    """Write a page as one standalone HTML file, or as JSON."""
    with opened() as oracle:
        text = oracle.pages.export(
            page, form, viewer=viewer_of(oracle, role, attribute), revision_id=revision
        )
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        console(stderr=True).print(f"Wrote {out}", markup=False)
    return 0
