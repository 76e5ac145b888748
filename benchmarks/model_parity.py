"""Whether models change what the codebook answers: every prompt of the development set, with models off and on.

The model that is on answers everything, at once and wrongly. python -m benchmarks.model_parity
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from oracle_kit import Answer, Oracle, Settings, open_oracle
from oracle_kit.demo import build
from oracle_kit.errors import Refused
from oracle_kit.evaluate.cases import Case, load_cases
from oracle_kit.llm.ollama import OLLAMA_MODEL
from oracle_kit.testing import FakeModelServer

DEVSET = Path(__file__).with_name("devset.jsonl")


def digest(answer: Answer) -> str:
    """The digest of an answer's blocks."""
    return answer.revision.blocks_digest if answer.revision is not None else ""


def compared(case: Case, on: Oracle, off: Oracle) -> str:
    """How a prompt's two answers compare."""
    try:
        first, second = (one.ask(case.prompt, viewer=one.viewer(case.viewer)) for one in (off, on))
    except Refused as refused:
        return f"refused: {refused.code}"
    if first.mode != "codebook_retrieval":
        return f"not the codebook's: {first.mode} off, {second.mode} on"
    return "identical" if digest(first) == digest(second) else f"differs: {case.id}"


def main() -> None:
    """The counts, and how often the model was asked."""
    with tempfile.TemporaryDirectory() as folder, FakeModelServer(models=(OLLAMA_MODEL,)) as server:
        os.environ["OLLAMA_HOST"] = server.address
        home = Path(folder)
        url = f"duckdb:///{home / 'velocity.duckdb'}"
        build(url, scale=0.1)
        on = open_oracle(
            Settings(warehouse_url=url, home=home, state_url=f"sqlite:///{home / 'state.sqlite'}")
        )
        off = Oracle(replace(on._parts, router=None))
        found: Counter[str] = Counter()
        for case in load_cases(DEVSET):
            found[compared(case, on, off)] += 1
        for name, count in found.most_common():
            print(f"{count:4}  {name}")
        print(f"the model was asked {len(server.asked)} times")
        on.close()


if __name__ == "__main__":
    main()
