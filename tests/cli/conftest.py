"""The `oracle` command as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(velocity_duckdb: str, tmp_path: Path) -> Run:
    """Runs `oracle` over the demo warehouse with a home of its own; gives the finished process."""
    unset = "PYTHONDONTWRITEBYTECODE"  # a user's second start is quicker than the first
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith("ORACLE_") and key != unset
    }
    environment = {
        **clean,
        "HOME": str(tmp_path),
        "ORACLE_HOME": str(tmp_path / "oracle"),
        "ORACLE_WAREHOUSE_URL": velocity_duckdb,
        "COLUMNS": "100",
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "oracle-test-bytecode"),
    }

    def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "oracle_kit", *arguments],
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command
