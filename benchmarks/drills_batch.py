"""The long drills of batches: workers killed at random moments, a thousand items, ten times on each store.

python -m benchmarks.drills_batch [rounds]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.jobs.killing import killed_drill
from tests.postgres import Postgres, start

ITEMS = [f"slow:{number % 7 * 0.005}" for number in range(1_000)]


def main(rounds: int = 10) -> None:
    """Every drill on every store; AssertionError at the first item that is lost, doubled or stuck."""
    server = start(os.getpid())
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(rounds):
                for name, url in _urls(server, Path(folder), number):
                    told = killed_drill(url, ITEMS, kills=3 + number % 5, workers=1 + number % 2)
                    print(f"{name:<11} round {number}: {told}", flush=True)
    finally:
        server.stop()


def _urls(server: Postgres, folder: Path, number: int) -> list[tuple[str, str]]:
    return [("sqlite", f"sqlite:///{folder / f'{number}.sqlite'}"), ("postgresql", server.create("drill"))]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
