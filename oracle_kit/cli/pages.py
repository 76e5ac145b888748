"""`oracle pages`, `oracle show`, `oracle share`, `oracle archive`, `oracle export` and `oracle import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

PageId = Annotated[str, typer.Argument(metavar="PAGE", help="a page id, such as page_01H...")]
MOST = 500  # pages or revisions that one listing prints
RevisionId = Annotated[
    str | None, typer.Option("--revision", help="a revision's id, number or name; unset: the newest")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(epilog="Example:  oracle pages --as manager")(pages)
    app.command(epilog="Example:  oracle show page_01HZX --revision rev_01HZY")(show)
    app.command(epilog="Example:  oracle share page_01HZX --viewer manager --editor author")(share)
    app.command(epilog="Example:  oracle archive page_01HZX")(archive)
    app.command(epilog="Example:  oracle export page_01HZX --format html --out page.html")(export)
    app.command("import", epilog="Example:  oracle import page.json")(import_page)


def pages(
    archived: Annotated[bool, typer.Option("--archived", help="those that were put away instead")] = False,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List the pages that a viewer owns or shares, newest first."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        listed, _ = oracle.pages.list(viewer=viewer, archived=archived, limit=MOST)
        if as_json:
            print_json([page.model_dump(mode="json") for page in listed])
            return 0
        for page in listed:
            console().print(f"{page.id}  {page.updated_at:%d %b %Y %H:%M}  {page.title}", markup=False)
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
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.pages.find_revision(page, revision, viewer=viewer) if revision else None
        shown = oracle.pages.revision(page, found, viewer=viewer)
        if as_json:
            print_json(shown.model_dump(mode="json"))
            return 0
        for block in shown.blocks:
            console().print(block_text(block))
        return 0


def share(
    page: PageId,
    viewer: Annotated[list[str] | None, typer.Option("--viewer", help="who may read it; repeatable")] = None,
    editor: Annotated[
        list[str] | None, typer.Option("--editor", help="who may change it; repeatable")
    ] = None,
    visibility: Annotated[str | None, typer.Option("--visibility", help="private, team or everyone")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Say who else sees a page; those named take the place of those before, what is not named stays."""
    named = {"viewers": viewer, "editors": editor, "visibility": visibility}
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    with opened() as oracle:
        person = viewer_of(oracle, role, attribute)
        done = (
            oracle.pages.change(page, viewer=person, **changes)
            if changes
            else oracle.pages.read(page, viewer=person)
        )
    if as_json:
        print_json(done.model_dump(mode="json"))
        return 0
    for name, people in (("owner", (done.owner,)), ("editors", done.editors), ("viewers", done.viewers)):
        console().print(f"{name:<11}{', '.join(people) or 'nobody'}", markup=False)
    console().print(f"{'visibility':<11}{done.visibility}", markup=False)
    return 0


def archive(
    page: PageId,
    restore: Annotated[bool, typer.Option("--restore", help="bring it back")] = False,
    role: As = "analyst",
    attribute: Attributes = None,
) -> int:
    """Put a page away, or bring it back; nothing of it is lost."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        done = oracle.pages.change(page, viewer=viewer, archived=not restore)
    console().print(f"{done.id}  {'archived' if done.archived else 'in use'}  {done.title}", markup=False)
    return 0


def export(
    page: PageId,
    out: Annotated[Path | None, typer.Option("--out", help="file to write; unset: standard output")] = None,
    form: Annotated[
        str, typer.Option("--format", help="html, json, csv, canvas (JSON Canvas) or ipynb")
    ] = "html",
    revision: RevisionId = None,
    role: As = "analyst",
    attribute: Attributes = None,
) -> int:
    """Write a page as a file: standalone HTML, JSON, CSV, JSON Canvas or a notebook."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.pages.find_revision(page, revision, viewer=viewer) if revision else None
        text = oracle.pages.export(page, form, viewer=viewer, revision_id=found)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        console(stderr=True).print(f"Wrote {out}", markup=False)
    return 0


def import_page(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="a page exported as JSON; - for standard input")
    ],
    title: Annotated[str | None, typer.Option("--title", help="of the new page; unset: the file's")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Make a new page from an exported one: its questions are asked again, nothing else of the file is believed."""
    text = _read(file)
    with opened() as oracle:
        made = oracle.pages.import_page(text, viewer=viewer_of(oracle, role, attribute), title=title)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        console().print(f"{made.id}  {made.title}", markup=False)
    return 0


def _read(file: Path) -> str:
    """The text of a file or of standard input; usage error for one that cannot be read."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"it cannot be read ({error})", param_hint="FILE") from None
