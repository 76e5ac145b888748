"""Importing the package is cheap: nothing that only some users need comes with it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("panel", "fastapi", "pandas", "duckdb", "sqlalchemy", "ollama", "vl_convert")


def test_import_brings_nothing_heavy() -> None:
    code = f"import sys, oracle_kit; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_brings_nothing_heavy() -> None:
    code = (
        "import sys; from oracle_kit.cli.app import run; status = run(['--help']);"
        f"print(status, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "0 []"


def test_every_public_name_is_there() -> None:
    import oracle_kit

    assert all(getattr(oracle_kit, name) is not None for name in oracle_kit.__all__)
