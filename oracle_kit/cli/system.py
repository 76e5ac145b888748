"""`oracle token`, `oracle grants` and `oracle doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from oracle_kit.cli.opened import AsJson, Attributes, console, opened, print_json, viewer_of


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(epilog="Example:  oracle token --user asha --role manager --attribute team=kolkata-1")(token)
    app.command(epilog="Example:  oracle grants reader | psql crm")(grants)
    app.command(epilog="Example:  oracle doctor")(doctor)


def token(
    user: Annotated[str, typer.Option(help="the user's id")] = "analyst",
    role: Annotated[
        list[str] | None, typer.Option(help="a role; repeatable; unset: the demo viewer's")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="how long it is valid")] = 12.0,
    attribute: Attributes = None,
) -> int:
    """Issue a token for the served canvas and print it."""
    with opened() as oracle:
        viewer = viewer_of(oracle, user if role is None else role[0], attribute)
        if role is not None:
            viewer = viewer.model_copy(update={"id": user, "roles": tuple(role)})
        typer.echo(oracle.issue_token(viewer, hours=hours))
    return 0


def grants(
    role: Annotated[str, typer.Argument(help="the PostgreSQL role that Oracle signs in with")],
    personal: Annotated[
        bool, typer.Option(help="also the columns of personal data, for whoever may see them unmasked")
    ] = True,
) -> int:
    """Print the GRANTs of a role that can read what the datasets project, and nothing else."""
    from oracle_kit.bootstrap import open_catalog
    from oracle_kit.datasets.grants import grants as statements
    from oracle_kit.settings import read_settings

    for statement in statements(open_catalog(read_settings()), role, personal=personal):
        typer.echo(statement)
    return 0


def doctor(
    as_json: AsJson = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="read every revision of every page, and report what is damaged")
    ] = False,
) -> int:
    """Say what is configured, reachable and missing, and how to mend it; exit status 1 when something is broken."""
    from oracle_kit.doctor import examine, examine_pages
    from oracle_kit.settings import read_settings

    settings = read_settings()
    findings = tuple(examine_pages(settings)) if pages else examine(settings)
    if as_json:
        print_json([finding.model_dump(mode="json") for finding in findings])
    else:
        for finding in findings:
            mark = {"ok": "[green]ok[/green]     ", "missing": "[yellow]missing[/yellow]"}.get(
                finding.level, "[red]broken[/red] "
            )
            console().print(f"{mark} [bold]{finding.part}[/bold]  {finding.message}", soft_wrap=True)
            if finding.hint:
                console().print(f"        {finding.hint}", style="dim", markup=False, soft_wrap=True)
    return 1 if any(finding.level == "broken" for finding in findings) else 0
