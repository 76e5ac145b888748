"""`oracle init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oracle_kit.cli.opened import AsJson, console, print_json


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command(
        epilog="Examples:  oracle init orders.csv   |   oracle init postgresql+psycopg://me@host/shop --table orders"
    )(init)


def init(
    source: Annotated[str, typer.Argument(metavar="URL_OR_CSV", help="a CSV file, or a database URL")],
    into: Annotated[Path, typer.Option(help="the folder to write")] = Path("workbench"),
    table: Annotated[str | None, typer.Option(help="the table, where the database has several")] = None,
    key: Annotated[str | None, typer.Option(help="the column that tells rows apart")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="write over what is there")] = False,
    as_json: AsJson = False,
) -> int:
    """Write a first dataset and templates for your own data, guessed; read them, then ask."""
    from oracle_kit.starting import start

    made = start(source, into, table=table, key=key, overwrite=overwrite)
    faults = _faults(into)
    if as_json:
        print_json({**made.model_dump(mode="json"), "findings": faults})
        return 1 if faults else 0
    out = console()
    out.print(f"{made.rows} rows in [bold]{made.dataset}[/bold]. Its fields were taken for:")
    for field, text in made.guesses:
        out.print(f"  [bold]{field}[/bold]  {text}", highlight=False)
    for column, reason in made.left_out:
        out.print(f"  {column} is left out: {reason}", markup=False, highlight=False)
    for fault in faults:
        out.print(fault, markup=False, highlight=False)
    out.print(f"\nWritten to {into}:  {', '.join(made.files)}", markup=False, highlight=False)
    out.print("Read datasets/*.yaml and mend what was guessed wrong. Then:", highlight=False)
    out.print(
        f"  export ORACLE_CONFIG={(into / 'oracle.toml').resolve()}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for ask in made.asks:
        out.print(f'  oracle ask "{ask}"', markup=False, highlight=False)
    out.print(
        "  oracle check     after each change: names file, line and what to write instead", highlight=False
    )
    out.print("  oracle studio    the same in a browser, with an editor for templates", highlight=False)
    return 1 if faults else 0


def _faults(into: Path) -> list[str]:
    """What `oracle check` finds wrong in what was written, where the settings name the database."""
    from oracle_kit.bootstrap import open_oracle
    from oracle_kit.settings import read_settings

    settings = read_settings(config=into / "oracle.toml")
    if settings.warehouse_url is None:
        return []
    oracle = open_oracle(settings)
    try:
        return [str(finding) for finding in oracle.check() if finding.level == "error"]
    finally:
        oracle.close()
