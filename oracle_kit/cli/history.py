"""`oracle log`, `oracle diff`, `oracle fork`, `oracle rollback`, `oracle name` and `oracle purge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.model import Revision

PageId = Annotated[str, typer.Argument(metavar="PAGE", help="a page id, such as page_01H...")]
Word = Annotated[str, typer.Argument(metavar="REVISION", help="a revision's id, number or name")]
Message = Annotated[str, typer.Option("--message", "-m", help="why")]
MOST = 500  # revisions that one listing prints


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(epilog="Example:  oracle log page_01HZX --graph")(log)
    app.command(epilog='Examples:  oracle diff page_01HZX    oracle diff page_01HZX 3 "March review"')(diff)
    app.command(epilog='Example:  oracle fork page_01HZX --revision 3 --title "What if"')(fork)
    app.command(epilog='Example:  oracle rollback page_01HZX 3 -m "the filter was wrong"')(rollback)
    app.command(
        epilog='Examples:  oracle name page_01HZX "March review" 3    oracle name page_01HZX "March review" --remove'
    )(name)
    app.command(epilog="Example:  oracle purge page_01HZX --as admin")(purge)


def log(
    page: PageId,
    graph: Annotated[bool, typer.Option("--graph", help="draw where revisions come from")] = False,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Show the history of a page, newest first; with --graph also what was merged into it."""
    from oracle_kit.canvas.graph_text import graph_lines

    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        if graph:
            revisions = oracle.pages.graph(page, viewer=viewer, limit=MOST)
        else:
            revisions, _ = oracle.pages.revisions(page, viewer=viewer, limit=MOST)
        names: dict[str, list[str]] = {}
        for one in oracle.pages.revision_names(page, viewer=viewer):
            names.setdefault(one.revision_id, []).append(one.name)
    if as_json:
        print_json(
            [
                {**one.model_dump(mode="json", exclude={"blocks", "plan"}), "names": names.get(one.id, [])}
                for one in revisions
            ]
        )
        return 0
    for line, revision in graph_lines(revisions) if graph else (("*", one) for one in revisions):
        told = _told(revision, names.get(revision.id, []), page) if revision is not None else ""
        console().print(f"{line} {told}".rstrip(), markup=False, soft_wrap=True)
    return 0


def diff(
    page: PageId,
    before: Annotated[
        str | None, typer.Argument(metavar="FROM", help="id, number or name; unset: what TO was made on")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="TO", help="id, number or name; unset: the newest")
    ] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Show what differs between two revisions, by block and part."""
    from oracle_kit.canvas.diff_text import diff_text

    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        ids = [
            oracle.pages.find_revision(page, one, viewer=viewer) if one else None for one in (before, after)
        ]
        told = oracle.pages.diff(page, *ids, viewer=viewer)
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        console().print(diff_text(told.changes))
    return 0


def fork(
    page: PageId,
    revision: Annotated[
        str | None, typer.Option("--revision", help="id, number or name; unset: the newest")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="of the new page")] = None,
    message: Message = "",
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Make a page of one's own that shares the history of another, and print its id."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.pages.find_revision(page, revision, viewer=viewer) if revision else None
        made = oracle.pages.fork(page, viewer=viewer, revision_id=found, title=title, message=message)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        console().print(f"{made.id}  {made.title}", markup=False)
    return 0


def rollback(
    page: PageId,
    revision: Word,
    message: Message = "",
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Make the blocks of an earlier revision the newest again, as a new revision; nothing is lost."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.pages.find_revision(page, revision, viewer=viewer)
        made = oracle.pages.rollback(page, found, viewer=viewer, message=message)
    if as_json:
        print_json(made.model_dump(mode="json", exclude={"blocks", "plan"}))
    else:
        console().print(f"* {_told(made, [], page)}", markup=False, soft_wrap=True)
    return 0


def name(
    page: PageId,
    called: Annotated[str, typer.Argument(metavar="NAME", help='words, such as "March review"')],
    revision: Annotated[
        str | None, typer.Argument(metavar="REVISION", help="id, number or name; unset: the newest")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="take the name away again")] = False,
    role: As = "analyst",
    attribute: Attributes = None,
) -> int:
    """Give a revision a name, by which every command finds it."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        if remove:
            oracle.pages.unname_revision(page, called, viewer=viewer)
            return 0
        found = oracle.pages.find_revision(page, revision, viewer=viewer) if revision else None
        found = found or oracle.pages.revision(page, viewer=viewer).id
        oracle.pages.name_revision(page, found, called, viewer=viewer)
        console().print(f"{called}: {found}", markup=False)
    return 0


def purge(
    page: PageId,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    role: As = "admin",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Empty the rows of an archived page for good; its history and its hashes stay."""
    if not yes:
        typer.confirm(f"Empty the rows of all revisions of {page}? They cannot be brought back.", abort=True)
    with opened() as oracle:
        done = oracle.pages.purge(page, viewer=viewer_of(oracle, role, attribute))
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        kept = f"; {done.shared} that other pages hold too are left" if done.shared else ""
        console().print(f"{done.emptied} results emptied{kept}", markup=False)
    return 0


def _told(revision: Revision, names: list[str], page: str) -> str:
    """A revision in a line: number, id, kind, when, who, its names, why, and the page where that is another."""
    who = f"{revision.kind:<8} {revision.at:%d %b %H:%M}  {revision.author}"
    told = f"{revision.number:>3} {revision.id}  {who}"
    named = f"  ({', '.join(names)})" if names else ""
    where = f"  on {revision.page_id}" if revision.page_id != page else ""
    return f"{told}{named}  {revision.message or revision.prompt or ''}{where}"
