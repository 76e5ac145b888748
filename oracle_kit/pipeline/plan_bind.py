"""Templates bound to a reading: the first step answers it exactly, further blocks take its filters and window."""

from __future__ import annotations

from collections.abc import Mapping

from oracle_kit.codebook.template import Template
from oracle_kit.language.reading import Reading
from oracle_kit.model import Candidates, Step
from oracle_kit.pipeline.plan_steps import plain_step
from oracle_kit.windows import Clock


def bind_steps(
    reading: Reading, templates: Mapping[str, Template], candidates: Candidates, clock: Clock
) -> list[Step]:
    """The steps that answer a reading."""
    return [plain_step(reading, clock)]
