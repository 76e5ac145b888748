"""`oracle eval`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, console, print_json, shown_progress

if TYPE_CHECKING:
    from oracle_kit.evaluate import Ask, Rank, Report
    from oracle_kit.model import Answer
    from oracle_kit.oracle import Oracle
    from oracle_kit.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command(
        "eval",
        epilog="Examples:  oracle eval benchmarks/devset.jsonl   |   oracle eval mine.jsonl --as manager --jobs 2   "
        "|   oracle eval mine.jsonl --min-right 0.95 --max-wrong-unwarned 0 --out report.json --curve curve.svg",
    )(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON Lines: id, prompt, viewer, expect, gold, compare, ...")],
    role: As = "analyst",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="prompts asked at a time")] = 1,
    min_right: Annotated[
        float | None, typer.Option(min=0, max=1, help="exit 1 below this fraction right")
    ] = None,
    max_wrong_unwarned: Annotated[
        int | None, typer.Option(min=0, help="exit 1 above so many wrong without a warning")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write the report as JSON here")] = None,
    curve: Annotated[Path | None, typer.Option(help="write the risk-coverage curve as SVG here")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="keep the pages in the state in force; unset: a state of its own")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Ask every prompt of a file and judge the answers against its gold SQL; --as asks for cases that name no viewer.

    Exit status 0, or 1 where a threshold given does not hold.
    """
    from oracle_kit.bootstrap import demo_url
    from oracle_kit.evaluate import Gold, load_cases, report_text
    from oracle_kit.evaluate import evaluate as run
    from oracle_kit.settings import read_settings

    cases, settings = load_cases(file), read_settings()
    with _opened(settings, keep=keep) as oracle:
        for name in sorted({case.viewer or role for case in cases}):
            oracle.viewer(name)  # names a viewer that there is none of before anything is asked
        gold = Gold(settings.warehouse_url or demo_url(settings))
        try:
            report = run(
                asks(oracle),
                cases,
                gold,
                viewer=role,
                rank=ranks(oracle),
                jobs=jobs,
                progress=shown_progress(),
            )
        finally:
            gold.close()
    _write(report, out, curve)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        console().print(report_text(report))
    return 0 if report.passes(min_right, max_wrong_unwarned) else 1


def asks(oracle: Oracle) -> Ask:
    """How an evaluation asks this workbench: each case on a page of its own."""

    def ask(prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        who, page = oracle.viewer(viewer), None
        for before in on:
            page = oracle.ask(before, viewer=who, page=page).page_id
        return oracle.ask(prompt, viewer=who, page=page)

    return ask


def ranks(oracle: Oracle) -> Rank:
    """How an evaluation learns which templates compete for a prompt."""
    from oracle_kit.errors import NotPermitted
    from oracle_kit.model import Match

    def rank(prompt: str, viewer: str) -> tuple[Match, ...]:
        try:
            found = oracle.templates.search(prompt, viewer=oracle.viewer(viewer))
        except NotPermitted:
            return ()
        return tuple(Match(template_id=one.id, dataset=one.dataset, score=one.score or 0.0) for one in found)

    return rank


@contextmanager
def _opened(settings: Settings, *, keep: bool) -> Iterator[Oracle]:
    """Oracle on the settings in force, its pages kept apart in a state that goes at the end unless `keep`."""
    from oracle_kit.bootstrap import open_oracle

    with tempfile.TemporaryDirectory(prefix="oracle-eval-") as folder:
        apart = {} if keep else {"state_url": f"sqlite:///{folder}/state.sqlite"}
        oracle = open_oracle(settings.model_copy(update=apart), progress=shown_progress())
        try:
            yield oracle
        finally:
            oracle.close()


def _write(report: Report, out: Path | None, curve: Path | None) -> None:
    from oracle_kit.evaluate import curve_svg

    if out is not None:
        out.write_text(report.model_dump_json(indent=2), encoding="utf-8")
    if curve is not None:
        curve.write_text(curve_svg(report.curve), encoding="utf-8")
