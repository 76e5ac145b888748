"""Oracle in a notebook: `%load_ext oracle_kit`, then `%%oracle` asks a question and shows its answer.

What a magic made stands in the notebook as variables: `oracle`, `viewer`, `answer` and `page` (its id).
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import MutableMapping
from typing import Any

from oracle_kit.bootstrap import open_oracle
from oracle_kit.errors import OracleError, PromptRefused
from oracle_kit.model import Answer
from oracle_kit.oracle import Oracle

USAGE = "%%oracle [--as ROLE] [--new | --page ID] PROMPT"


def install(shell: Any) -> None:
    """Add the magics to an IPython shell."""

    def oracle(line: str, cell: str | None = None) -> Answer | None:
        """Ask a question on the notebook's page (the first makes it); `--new` begins another, `--as` asks as a role."""
        try:
            return ask(shell.user_ns, line, cell)
        except OracleError as error:
            shell.showtraceback((type(error), error, None), exception_only=True)
            return None

    shell.register_magic_function(oracle, magic_kind="line_cell", magic_name="oracle")


def ask(names: MutableMapping[str, Any], line: str, cell: str | None) -> Answer:
    """The answer to what stands in the line and the cell; `names` are the notebook's variables."""
    given = _read(line)
    opened = names.setdefault("oracle", None) or shown_opening()
    names["oracle"] = opened
    if given.role is not None or names.get("viewer") is None:
        names["viewer"] = opened.viewer(given.role or "analyst")
    page = None if given.new else given.page or names.get("page")
    prompt = " ".join(part for part in (" ".join(given.prompt), (cell or "").strip()) if part)
    answer: Answer = opened.ask(prompt, viewer=names["viewer"], page=page)
    names.update(answer=answer, page=answer.page_id)
    return answer


def shown_opening() -> Oracle:
    """Oracle on the settings in force, with a progress bar while the demo is built at first use."""
    from tqdm.auto import tqdm

    bars: list[Any] = []

    def progress(what: str, fraction: float) -> None:
        if not bars:
            bars.append(tqdm(total=100, desc=what, unit="%", leave=False))
        bars[0].set_description(what)
        bars[0].update(round(fraction * 100) - bars[0].n)

    try:
        return open_oracle(progress=progress)
    finally:
        for bar in bars:
            bar.close()


class _Parser(ArgumentParser):
    """Says what is wrong as an error of Oracle's, and does not end the kernel."""

    def error(self, message: str) -> Any:
        """Raises PromptRefused."""
        raise PromptRefused(f"The magic cannot be read: {message}.", hint=f"Write {USAGE}.")


def _read(line: str) -> Any:
    parser = _Parser(prog="%%oracle", add_help=False)
    parser.add_argument("--as", dest="role")
    parser.add_argument("--page")
    parser.add_argument("--new", action="store_true")
    parser.add_argument("prompt", nargs="*")
    return parser.parse_args(line.split())
