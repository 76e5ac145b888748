"""`make bench`: every benchmark that needs nothing but this machine, each figure beside its floor.

`python -m benchmarks NAME [NAME ...]` runs some of them; `python -m benchmarks --list` names them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASIDE = ("__init__", "__main__")


def names() -> list[str]:
    """The benchmarks that have a `main`."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ASIDE)
    return [name for name in found if not name.startswith("drills_")]


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks, or all, each in a process of its own; the exit status of the first that failed."""
    if chosen == ["--list"]:
        print("\n".join(names()))
        return 0
    status = 0
    for name in chosen or names():
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False)
        status = status or done.returncode
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
