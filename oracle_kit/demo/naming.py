"""Names of people, drawn by where they are at home."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oracle_kit.demo.counter import Ints
from oracle_kit.demo.story import Story


def full_names(story: Story, table: str, rows: Ints, regions: Sequence[str]) -> NDArray[np.object_]:
    """A given and a family name for each row, from the row's region and from everywhere."""
    draws = story.draws(table)
    lists = story.lists
    counts = [(len(lists.given[region]), len(lists.family[region])) for region in regions]
    most = np.array(counts, dtype=np.int64).reshape(-1, 2)
    given, family = draws.below("given", rows, most[:, 0]), draws.below("family", rows, most[:, 1])
    drawn = zip(regions, given.tolist(), family.tolist(), strict=True)
    names = [f"{lists.given[region][one]} {lists.family[region][two]}" for region, one, two in drawn]
    return np.array(names, dtype=object)
