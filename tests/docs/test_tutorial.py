"""The tutorial is run as it stands: files written, commands executed, answers compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page: str, folder: Path, **settings: str) -> list[tuple[str, str]]:
    """Carry out a page's marked blocks in a folder; gives (commands, output) of each shell block."""
    environment = {
        **os.environ,
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    unset = "PYTHONDONTWRITEBYTECODE"  # a user's second start is quicker than the first
    environment = {
        key: value for key, value in environment.items() if not key.startswith("ORACLE_") and key != unset
    }
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "oracle-test-bytecode")
    environment |= settings
    outputs: list[tuple[str, str]] = []
    exports = ""
    for language, marks, body in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if marks.startswith("file="):
            target = folder / marks.removeprefix("file=")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body, encoding="utf-8")
            continue
        wanted = int(marks.partition("exit=")[2] or 0)
        command = [sys.executable, "-c", body] if language == "python" else ["bash", "-ec", exports + body]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )  # the page's own commands
        assert done.returncode == wanted, f"{body}\n{done.stdout}\n{done.stderr}"
        outputs.append((body, done.stdout))
        exports += "\n".join(line for line in body.splitlines() if line.startswith("export ")) + "\n"
    return outputs


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    return run_page("tutorial.md", tmp_path_factory.mktemp("tutorial"))


def test_the_answers_are_right(outputs: list[tuple[str, str]]) -> None:
    asked = outputs[1][1]
    assert "Rentals still out" in asked
    assert "Porto" in asked
    assert "135" in asked  # Porto took 30 + 45 + 60
    assert "50" in asked  # Braga took 25 + 25


def test_what_nobody_explained_is_named(outputs: list[tuple[str, str]]) -> None:
    assert "tandems" in outputs[-1][1]
