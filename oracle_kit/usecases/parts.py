"""Everything that Oracle stands on, made by `bootstrap` and handed to each use case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_store import PageStore
from oracle_kit.codebook.stored import StoredTemplates
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.identity.tokens import TokenKeys
from oracle_kit.jobs.limits import BatchLimits
from oracle_kit.llm.policy import Workload
from oracle_kit.llm.router import ModelRouter
from oracle_kit.model import Viewer
from oracle_kit.pipeline.knowledge import LiveKnowledge
from oracle_kit.state import State
from oracle_kit.usecases.memo import ForViewers
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords


@dataclass(frozen=True)
class EvaluationSet:
    """A file of prompts with gold SQL, and the warehouse that the gold is read from."""

    file: Path
    warehouse_url: str = field(repr=False)


@dataclass(frozen=True)
class Parts:
    """The parts of one workbench; `clock` reads the warehouse clock, `viewers` are the demo's by id."""

    catalog: Catalog
    warehouse: Warehouse
    knowledge: LiveKnowledge
    kinds: Kinds
    state: State
    stored: StoredTemplates
    pages: PageStore
    keys: TokenKeys
    clock: Callable[[], Clock]
    viewers: Mapping[str, Viewer]
    prompt_limit: int = 20_000
    router: ModelRouter | None = None
    workload: Workload = "planning"  # what prompts are to routing
    batch: BatchLimits = field(default_factory=BatchLimits)
    writeback_url: SecretStr | None = None  # where approved actions are carried out
    evaluation: EvaluationSet | None = None  # what synthesis keeps away from and is judged by
    words: ForViewers[Mapping[str, DatasetWords]] = field(default_factory=ForViewers)  # as each may use them

    @property
    def evaluation_file(self) -> Path | None:
        """The file of the evaluation set, where there is one."""
        return self.evaluation.file if self.evaluation is not None else None


def wall_clock() -> datetime:
    """The real time (naive UTC), for when a thing was done; numbers go by the warehouse clock."""
    return datetime.now(UTC).replace(tzinfo=None)
