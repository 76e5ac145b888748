"""The `oracle` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; errors become one sentence on standard error and an exit status."""
    from oracle_kit.cli.app import run

    sys.exit(run(sys.argv[1:]))
