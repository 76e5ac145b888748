"""`oracle merge …`: what one page asks another to take over; read, discussed, reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.usecases.opened_requests import OpenedRequest
    from oracle_kit.usecases.reviews import ReviewVerdict

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="a merge request, such as mr_01H...")]
Comment = Annotated[str, typer.Option("--comment", "-m", help="what there is to say")]
Settled = Annotated[
    list[str] | None,
    typer.Option(
        "--resolve",
        metavar="BLOCK.PART=SIDE",
        help="settle a conflict by ours (the page), theirs (the fork) or keep (as before both); repeatable",
    ),
]
MOST = 200


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    merge = typer.Typer(help="Merge requests: ask for one, review it, merge it.", no_args_is_help=True)
    merge.command(epilog='Example:  oracle merge ask page_01HZX --title "Shorter titles"')(ask)
    merge.command("list", epilog="Example:  oracle merge list --state open")(list_requests)
    merge.command(epilog="Example:  oracle merge show mr_01HZX")(show)
    merge.command(epilog='Example:  oracle merge comment mr_01HZX -m "Why a table?"')(comment)
    merge.command(epilog="Example:  oracle merge approve mr_01HZX --resolve blk_01HZY.title=theirs")(approve)
    merge.command(epilog='Example:  oracle merge request-changes mr_01HZX -m "Shorter, please"')(
        request_changes
    )
    merge.command(epilog='Example:  oracle merge reject mr_01HZX -m "not this month"')(reject)
    merge.command(epilog="Example:  oracle merge close mr_01HZX")(close)
    app.add_typer(merge, name="merge")


def ask(
    source: Annotated[
        str, typer.Argument(metavar="PAGE", help="the page whose changes are to be taken over")
    ],
    title: Annotated[str, typer.Option("--title", help="what it changes")],
    into: Annotated[
        str | None, typer.Option("--into", metavar="PAGE", help="unset: the page that it was forked from")
    ] = None,
    message: Annotated[str, typer.Option("--message", "-m", help="why")] = "",
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Ask a page to take over what was done on a fork of it."""
    with opened() as oracle:
        made = oracle.reviews.create(
            source, into, viewer=viewer_of(oracle, role, attribute), title=title, message=message
        )
    return _shown(made, as_json)


def list_requests(
    page: Annotated[str | None, typer.Option("--page", help="from or into this page")] = None,
    state: Annotated[str | None, typer.Option("--state", help="such as open, stale or merged")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List the merge requests between pages that one may read, newest first."""
    with opened() as oracle:
        found, _ = oracle.reviews.list(
            viewer=viewer_of(oracle, role, attribute),
            page=page,
            state=state,  # type: ignore[arg-type]  # what is no state is refused by name
            limit=MOST,
        )
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return 0
    for one in found:
        left = f"  {one.conflicts} conflicts" if one.conflicts else ""
        line = f"{one.id}  {one.state:<17} {one.title}  by {one.author}{left}"
        console().print(line, markup=False, soft_wrap=True)
    return 0


def show(
    request: RequestId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None
) -> int:
    """Show a merge request: what it changes as the pages stand, its conflicts, what was said."""
    with opened() as oracle:
        found = oracle.reviews.read(request, viewer=viewer_of(oracle, role, attribute))
    return _shown(found, as_json)


def comment(
    request: RequestId,
    text: Comment = "",
    resolve: Settled = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Say something; its author and its reviewers may settle conflicts."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        done = oracle.reviews.comment(request, text, viewer=viewer, resolutions=_resolutions(resolve))
    return _shown(done, as_json)


def approve(
    request: RequestId,
    text: Comment = "",
    resolve: Settled = None,
    role: As = "reviewer",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Approve a merge request, which merges it; refused where conflicts are left."""
    return _reviewed(request, "approve", text, resolve, role, as_json, attribute)


def request_changes(
    request: RequestId,
    text: Comment = "",
    role: As = "reviewer",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Ask its author for something else."""
    return _reviewed(request, "request_changes", text, None, role, as_json, attribute)


def reject(
    request: RequestId,
    text: Comment = "",
    role: As = "reviewer",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Reject a merge request, which ends it; nothing of it is merged."""
    return _reviewed(request, "reject", text, None, role, as_json, attribute)


def close(
    request: RequestId,
    text: Comment = "",
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Withdraw a merge request, as its author or an editor of its target."""
    with opened() as oracle:
        done = oracle.reviews.close(request, viewer=viewer_of(oracle, role, attribute), comment=text)
    return _shown(done, as_json)


def _reviewed(
    request: str,
    verdict: ReviewVerdict,
    text: str,
    resolve: list[str] | None,
    role: str,
    as_json: bool,
    attribute: list[str] | None,
) -> int:
    from oracle_kit.errors import Conflict

    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        try:
            done = oracle.reviews.review(
                request, verdict, viewer=viewer, comment=text, resolutions=_resolutions(resolve)
            )
        except Conflict as error:
            if not error.details.get("conflicts") or as_json:
                raise
            _shown(oracle.reviews.read(request, viewer=viewer), as_json=False)
            hint = "Settle each: --resolve BLOCK.PART=ours, theirs or keep."
            raise type(error)(error.message, hint=hint, **error.details) from None
    return _shown(done, as_json)


def _resolutions(told: list[str] | None) -> list[dict[str, str]]:
    """The resolutions of `--resolve`; usage error for one that is not BLOCK.PART=SIDE."""
    found = []
    for one in told or []:
        place, equals, side = one.partition("=")
        block, dot, part = place.rpartition(".")
        if not (equals and dot and block and side):
            raise typer.BadParameter(f"{one!r} is not BLOCK.PART=SIDE", param_hint="--resolve")
        found.append({"block": block, "part": part, "take": side})
    return found


def _shown(opened_request: OpenedRequest, as_json: bool) -> int:
    from oracle_kit.canvas.diff_text import request_text

    one = opened_request
    if as_json:
        print_json(one.model_dump(mode="json"))
    else:
        text = request_text(one, one.source_title, one.target_title, one.reviews)
        console().print(text, soft_wrap=True)
    return 0
