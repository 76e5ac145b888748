"""`oracle templates …`: list, search and show; draft, propose, retire, put on a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from oracle_kit.cli.ask import show_answer
from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.approvals.approval import Approval
    from oracle_kit.oracle import Oracle
    from oracle_kit.usecases.synthesis import Synthesized

TemplateId = Annotated[str, typer.Argument(metavar="ID", help="such as follow_ups.overdue.high_qd")]
Reason = Annotated[str, typer.Option(help="why, for who reviews it")]


class _SearchFirst(TyperGroup):
    """A group whose first word, where it is no command, begins a search."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # a context of click's
        """The arguments, with `search` before those that name no command."""
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["search", *args])


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    group = typer.Typer(
        cls=_SearchFirst,
        help="Templates: list or search them (`oracle templates overdue`), show, draft, propose, retire them.",
        epilog="Examples:  oracle templates overdue   |   oracle templates show follow_ups.overdue.high_qd",
    )
    group.command(epilog="Examples:  oracle templates   |   oracle templates overdue")(search)
    group.command(epilog="Example:  oracle templates show follow_ups.overdue.high_qd")(show)
    group.command(epilog="Example:  oracle templates versions follow_ups.overdue.high_qd")(versions)
    group.command(
        epilog='Examples:  oracle templates synthesize "Booked leads of NRI buyers by country"   |   oracle templates '
        'synthesize "Silence by team" --ask "average days since contact by team" --out codebook'
    )(synthesize)
    group.command(epilog="Example:  oracle templates propose leads.funnel.mine mine.yaml --reason weekly")(
        propose
    )
    group.command(epilog="Example:  oracle templates retire leads.funnel.mine")(retire)
    group.command(
        epilog="Examples:  oracle templates seed leads.any_leads.breakdown --dimension city --where \"stage = 'lost'\""
    )(seed)
    app.add_typer(group, name="templates")


def search(
    words: Annotated[str, typer.Argument(help="words to search for")] = "",
    identity: Annotated[str | None, typer.Option("--id", help="show this template whole")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List or search the templates that a viewer may use."""
    if identity:
        return show(identity, role, as_json, attribute)
    with opened() as oracle:
        found = oracle.templates.search(words, viewer=viewer_of(oracle, role, attribute))
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
            return 0
        out = console()
        for one in found:
            out.print(f"[bold]{one.id}[/bold]  {one.title}")
            out.print(f"    {one.why or 'e.g. ' + one.asks[0]}", style="dim", markup=False)
        out.print(f"{len(found)} templates")
        return 0


def show(
    template_id: TemplateId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None
) -> int:
    """Show one template whole, as JSON."""
    with opened() as oracle:
        template = oracle.templates.read(template_id, viewer=viewer_of(oracle, role, attribute))
        print_json(template.model_dump(mode="json"))
        return 0


def versions(
    template_id: TemplateId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None
) -> int:
    """List a template's versions, newest first, its file's last."""
    with opened() as oracle:
        found = oracle.templates.versions(template_id, viewer=viewer_of(oracle, role, attribute))
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
            return 0
        for one in found:
            where = one.file or f"by {one.author}, published by {one.reviewed_by}"
            console().print(f"{one.version:>3}  {one.status:<8}  {where}", markup=False)
        return 0


def synthesize(
    description: Annotated[str, typer.Argument(help="what the template should answer")],
    ask: Annotated[
        list[str] | None, typer.Option("--ask", help="a prompt that it answers; repeatable")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="on this dataset alone")] = None,
    identity: Annotated[str | None, typer.Option("--id", help="unset: beside its nearest neighbour")] = None,
    out: Annotated[
        Path | None, typer.Option(help="write it as a file of this codebook folder, or to this .yaml file")
    ] = None,
    save: Annotated[bool, typer.Option("--propose", help="save it as a proposal")] = False,
    reason: Reason = "",
    role: As = "author",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Draft a template from a description and a few asks, with its nearest neighbours and a look at live rows."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        made = oracle.synthesis.draft(
            description, asks=tuple(ask or ()), dataset=dataset, template_id=identity, viewer=viewer
        )
        file = _write(made, out) if out is not None else None
        saved = (
            oracle.approvals.propose_template(made.template_id, made.text, viewer=viewer, reason=reason)
            if save
            else None
        )
        if as_json:
            told = made.model_dump(mode="json", exclude={"blocks"})
            told["blocks"] = [oracle.block_json(block) for block in made.blocks]
            told |= {"file": str(file) if file else None, "approval_id": saved.approval_id if saved else None}
            print_json(told)
        else:
            _show(made, oracle)
            _say_where(file, saved)
        return 0


def propose(
    template_id: TemplateId,
    file: Annotated[Path, typer.Argument(help="a template as YAML; - reads standard input")],
    reason: Reason = "",
    role: As = "author",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Propose a template, or another version of one, from a file; a chapter has one part or two in its id."""
    text = sys.stdin.read() if str(file) == "-" else _read(file)
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        made = oracle.approvals.propose_template(template_id, text, viewer=viewer, reason=reason)
        if as_json:
            print_json(made.model_dump(mode="json"))
        else:
            _say_where(None, made)
        return 0


def retire(
    template_id: TemplateId, role: As = "author", as_json: AsJson = False, attribute: Attributes = None
) -> int:
    """Take back what was made here of a template, so that its file's version holds again."""
    with opened() as oracle:
        left = oracle.templates.retire(template_id, viewer=viewer_of(oracle, role, attribute))
        told = f"{left.file} holds again" if left else "there is no such template any more"
        if as_json:
            print_json({"id": template_id, "in_force": left.model_dump(mode="json") if left else None})
        else:
            console().print(f"{template_id} is retired; {told}.", markup=False)
        return 0


def seed(
    template_id: TemplateId,
    page: Annotated[str | None, typer.Option(help="a page id; unset: a new page")] = None,
    measure: Annotated[str | None, typer.Option(help="a measure's name, or sum(field)")] = None,
    dimension: Annotated[str | None, typer.Option(help="a field, or created_at:month")] = None,
    where: Annotated[str | None, typer.Option(help="a further filter, in the grammar of templates")] = None,
    window: Annotated[str | None, typer.Option(help="a time phrase, such as last 3 months")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="how many rows or groups")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Put a template's blocks on a page, its places filled with values, without a prompt."""
    from oracle_kit.codebook.filling import SlotValues

    values = SlotValues(measure=measure, dimension=dimension, where=where, window=window, limit=limit)
    with opened() as oracle:
        answer = oracle.templates.seed(
            template_id, values, viewer=viewer_of(oracle, role, attribute), page=page
        )
        if as_json:
            print_json(oracle.answer_json(answer))
        else:
            show_answer(answer)
        return 0


def _show(made: Synthesized, oracle: Oracle) -> None:
    out = console()
    out.print(f"[bold]{made.template_id}[/bold]")
    out.print(made.text, markup=False)
    for block in made.blocks:
        out.print(f"{block.title}: {len(block.rows)} rows now", markup=False)
    for near in made.neighbours:
        out.print(f"near  {near.score:.2f}  {near.template_id}  {near.why}", markup=False)
    for one in made.taken:
        out.print(f"takes “{one.ask}” from {one.template_id} ({one.score:.2f})", markup=False)
    for gone in made.dropped:
        out.print(f"left out  “{gone.text}”: {gone.reason}", style="dim", markup=False)
    for note in made.notes:
        out.print(f"note  {note}", markup=False)


def _say_where(file: Path | None, saved: Approval | None) -> None:
    if file is not None:
        console().print(f"written to {file}", markup=False)
    if saved is not None:
        told = (
            f"proposed as {saved.approval_id}; a reviewer runs: oracle approvals approve {saved.approval_id}"
        )
        console().print(told, markup=False, soft_wrap=True)


def _write(made: Synthesized, out: Path) -> Path:
    """The file that the draft was written to; a usage error where there is one."""
    file = out if out.suffix == ".yaml" else out.joinpath(*made.template_id.split(".")).with_suffix(".yaml")
    if file.exists():
        raise typer.BadParameter(f"{file} is there already", param_hint="--out")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(made.text, encoding="utf-8")
    return file


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {error}", param_hint="FILE") from None
