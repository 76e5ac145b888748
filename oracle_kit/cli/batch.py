"""`oracle batch …` and `oracle worker`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.jobs.job import Job
    from oracle_kit.jobs.spool import Spool
    from oracle_kit.oracle import Oracle

JobId = Annotated[str, typer.Argument(metavar="JOB", help="a job id, such as job_01H...")]
PLANNING = "oracle_canvas_planning"
CHUNK = 1 << 20
MOST = 200
LINES = (".jsonl", ".ndjson")


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    batch = typer.Typer(help="Batches: many prompts or chats, run by a worker.", no_args_is_help=True)
    batch.command(
        epilog="Examples:  oracle batch submit prompts.txt --wait   |   oracle batch submit job.json --key monday"
    )(submit)
    batch.command("list", epilog="Example:  oracle batch list --status running")(list_jobs)
    batch.command(epilog="Example:  oracle batch status job_01HZX")(status)
    batch.command(epilog="Example:  oracle batch results job_01HZX --format csv > results.csv")(results)
    batch.command(epilog="Example:  oracle batch cancel job_01HZX")(cancel)
    batch.command(epilog="Example:  oracle batch retry job_01HZX --wait")(retry)
    app.add_typer(batch, name="batch")
    app.command(epilog="Example:  oracle worker --threads 16")(worker)


def submit(
    file: Annotated[
        Path,
        typer.Argument(help="a job as .json, items as .jsonl, or prompts, one to a line, in any other file"),
    ],
    job_type: Annotated[str, typer.Option("--type", help="job type, where the file has no job")] = PLANNING,
    provider: Annotated[str | None, typer.Option(help="model provider; unset: routing decides")] = None,
    model: Annotated[str | None, typer.Option(help="model; unset: routing decides")] = None,
    page: Annotated[str | None, typer.Option(help="put the prompts' blocks on this page")] = None,
    priority: Annotated[int, typer.Option(min=0, max=9, help="9 goes first")] = 5,
    key: Annotated[str | None, typer.Option(help="idempotency key: the same file is submitted once")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="run it here too, until it has ended")] = False,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Submit a batch. Exit status 0; with --wait, 3 where some items failed and 1 where all did."""
    from oracle_kit.jobs.job import JobAsked

    with opened() as oracle, oracle.jobs.spool("json" if file.suffix == ".json" else "ndjson") as spool:
        viewer = viewer_of(oracle, role, attribute)
        _fill(spool, file)
        asked = None
        if file.suffix != ".json":
            asked = JobAsked(
                job_type=job_type, provider=provider, model=model, page_id=page, priority=priority
            )
        job = oracle.jobs.submit(spool, viewer=viewer, asked=asked, key=key)
        if wait:
            return _waited(oracle, job.job_id, role, as_json, attribute)
        _show(job, as_json)
        return 0


def _fill(spool: Spool, file: Path) -> None:
    try:
        with file.open("rb") as source:
            if file.suffix in (".json", *LINES):
                while chunk := source.read(CHUNK):
                    spool.add(chunk)
            else:
                for chunk in _prompts(source):
                    spool.add(chunk)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="FILE") from None


def _prompts(source: Any) -> Iterator[bytes]:
    for number, line in enumerate(source, 1):
        text = line.decode("utf-8", "replace").strip()
        if text:
            item = {"request_id": str(number), "messages": [{"role": "user", "content": text}]}
            yield json.dumps(item).encode() + b"\n"


def list_jobs(
    role: As = "analyst",
    status: Annotated[str | None, typer.Option(help="only jobs of this status")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="only my own")] = False,
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """List jobs, newest first."""
    from oracle_kit.jobs.moves import JOB_MOVES

    if status is not None and status not in JOB_MOVES:
        raise typer.BadParameter(f"it is one of {', '.join(JOB_MOVES)}", param_hint="--status")
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        jobs, _ = oracle.jobs.list(viewer=viewer, status=status, mine=mine, limit=MOST)
        if as_json:
            print_json([job.model_dump(mode="json") for job in jobs])
            return 0
        for job in jobs:
            console().print(_line(job), markup=False)
        return 0


def status(job: JobId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None) -> int:
    """Show how a job stands."""
    with opened() as oracle:
        _show(oracle.jobs.read(job, viewer=viewer_of(oracle, role, attribute)), as_json)
        return 0


def results(
    job: JobId,
    form: Annotated[str, typer.Option("--format", help="text, ndjson or csv")] = "text",
    failed: Annotated[bool, typer.Option("--failed", help="only items that failed")] = False,
    role: As = "analyst",
    attribute: Attributes = None,
) -> int:
    """Print what has ended so far, in the order in which it did."""
    if form not in ("text", "ndjson", "csv"):
        raise typer.BadParameter("it is text, ndjson or csv", param_hint="--format")
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        every = oracle.jobs.every_result(job, viewer=viewer)
        found = (one for one in every if one.status == "failed" or not failed)
        if form == "csv":
            for text in oracle.jobs.csv(job, viewer=viewer):
                sys.stdout.write(text)
            return 0
        for one in found:
            if form == "ndjson":
                sys.stdout.write(one.model_dump_json(exclude_none=True) + "\n")
            else:
                said = (
                    one.reply if one.status == "succeeded" else f"{one.failure_class}: {one.failure_reason}"
                )
                console().print(
                    f"{one.request_id:<12} {one.status:<10} {said or ''}", markup=False, soft_wrap=True
                )
        return 0


def cancel(job: JobId, role: As = "analyst", as_json: AsJson = False, attribute: Attributes = None) -> int:
    """Let nothing more of a job begin; what is done stays."""
    with opened() as oracle:
        _show(oracle.jobs.cancel(job, viewer=viewer_of(oracle, role, attribute)), as_json)
        return 0


def retry(
    job: JobId,
    wait: Annotated[bool, typer.Option("--wait", help="run it here too, until it has ended")] = False,
    role: As = "analyst",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Queue again what failed, and only that."""
    with opened() as oracle:
        again = oracle.jobs.retry(job, viewer=viewer_of(oracle, role, attribute))
        if wait:
            return _waited(oracle, job, role, as_json, attribute)
        _show(again, as_json)
        return 0


def worker(
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="items at a time")] = None,
    drain: Annotated[
        float, typer.Option(min=0, help="seconds that items may take to end when it is stopped")
    ] = 30.0,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="end when nothing is left to do")
    ] = False,
) -> int:
    """Run batch items until it is stopped (Ctrl-C or SIGTERM): then it takes no more, and ends what it has."""
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, frame: stop.set())
    with opened() as oracle:
        running = oracle.jobs.start_worker(threads=threads)
        console(stderr=True).print(f"Working as {running.claims.worker_id}; stop with Ctrl-C.", markup=False)
        while not stop.wait(0.5):
            if until_empty and not running.under_way and not oracle.jobs.anything_to_do():
                break
        whole = running.stop(drain)
    console(stderr=True).print("Stopped." if whole else "Stopped; what had not ended is left to others.")
    return 0


def _waited(oracle: Oracle, job_id: str, role: str, as_json: bool, attribute: list[str] | None) -> int:
    from rich.progress import Progress

    batch = oracle.batch(viewer=viewer_of(oracle, role, attribute), job_id=job_id)
    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(job_id, total=batch.job.submitted_count)
        for _ in batch.results():
            bar.advance(task)
    job = batch.job
    _show(job, as_json)
    return {"completed": 0, "completed_with_errors": 3}.get(job.status, 1)


def _show(job: Job, as_json: bool) -> None:
    if as_json:
        print_json(job.model_dump(mode="json"))
        return
    console().print(_line(job), markup=False)
    left = f"about {job.estimated_seconds:.0f} s left" if job.estimated_seconds else ""
    for line in (job.failure_reason, left):
        if line:
            console().print(f"  {line}", markup=False)


def _line(job: Job) -> str:
    done = f"{job.completed_count}/{job.submitted_count} done"
    failed = f", {job.failed_count} failed" if job.failed_count else ""
    return f"{job.job_id}  {job.status:<21} {done}{failed}  {job.job_type}  {job.submitted_by}"
