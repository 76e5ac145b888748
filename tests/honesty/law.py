"""The law of honesty: a word that nobody knows and that narrows a prompt never leaves an answer without being named."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from oracle_kit import Oracle
from oracle_kit.evaluate import Case, load_cases
from oracle_kit.ids import new_id

ROOT = Path(__file__).parents[2]
DEVSET = ROOT / "benchmarks" / "devset.jsonl"
NOUNS = tuple((Path(__file__).parent / "nouns.txt").read_text(encoding="utf-8").split())
FORMS = (
    "{prompt} with {noun}",
    "{prompt} for {noun}",
    "{prompt} {noun}",
    "{prompt} without {noun}",
    "{prompt} in {noun}",
    "{prompt}, {noun} only",
    "{prompt} and {noun}",
    "{prompt} having a {noun}",
    "{noun} {prompt}",
    "for {noun}, {prompt}",
    "{head} {noun} {tail}",
)


class Breach(NamedTuple):
    """A prompt whose added word was swallowed: what was asked, the word, and the titles that were answered."""

    prompt: str
    noun: str
    same: bool
    titles: tuple[str, ...]


def pairs(cases: Sequence[Case], count: int, seed: int) -> Iterator[tuple[Case, str, str]]:
    """`count` cases with a word and a form each, drawn by the seed; every case comes once before any comes again."""
    drawn = random.Random(seed)  # noqa: S311  # a sample of a test, nothing secret
    turn: list[Case] = []
    for _ in range(count):
        if not turn:
            turn = drawn.sample(list(cases), len(cases))
        yield turn.pop(), drawn.choice(NOUNS), drawn.choice(FORMS)


def widened(prompt: str, noun: str, form: str, seed: int) -> str:
    """The prompt with the word in it; in the middle at a place drawn by the seed."""
    words = prompt.split()
    at = random.Random(f"{prompt}{seed}").randint(1, max(1, len(words) - 1))  # noqa: S311  # as above
    return form.format(prompt=prompt, noun=noun, head=" ".join(words[:at]), tail=" ".join(words[at:]))


class Court:
    """Tries prompts with an added word against the law on one Oracle; it plans only, nothing is fetched."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._pages: dict[tuple[str, tuple[str, ...]], str | None] = {}
        self._plain: dict[str, tuple[str, ...]] = {}

    def unknown(self, nouns: Iterable[str]) -> frozenset[str]:
        """The words that no prompt can mean: those that the suggestion rung names when they stand alone."""
        viewer = self._oracle.viewer("analyst")
        plans = {noun: self._oracle.dry_run(noun, viewer=viewer) for noun in nouns}
        return frozenset(noun for noun, plan in plans.items() if noun in plan["not_understood"])

    def breach(self, case: Case, noun: str, form: str, seed: int) -> Breach | None:
        """The breach of the law, if the case with this word is one."""
        prompt = widened(case.prompt, noun, form, seed)
        plan = self._plan(case, prompt)
        answers = _answers(plan)
        if not answers or noun.lower() in _told(plan):
            return None
        if case.id not in self._plain:
            self._plain[case.id] = _answers(self._plan(case, case.prompt))
        if not self.unknown([noun]):
            return None  # content knows the word
        titles = tuple(step["title"] for step in plan["steps"])
        return Breach(prompt, noun, answers == self._plain[case.id], titles)

    def _plan(self, case: Case, prompt: str) -> dict[str, Any]:
        viewer = self._oracle.viewer(case.viewer or "analyst")
        return self._oracle.dry_run(prompt, viewer=viewer, page=self._page(case))

    def _page(self, case: Case) -> str | None:
        """The page that the case's earlier prompts make, asked once."""
        key = (case.viewer or "analyst", case.on)
        if key not in self._pages:
            page = None
            for prompt in case.on:
                viewer = self._oracle.viewer(case.viewer or "analyst")
                page = self._oracle.ask(prompt, viewer=viewer, page=page, key=new_id("run")).page_id
            self._pages[key] = page
        return self._pages[key]


def cases() -> tuple[Case, ...]:
    """The cases of the development set that are answered."""
    return tuple(case for case in load_cases(DEVSET) if case.expect != "refuse")


def _answers(plan: dict[str, Any]) -> tuple[str, ...]:
    """What is shown as the answer: the queries of the steps that are no notice and no suggestion."""
    steps = (s for s in plan["steps"] if s["kind"] not in ("notice", "text") and not s["suggestion"])
    return tuple(f"{s['op']} {s['block_id']} {s['queries'].get('main')}" for s in steps)


def _told(plan: dict[str, Any]) -> str:
    """All that the reader is told of the words, in lower case."""
    said = [*plan["not_understood"], *plan["reservations"], *plan["choices"]]
    said += [refusal["message"] for refusal in plan["refusals"]]
    said += [chip["label"] for step in plan["steps"] for chip in step["chips"]]
    said += [str(step["props"].get("message", "")) for step in plan["steps"] if step["kind"] == "notice"]
    return " ".join(said).lower()
