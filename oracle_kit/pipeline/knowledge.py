"""What the first three stages know: words, lexicon, codebook, ranker and planners, compiled once and kept fresh."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from oracle_kit.codebook.load import Codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.errors import Unavailable
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

    `stock` adds what is stored to what was built from files; `mark` is another whenever that changed, in whatever
    process, and then the next prompt knows it. While warehouse or state is away, what was known before stands.
    """

    def __init__(
        self,
        build: Callable[[], Knowledge],
        stock: Callable[[Knowledge], Knowledge],
        mark: Callable[[], object],
        seconds: float,
    ) -> None:
        self._build, self._stock, self._mark, self._seconds = build, stock, mark, seconds
        self._rebuilding, self._stocking = threading.Lock(), threading.Lock()
        self._files = build()
        self._built = monotonic()
        self.renew()

    def current(self) -> Knowledge:
        """The newest knowledge there is; never waits for a rebuild."""
        if monotonic() - self._built > self._seconds and self._rebuilding.acquire(blocking=False):
            self._built = monotonic()
            threading.Thread(target=self._rebuild, daemon=True).start()
        with suppress(Unavailable):
            if self._mark() != self._known:
                self.renew()
        return self._current

    @property
    def files(self) -> Knowledge:
        """What is known of the files alone."""
        return self._files

    def renew(self) -> None:
        """Take in what is stored now; raises StateUnavailable."""
        with self._stocking:
            known = self._mark()  # before it is read: what is stored in between is taken in next time
            self._current = self._stock(self._files)
            self._known = known

    def _rebuild(self) -> None:
        try:
            self._files = self._build()
            self.renew()
        finally:
            self._rebuilding.release()
