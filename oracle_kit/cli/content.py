"""`oracle datasets` and `oracle check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.usecases.datasets import Projection


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(epilog="Examples:  oracle datasets   |   oracle datasets crm.leads --as advisor")(datasets)
    app.command(epilog="Example:  ORACLE_DATASETS=./datasets oracle check")(check)


def datasets(
    identity: Annotated[str | None, typer.Argument(help="show this dataset whole")] = None,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List the datasets that a viewer may use, or show one with its fields, words and policy."""
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        if identity is None:
            allowed = oracle.datasets.list(viewer=viewer)
            if as_json:
                print_json([one.model_dump(mode="json") for one in allowed])
            else:
                for one in allowed:
                    console().print(f"[bold]{one.id}[/bold]  {one.title} ({', '.join(one.words[:4])})")
            return 0
        projection = oracle.datasets.read(identity, viewer=viewer)
        if as_json:
            print_json(projection.model_dump(mode="json"))
        else:
            _show_dataset(projection)
        return 0


def _show_dataset(one: Projection) -> None:
    from rich.table import Table

    out, words = console(), one.words
    out.print(f"[bold]{words.id}[/bold]  {words.title}: {', '.join(words.words)}")
    for policy in one.policies:
        out.print(f"policy: {policy}")
    table = Table("name", "is", "unit", "words", title="Fields, measures and glossary", title_justify="left")
    for field in words.fields:
        shown = f"{field.role} {field.type}" + (" (masked)" if field.masked else "")
        table.add_row(field.name, shown, field.unit or "", ", ".join(field.words))
    for measure in words.measures:
        table.add_row(measure.name, "measure", measure.unit or "", ", ".join(measure.words))
    for term in words.terms:
        table.add_row(term.name, "glossary", "", ", ".join(term.words))
    for relation in words.relations:
        table.add_row(relation.name, f"relation to {relation.dataset}", "", ", ".join(relation.words))
    out.print(table)


def check(
    as_json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="print every expression's type and unit too")] = False,
) -> int:
    """Validate content against schemas and the real database; exit status 1 when something is wrong."""
    with opened() as oracle:
        findings = oracle.check()
        if as_json:
            print_json([finding.model_dump(mode="json") for finding in findings])
        else:
            for finding in findings:
                if every or finding.level != "fact":
                    console().print(str(finding), markup=False, soft_wrap=True)
        errors = sum(finding.level == "error" for finding in findings)
        warnings = sum(finding.level == "warning" for finding in findings)
        console(stderr=True).print(f"{errors} errors, {warnings} warnings, {len(findings)} findings")
        return 1 if errors else 0
