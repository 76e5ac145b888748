"""The whole law of honesty: every prompt of the development set with several words, on a demo of its own.

    python -m tests.honesty.whole --words 5 --seed 1

Prints each breach, how many prompts were tried and how long one took; exits 1 when there is a breach.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from oracle_kit import Settings, open_oracle
from tests.honesty.law import Breach, Court, cases, pairs


def main() -> int:
    """Tries the prompts and reports; 1 where the law is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, default=3, help="words for each prompt")
    parser.add_argument("--seed", type=int, default=1, help="the draw")
    parser.add_argument("--home", type=Path, default=None, help="folder of a demo that is built already")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        found, tried, seconds = _tried(given.home or Path(folder), given.words, given.seed)
    for breach in found:
        kind = "the same answer" if breach.same else "another answer"
        print(
            f"“{breach.noun}” is not named and {kind} is given: {breach.prompt} -> {'; '.join(breach.titles)}"
        )
    print(f"{len(found)} breaches in {tried} prompts, {seconds / tried * 1000:.0f} ms each")
    return 1 if found else 0


def _tried(home: Path, words: int, seed: int) -> tuple[list[Breach], int, float]:
    oracle = open_oracle(Settings(home=home))
    started, court, asked = perf_counter(), Court(oracle), cases()
    drawn = pairs(asked, len(asked) * words, seed)
    tried = [court.breach(case, noun, form, seed) for case, noun, form in drawn]
    oracle.close()
    return [breach for breach in tried if breach is not None], len(tried), perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
