"""The long run of the laws of merging: random histories, each merged by the product and by the naive second merge.

    python benchmarks/drills_merges.py [HISTORIES] [FIRST SEED]

Stops at the first history that breaks a law, and names its seed. The quick run stands in `tests/properties`.
"""

from __future__ import annotations

import sys
import time
from random import Random

from oracle_kit.canvas.merge import apply, conflicts, decide
from tests.properties.naive_merge import naive_decisions, naive_merge
from tests.properties.pages import random_page, worked_on
from tests.properties.test_merge_laws import SWAPPED, actions


def hold(seed: int) -> bool:
    """Whether the sides of this history were in conflict; AssertionError where a law does not hold."""
    random = Random(seed)  # noqa: S311  # a history that comes back with its seed
    base = random_page(random)
    ours, theirs = worked_on(base, random, "x"), worked_on(base, random, "y")
    decisions, swapped = decide(base, ours, theirs), decide(base, theirs, ours)
    told = actions(decisions)
    assert told == naive_decisions(base, ours, theirs)
    assert actions(swapped) == {part: SWAPPED.get(action, action) for part, action in told.items()}
    assert apply(base, ours, base, decide(base, ours, base)) == ours
    assert apply(base, base, ours, decide(base, base, ours)) == ours
    assert apply(base, ours, ours, decide(base, ours, ours)) == ours
    if conflicts(decisions):
        return True
    merged = apply(base, ours, theirs, decisions)
    assert list(merged) == naive_merge(base, ours, theirs)
    assert merged == apply(base, theirs, ours, swapped)
    return False


def main(histories: int, first: int) -> None:
    """Print how many histories held, and how many of them were in conflict."""
    start, conflicting = time.perf_counter(), 0
    for seed in range(first, first + histories):
        try:
            conflicting += hold(seed)
        except AssertionError as error:
            raise SystemExit(f"the history of seed {seed} breaks a law: {error}") from error
    took = time.perf_counter() - start
    print(f"{histories} histories, five merges each: all laws held; {conflicting} in conflict; {took:.0f} s")


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *(100_000, 0)[len(given) :])
