"""The `oracle` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; errors become one sentence on standard error and an exit status."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # read as numpy loads; small matrices, many prompts at once
    from oracle_kit.cli.app import run

    sys.exit(run(sys.argv[1:]))
