"""`oracle ask`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.model import Answer

STATUSES = {"answered": 0, "reservation": 3, "refused": 4}


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command(
        epilog='Examples:  oracle ask "Show overdue high-QD follow-ups"   |   '
        'oracle ask "pipeline by city" --as manager --json   |   oracle ask "posh flats in Kolkata" --private'
    )(ask)


def ask(
    prompt: Annotated[str, typer.Argument(help="the question, in your own words")],
    role: As = "analyst",
    page: Annotated[str | None, typer.Option(help="add to this page; unset: a new page")] = None,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show the plan and its SQL; commit nothing")
    ] = False,
    provider: Annotated[
        str | None, typer.Option(help="the model provider to ask where the codebook does not answer")
    ] = None,
    model: Annotated[str | None, typer.Option(help="the model to ask; unset: as routing says")] = None,
    private: Annotated[bool, typer.Option("--private", help="ask models on your own machines only")] = False,
    attribute: Attributes = None,
) -> int:
    """Ask one question; prints the blocks. Exit status 0 answered, 3 with a reservation, 4 refused."""
    with opened() as oracle, waiting(as_json) as on_wait:
        asked: dict[str, Any] = {
            "viewer": viewer_of(oracle, role, attribute),
            "page": page,
            "provider": provider,
            "model": model,
            "private": private,
            "on_wait": on_wait,
        }
        if dry_run:
            return _dry_run(oracle.dry_run(prompt, **asked), as_json)
        answer = oracle.ask(prompt, **asked)
        if as_json:
            from oracle_kit.canvas.answer_json import answer_json

            print_json(answer_json(answer))
        else:
            show_answer(answer)
        return STATUSES[answer.status]


@contextmanager
def waiting(as_json: bool) -> Iterator[Callable[[str], None]]:
    """Shows on a terminal which model is waited for, until the answer is there."""
    out = console(stderr=True)
    if as_json or not out.is_terminal:
        yield lambda _: None
        return
    with out.status("") as status:
        yield lambda text: status.update(f"[dim]{text}[/dim]")


def show_answer(answer: Answer) -> None:
    """Print an answer's blocks, what was understood and what was not."""
    from oracle_kit.canvas.terminal import block_text

    out = console()
    for block in answer.blocks:
        out.print(block_text(block))
        out.print()
    for reservation in answer.reservations:
        out.print(f"[yellow]Note:[/yellow] {reservation}")
    if answer.choices:
        out.print("It could also mean: " + "; ".join(answer.choices))
    if answer.page_id and answer.revision:
        out.print(
            f"[dim]{answer.mode} · as of {answer.as_of:%d %b %Y %H:%M} UTC · page {answer.page_id}[/dim]"
        )


def _dry_run(planned: dict[str, object], as_json: bool) -> int:
    if as_json:
        print_json(planned)
        return 0
    out = console()
    for step in planned["steps"]:  # type: ignore[attr-defined]  # a list of plain mappings
        out.print(f"[bold]{step['title']}[/bold]  {step['kind']}  {step['template_id'] or ''}")
        for name, query in step["sql"].items():
            out.print(f"-- {name}", markup=False)
            out.print(query["sql"], markup=False)
            out.print(f"-- parameters: {query['parameters']}", markup=False)
    for word in planned["not_understood"]:  # type: ignore[attr-defined]  # a list of words
        out.print(f"not understood: {word}")
    return 0
