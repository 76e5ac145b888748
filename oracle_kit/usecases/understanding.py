"""What a text means to the workbench, without answering it: the reading behind an ask that an author writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.errors import NotFound, PromptRefused, did_you_mean
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.reading import Reading
from oracle_kit.language.sentence import Sentence
from oracle_kit.model import Candidates, Context, Span, Viewer
from oracle_kit.pipeline.knowledge import Knowledge
from oracle_kit.pipeline.prompt import checked_prompt
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.rights import allowed_words, name_finder
from oracle_kit.words import DatasetWords


@dataclass(frozen=True)
class Understood:
    """A text with the best reading of it, the words that leaves, and the reason where it is refused."""

    text: str
    reading: Reading | None = None
    spans: tuple[Span, ...] = ()
    refused: str = ""

    @property
    def left(self) -> tuple[str, ...]:
        """The words that the reading leaves."""
        return tuple(one.text for one in self.reading.left) if self.reading is not None else ()

    @property
    def whole(self) -> bool:
        """Whether every word of it is explained."""
        return self.reading is not None and not self.left and self.reading.explained > 0

    @property
    def why_not(self) -> str:
        """Why it is not understood whole; empty where it is."""
        if self.refused or self.whole:
            return self.refused
        left = ", ".join(f"“{word}”" for word in self.left)
        return f"not understood: {left}" if left else "no word of it names any data"


@dataclass(frozen=True)
class Understanding:
    """Reads texts as one viewer, all against one state of what is known and one snapshot."""

    known: Knowledge
    words: dict[str, DatasetWords]
    dataset: str | None
    context: Context
    candidates: Callable[[str], Candidates]

    @property
    def lexicon(self) -> Lexicon:
        """The words that are known."""
        return self.known.lexicon

    def of(self, text: str) -> Understood:
        """What the text means; on the one dataset alone where there is one."""
        try:
            prompt = checked_prompt(text, 2_000)
        except PromptRefused as error:
            return Understood(text, refused=str(error))
        candidates = self.candidates(prompt)
        if candidates.refusals:
            return Understood(prompt, refused=candidates.refusals[0].message)
        sentence = Sentence.of(prompt, candidates, self.context, self.lexicon)
        reading = self._reading(sentence)
        if reading is not None and reading.refusals:
            return Understood(prompt, spans=candidates.spans, refused=reading.refusals[0].message)
        return Understood(prompt, reading, candidates.spans)

    def _reading(self, sentence: Sentence) -> Reading | None:
        if self.dataset is not None:
            return sentence.on(self.words[self.dataset], sentence.tokens)
        parts = sentence.understood()
        best = parts[0] if len(parts) == 1 else sentence.best
        return best.reading if best is not None else None


@contextmanager
def understanding(parts: Parts, viewer: Viewer, dataset: str | None = None) -> Iterator[Understanding]:
    """An understanding of texts under the viewer's rights; NotFound for a dataset that is not there for them."""
    known, clock = parts.knowledge.current(), parts.clock()
    words = dict(allowed_words(parts.catalog, known.words, viewer))
    if dataset is not None and dataset not in words:
        raise NotFound(f"There is no dataset {dataset!r}.", hint=did_you_mean(dataset, words))
    context = Context(viewer=viewer, clock=clock)
    with parts.warehouse.snapshot(clock) as snapshot:
        yield Understanding(
            known, words, dataset, context, _candidates(parts, known, words, context, snapshot)
        )


def _candidates(
    parts: Parts, known: Knowledge, words: dict[str, DatasetWords], context: Context, snapshot: Snapshot
) -> Callable[[str], Candidates]:
    find = name_finder(parts.catalog, snapshot, context.viewer)

    def candidates(prompt: str) -> Candidates:
        retrieved = retrieve(prompt, known.lexicon, known.ranker, context)
        return select(prompt, retrieved, known.lexicon, words.get, find, context)

    return candidates
