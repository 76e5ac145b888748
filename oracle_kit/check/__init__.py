"""`oracle check`: content against itself and the live schema; every expression and template run once."""

from __future__ import annotations

from oracle_kit.check.datasets import check_content, content_faults
from oracle_kit.check.ground import ground_on
from oracle_kit.datasets.finding import Finding

__all__ = ["Finding", "check_content", "content_faults", "ground_on"]
