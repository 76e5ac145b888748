"""`oracle approvals …`: proposed writes, read and decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.approvals.approval import Approval, Verdict

ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="an approval id, such as apr_01H...")]
ApprovalIds = Annotated[list[str], typer.Argument(metavar="APPROVAL...", help="one or more approval ids")]
Comment = Annotated[str, typer.Option(help="why")]
MOST = 200


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    approvals = typer.Typer(help="Proposed writes: read them, approve or reject them.", no_args_is_help=True)
    approvals.command("list", epilog="Example:  oracle approvals list --as reviewer --status pending")(
        list_approvals
    )
    approvals.command(epilog="Example:  oracle approvals show apr_01HZX --as reviewer")(show)
    approvals.command(epilog="Example:  oracle approvals approve apr_01HZX --as reviewer")(approve)
    approvals.command(
        epilog='Example:  oracle approvals reject apr_01HZX --as reviewer --comment "wrong lead"'
    )(reject)
    app.add_typer(approvals, name="approvals")


def list_approvals(
    role: As = "reviewer",
    status: Annotated[str | None, typer.Option(help="only those of this status")] = None,
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List proposed writes, newest first: all for a reviewer, one's own for others."""
    from oracle_kit.approvals.approval import MOVES

    if status is not None and status not in MOVES:
        raise typer.BadParameter(f"it is one of {', '.join(MOVES)}", param_hint="--status")
    with opened() as oracle:
        found, _ = oracle.approvals.list(viewer=viewer_of(oracle, role, attribute), status=status, limit=MOST)
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
            return 0
        for one in found:
            console().print(_line(one), markup=False)
        return 0


def show(
    approval: ApprovalId, role: As = "reviewer", as_json: AsJson = False, attribute: Attributes = None
) -> int:
    """Show one proposed write: what is, and what would be."""
    with opened() as oracle:
        found = oracle.approvals.read(approval, viewer=viewer_of(oracle, role, attribute))
        if as_json:
            print_json(found.model_dump(mode="json"))
            return 0
        out = console()
        out.print(_line(found), markup=False)
        for name, value in found.before.items():
            out.print(f"  {name}: {value}", markup=False)
        for write in found.after:
            ((kind, table),) = [(name, value) for name, value in write.items() if name != "row"]
            out.print(
                f"  {kind} {table}: " + ", ".join(f"{k} = {v}" for k, v in write["row"].items()), markup=False
            )
        return 0


def approve(
    approvals: ApprovalIds,
    comment: Comment = "",
    role: As = "reviewer",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Approve proposed writes, which carries them out. Exit status 1 where one was not."""
    return _decide(approvals, "approve", comment, role, as_json, attribute)


def reject(
    approvals: ApprovalIds,
    comment: Comment = "",
    role: As = "reviewer",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Reject proposed writes, which are then never carried out."""
    return _decide(approvals, "reject", comment, role, as_json, attribute)


def _decide(
    ids: list[str], verdict: Verdict, comment: str, role: str, as_json: bool, attribute: list[str] | None
) -> int:
    wanted = "applied" if verdict == "approve" else "rejected"
    with opened() as oracle:
        found = oracle.approvals.review_many(
            ids, verdict, viewer=viewer_of(oracle, role, attribute), comment=comment
        )
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
        else:
            for one in found:
                console().print(
                    _line(one.approval) if one.approval else f"{one.approval_id}  {one.message}", markup=False
                )
        return 0 if all(one.approval and one.approval.status == wanted for one in found) else 1


def _line(one: Approval) -> str:
    told = f"{one.approval_id}  {one.status:<9} {one.title}  by {one.proposed_by}"
    why = f"  {one.failure_reason or one.reason}" if one.failure_reason or one.reason else ""
    return told + why
