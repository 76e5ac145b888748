"""Templates tried before anybody proposes them: the evaluation set asked without them and with them."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any, Protocol

from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.codebook.template import Template
from oracle_kit.errors import NotFound
from oracle_kit.evaluate import Gold, Report, evaluate, load_cases
from oracle_kit.identity.roles import ROLES
from oracle_kit.model import Answer, Viewer
from oracle_kit.pipeline.knowledge import Knowledge, LiveKnowledge
from oracle_kit.pipeline.stock import stocked
from oracle_kit.state import open_state
from oracle_kit.usecases.parts import Parts


class Asks(Protocol):
    """A workbench, as far as an evaluation needs it."""

    def ask(self, prompt: str, *, viewer: Viewer, page: str | None = None) -> Answer:
        """The answer."""
        ...


class Trial:
    """Evaluates what is known, with and without further templates, on pages that nobody sees."""

    def __init__(self, parts: Parts, open_at: Callable[[Parts], Asks]) -> None:
        self._parts, self._open_at = parts, open_at
        self._before: dict[str, Report] = {}
        self._one = threading.Lock()  # an evaluation takes what the machine has

    def __call__(self, templates: Sequence[Template]) -> dict[str, Any] | None:
        """The scores before and after, and the cases that come out otherwise; None without an evaluation set."""
        if self._parts.evaluation is None:
            return None
        known = self._parts.knowledge.current()
        with self._one:
            key = known.codebook.digest
            if key not in self._before:
                self._before = {key: self._report(known)}
            before, after = self._before[key], self._report(stocked(known, templates))
        return {"before": _score(before), "after": _score(after), "changed": _changed(before, after)}

    def _report(self, known: Knowledge) -> Report:
        found = self._parts.evaluation
        assert found is not None  # noqa: S101  # narrows the type: the caller has looked
        cases, gold = load_cases(found.file), Gold(found.warehouse_url)
        with tempfile.TemporaryDirectory(prefix="oracle-trial-") as folder:
            state = open_state(f"sqlite:///{Path(folder) / 'state.sqlite'}")
            try:
                knowledge = LiveKnowledge(lambda: known, lambda one: one, lambda: None, inf)
                pages = SqlPageStore(state)
                apart = replace(
                    self._parts, knowledge=knowledge, state=state, pages=pages, router=None, evaluation=None
                )
                return evaluate(_Asked(self._open_at(apart), self._parts), cases, gold)
            finally:
                state.close()
                gold.close()


@dataclass(frozen=True)
class _Asked:
    """Asks a case, after those before it on the same page."""

    oracle: Asks
    parts: Parts

    def __call__(self, prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        if viewer not in self.parts.viewers and viewer not in ROLES:
            raise NotFound(f"There is no viewer or role {viewer!r}.")
        who = self.parts.viewers.get(viewer) or Viewer(id=viewer, roles=(viewer,))
        page = None
        for before in on:
            page = self.oracle.ask(before, viewer=who, page=page).page_id
        return self.oracle.ask(prompt, viewer=who, page=page)


def _score(report: Report) -> dict[str, Any]:
    right = round(report.right, 4)
    return {"cases": report.cases, "right": right, "wrong_unwarned": report.wrong_unwarned}


def _changed(before: Report, after: Report) -> list[dict[str, str]]:
    pairs = zip(before.results, after.results, strict=True)
    return [
        {"id": one.id, "before": one.outcome, "after": two.outcome}
        for one, two in pairs
        if one.outcome != two.outcome
    ]
