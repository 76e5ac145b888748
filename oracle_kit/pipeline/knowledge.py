"""What the first three stages know: words, lexicon, codebook, ranker and planners, compiled once and kept fresh."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from oracle_kit.codebook.load import Codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.pipeline.plan import Planner
from oracle_kit.words import DatasetWords


@dataclass(frozen=True)
class Knowledge:
    """One consistent state of what is known."""

    words: Mapping[str, DatasetWords]
    lexicon: Lexicon
    codebook: Codebook
    ranker: Ranker
    planners: tuple[Planner, ...]

    @property
    def template_versions(self) -> Mapping[str, int]:
        """The version of each template."""
        return {identity: template.version for identity, template in self.codebook.templates.items()}


class LiveKnowledge:
    """Knowledge built from the database's values, rebuilt beside running prompts once it is older than `seconds`.

    While the database is away the knowledge from before stands for another while.
    """

    def __init__(self, build: Callable[[], Knowledge], seconds: float) -> None:
        self._build, self._seconds = build, seconds
        self._current = build()
        self._built = monotonic()
        self._rebuilding = threading.Lock()

    def current(self) -> Knowledge:
        """The newest knowledge there is; never waits for a rebuild."""
        if monotonic() - self._built > self._seconds and self._rebuilding.acquire(blocking=False):
            self._built = monotonic()
            threading.Thread(target=self._rebuild, daemon=True).start()
        return self._current

    def renew(self) -> None:
        """Build again now: what was published must be known at once."""
        with self._rebuilding:
            self._current, self._built = self._build(), monotonic()

    def _rebuild(self) -> None:
        try:
            self._current = self._build()
        finally:
            self._rebuilding.release()
