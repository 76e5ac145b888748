"""A workbench that templates are drafted on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle_kit import Oracle, Settings, open_oracle

EVALUATION = """
{"id": "nri-country", "prompt": "converted leads of nris buyers by country", "expect": "refuse"}
{"id": "leads", "prompt": "how many leads", "gold": "select count(*) from crm_leads", "compare": "scalar"}
"""


@pytest.fixture(scope="session")
def drafting(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """An Oracle with an evaluation set of two prompts."""
    home = tmp_path_factory.mktemp("drafting")
    file: Path = home / "evaluation.jsonl"
    file.write_text(EVALUATION.strip() + "\n", encoding="utf-8")
    opened = open_oracle(Settings(warehouse_url=velocity_duckdb, home=home, evaluation=file))
    yield opened
    opened.close()
