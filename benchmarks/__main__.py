"""`make bench`: every benchmark that needs nothing but this machine, each figure beside its floor.

`python -m benchmarks NAME [NAME ...]` runs some of them; `python -m benchmarks --list` names them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ASIDE = ("__init__", "__main__")


def names() -> list[str]:
    """The benchmarks that have a `main`."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ASIDE)
    return [name for name in found if not name.startswith("drills_")]


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks, or all; what comes back is the exit status."""
    if chosen == ["--list"]:
        print("\n".join(names()))
        return 0
    for name in chosen or names():
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
