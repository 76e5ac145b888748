"""The command tree, and how an error ends it.

Exit status: 0 answered, 3 answered with a reservation, 4 refused or suggestions only, 2 usage, 1 failure.
"""

from __future__ import annotations

import json
import sys

import typer

from oracle_kit.cli import (
    approvals,
    ask,
    batch,
    content,
    demo,
    evaluate,
    history,
    init,
    merge,
    models,
    pages,
    serve,
    studio,
    system,
    templates,
)
from oracle_kit.errors import NotFound, OracleError, PromptRefused, Refused

app = typer.Typer(
    name="oracle",
    help="Typed questions answered from a codebook, every number read live under an allowlist.",
    epilog='Start with: oracle ask "Show overdue high-QD follow-ups"',
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (
    ask,
    templates,
    content,
    pages,
    history,
    merge,
    batch,
    approvals,
    models,
    demo,
    evaluate,
    serve,
    studio,
    init,
    system,
):
    part.register(app)


def run(arguments: list[str]) -> int:
    """Run one command; what comes back is its exit status."""
    try:
        result = app(arguments, standalone_mode=False)
    except OracleError as error:
        return report(error, as_json="--json" in arguments)
    except typer.Abort:
        return _say("Stopped. Nothing was left half-written.", 130)
    except KeyboardInterrupt:
        return _say("Stopped. Nothing was left half-written.", 130)
    except Exception as error:  # noqa: BLE001  # click's own usage errors know how to show themselves; the rest is raised
        return _usage(error)
    return result if isinstance(result, int) else 0


def report(error: OracleError, as_json: bool) -> int:
    """Say what happened and what to do next; what comes back is the exit status."""
    if as_json:
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        print(json.dumps({"error": body}, ensure_ascii=False))  # noqa: T201  # the answer of --json
    else:
        print(f"oracle: {error}", file=sys.stderr)  # noqa: T201  # errors go to standard error
    return exit_status(error)


def exit_status(error: OracleError) -> int:
    """2 for a malformed request, 4 for a refused one, 1 for anything that failed."""
    if isinstance(error, (PromptRefused, NotFound)):
        return 2
    return 4 if isinstance(error, Refused) else 1


def _say(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # errors go to standard error
    return status


def _usage(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return int(getattr(error, "exit_code", 2))
