"""The built wheel answers in an empty environment, with no checkout beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def uv() -> str:
    """The uv program that the Makefile installs where there is none."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    assert found, "uv is neither in the environment nor on the PATH"
    return found


def test_the_wheel_answers_where_nothing_else_is(uv: str, tmp_path: Path) -> None:
    tool = Path(sys.executable).parent / "python"
    run(
        uv,
        "build",
        "--wheel",
        "--quiet",
        "--python",
        str(tool),
        "--out-dir",
        str(tmp_path),
        str(ROOT),
        at=tmp_path,
    )
    (wheel,) = tmp_path.glob("*.whl")
    run(uv, "venv", "--quiet", "--python", str(tool), str(tmp_path / "env"), at=tmp_path)
    python = str(tmp_path / "env" / "bin" / "python")
    constraints = str(ROOT / "constraints.txt")
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--constraint",
        constraints,
        str(wheel),
        at=tmp_path,
    )
    home = tmp_path / "home"
    home.mkdir()
    asked = run(str(tmp_path / "env" / "bin" / "oracle"), "ask", "leads by city", at=home, HOME=str(home))
    assert "Kolkata" in asked


def run(*command: str, at: Path, **more: str) -> str:
    """What a command prints; the test fails with its output where it fails."""
    unset = ("ORACLE_", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(unset)}
    done = subprocess.run(
        command, cwd=at, env={**environment, **more}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
