"""The codebook that ships, loaded once as the workbench loads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from oracle_kit.canvas.kinds import standard_kinds
from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.load import Codebook, load_codebook
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.demo import DEMO_NOW
from oracle_kit.language.tongue import load_tongue
from oracle_kit.windows import Clock

ROOT = Path(__file__).parents[2]


@cache
def catalog() -> Catalog:
    """The catalog that ships."""
    return Catalog.load(ROOT / "datasets")


@cache
def clock() -> Clock:
    """The demo's clock."""
    return Clock(now=DEMO_NOW, calendar=catalog().calendar)


@cache
def codebook() -> Codebook:
    """The codebook that ships, every name of it and every prop checked."""
    props = {kind.name: kind.Props for kind in standard_kinds()}
    return load_codebook(ROOT / "codebook", ground_on(catalog(), load_tongue(), clock(), props))
