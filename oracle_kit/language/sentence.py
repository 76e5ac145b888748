"""A whole prompt: its best reading, or one for each of its questions, or the words that nothing explains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from oracle_kit.language.choice import Chosen, choose, standing
from oracle_kit.language.followups import follow_up
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.questions import Questions
from oracle_kit.language.reading import Left, Reading, read
from oracle_kit.language.tokens import MOST_WORDS, Token, tokenise
from oracle_kit.model import Candidates, Context, Span
from oracle_kit.query import Dimension
from oracle_kit.words import DatasetWords

MOST_PARTED = 100  # a prompt with more words is not several questions either


@dataclass(frozen=True)
class Sentence:
    """A prompt with what its words may mean for one viewer."""

    prompt: str
    candidates: Candidates
    context: Context
    lexicon: Lexicon

    @classmethod
    def of(cls, prompt: str, candidates: Candidates, context: Context, lexicon: Lexicon) -> Sentence:
        """The sentence of a prompt."""
        return cls(prompt, candidates, context, lexicon)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The prompt's words and marks."""
        return tokenise(self.prompt)

    @cached_property
    def scores(self) -> dict[str, float]:
        """The best match score of each dataset's templates."""
        found: dict[str, float] = {}
        for match in self.candidates.matches:
            found[match.dataset] = max(match.score, found.get(match.dataset, 0.0))
        return found

    @cached_property
    def best(self) -> Chosen | None:
        """The best reading of the whole prompt on one dataset."""
        return None if len(self.tokens) > MOST_WORDS else self._read(self.tokens)

    def understood(self) -> tuple[Chosen, ...]:
        """The readings that together explain every content word; none when words stay over."""
        if len(self.tokens) > MOST_PARTED:
            return (self.best,) if self.best is not None and self.best.complete else ()
        questions = Questions(self.prompt, self.candidates.spans, self.lexicon, self._read)
        return questions.of(self.tokens, self.best)

    def not_understood(self) -> str:
        """Why no reading answers."""
        if len(self.tokens) > MOST_WORDS:
            return f"the prompt has {len(self.tokens)} words; at most {MOST_WORDS} are read as a question"
        left = ", ".join(f"“{word.text}”" for word in self.left())
        return f"not understood: {left}" if left else "no word of the prompt names any data"

    def only_changes(self) -> bool:
        """Whether the prompt is a change to an answer rather than a question: "now only ...",
        "same for ..."."""
        reading = self.best.reading if self.best is not None else None
        asked = follow_up(self.tokens, self.candidates.spans, self.lexicon)
        return (
            reading is not None
            and asked.told
            and asked.verb != "add"
            and not (reading.noun or reading.query.measures)
        )

    def left(self) -> tuple[Left, ...]:
        """The words that the best reading leaves."""
        if self.best is not None:
            return self.best.reading.left
        known = [(s.start, s.end) for s in self.candidates.spans]
        return tuple(
            Left(text=self.prompt[t.start : t.end], start=t.start, end=t.end)
            for t in self.tokens[:MOST_WORDS]
            if t.is_word and not self.lexicon.is_stop(t.text) and not any(a <= t.start < b for a, b in known)
        )

    def on(
        self, words: DatasetWords, tokens: tuple[Token, ...], grouped: tuple[Dimension, ...] = ()
    ) -> Reading:
        """Some of the prompt's words read on one dataset, about an answer that is `grouped` so."""
        spans = tuple(s for s in self.candidates.spans if _within(s, tokens))
        return self._on(words, tokens, spans, grouped)

    def _read(self, tokens: tuple[Token, ...]) -> Chosen | None:
        spans = tuple(s for s in self.candidates.spans if _within(s, tokens))
        nouns = {e.dataset for s in spans for e in s.entries if e.kind == "dataset" and s.how != "spelling"}
        nouns -= {name for name in nouns if all(_swallowed(s, name, spans) for s in spans)}
        readings: list[Reading] = []
        about: list[Reading] = []
        for hope, words in self._hopeful(tokens, spans):
            if any(standing(reading) < hope for reading in about):
                break  # neither this dataset nor one after it can be as good
            reading = self._on(words, tokens, spans)
            readings.append(reading)
            if reading.noun or reading.measured or not nouns or _groups_nouns(reading, spans):
                about.append(reading)
        personal = self._personal(tokens, spans)
        if personal is not None:
            return personal
        unsure = [r for r in readings if r.left]  # a noun of other rows read as a mere value is no answer
        places = {name: at for at, name in enumerate(self._by_id)}
        return choose(
            sorted(about or unsure or readings, key=lambda one: places[one.query.dataset]), self.scores
        )

    def _personal(self, tokens: tuple[Token, ...], spans: tuple[Span, ...]) -> Chosen | None:
        """The refusal where a phrase such as "email id" names masked data alone: its words mean nothing else then."""
        for span in spans:
            if span.how == "spelling" or len(span.text.split()) < 2 or not span.entries:
                continue
            if all(e.kind == "field" and self._masked(e.dataset, e.name) for e in span.entries):
                reading = self._on(self._by_id[str(span.entries[0].dataset)], tokens, spans)
                return Chosen(reading=reading) if reading.refusals else None
        return None

    def _masked(self, dataset: str | None, name: str) -> bool:
        words = self._by_id.get(dataset or "")
        return words is not None and any(f.name == name and f.masked for f in words.fields)

    def _hopeful(
        self, tokens: tuple[Token, ...], spans: tuple[Span, ...]
    ) -> list[tuple[tuple[int, int], DatasetWords]]:
        """The datasets that any word of these spans belongs to, each with the best standing that a reading on it
        may have: words that it cannot explain, and whether its noun is said; the most hopeful first."""
        covers = self._covers(tokens, spans)
        named = {e.dataset for span in spans for e in span.entries}
        nouns = {
            (e.kind, e.dataset, e.name) for s in spans for e in s.entries if e.kind in ("dataset", "term")
        }
        found = [
            ((_uncovered(words, covers), 0 if _named(words, nouns) else 1), words)
            for words in self.candidates.datasets
            if words.id in named
        ]
        return sorted(found, key=lambda one: (one[0], -self.scores.get(one[1].id, 0.0)))

    def _covers(self, tokens: tuple[Token, ...], spans: tuple[Span, ...]) -> list[set[str | None]]:
        """For each word that carries something, the datasets that know it; None stands for all of them."""
        found: list[set[str | None]] = []
        for at, token in enumerate(tokens):
            if token.is_word and not self.lexicon.carries_nothing(
                token.text, tokens[at - 1].text if at else ""
            ):
                over = (s for s in spans if s.start < token.end and token.start < s.end)
                found.append({e.dataset for s in over for e in s.entries})
        return found

    def _on(
        self,
        words: DatasetWords,
        tokens: tuple[Token, ...],
        spans: tuple[Span, ...],
        grouped: tuple[Dimension, ...] = (),
    ) -> Reading:
        clock, viewer = self.context.clock, self.context.viewer
        return read(tokens, spans, words, self._by_id, self.lexicon, clock, viewer, grouped)

    @cached_property
    def _by_id(self) -> dict[str, DatasetWords]:
        return {words.id: words for words in self.candidates.datasets}


def _within(span: Span, tokens: tuple[Token, ...]) -> bool:
    """Whether the span begins and ends on these words; a gap inside it would be another phrase."""
    inside = [t for t in tokens if span.start <= t.start < span.end]
    return bool(inside) and len(tokenise(span.text)) <= len(inside)


def _swallowed(span: Span, dataset: str | None, spans: tuple[Span, ...]) -> bool:
    """Whether the dataset's noun, if this span is it, only stands inside a longer phrase of it: "dead stock"."""
    if not any(e.kind == "dataset" and e.dataset == dataset for e in span.entries):
        return True
    around = (
        s
        for s in spans
        if s.start <= span.start and span.end <= s.end and s.end - s.start > span.end - span.start
    )
    return any(e.kind in ("term", "value") and e.dataset == dataset for s in around for e in s.entries)


def _groups_nouns(reading: Reading, spans: tuple[Span, ...]) -> bool:
    """Whether every noun for other rows is what the reading groups by and judges: "worst performing project"."""
    filtered = any(chip.op in ("eq", "in", "term") and chip.origin == "word" for chip in reading.chips)
    judged = reading.end in ("best", "worst") or (reading.end in ("most", "fewest") and filtered)
    if not (reading.query.having or judged):
        return False
    groups = [(start, end) for start, end, role in reading.spoken if role == "group"]
    nouns = [s for s in spans if any(e.kind == "dataset" for e in s.entries) and s.how != "spelling"]
    return all(any(a <= s.start and s.end <= b for a, b in groups) for s in nouns)


def _uncovered(words: DatasetWords, covers: list[set[str | None]]) -> int:
    """How many words neither the dataset nor those that its relations lead to can explain."""
    near = {words.id, None, *(relation.dataset for relation in words.relations)}
    return sum(near.isdisjoint(cover) for cover in covers)


def _named(words: DatasetWords, nouns: set[tuple[str, str | None, str]]) -> bool:
    """Whether a noun for the dataset's rows may be said."""
    if ("dataset", words.id, words.id) in nouns:
        return True
    return any(term.noun and ("term", words.id, term.name) in nouns for term in words.terms)
