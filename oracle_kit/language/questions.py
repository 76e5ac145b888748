"""Several questions in one prompt: where it may be cut, and what a question takes over from its neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from oracle_kit.language.choice import Chosen
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.reading import Reading
from oracle_kit.language.tokens import Token
from oracle_kit.model import Span

MOST_QUESTIONS = 4
MOST_CUTS = 8  # places that are tried; a prompt with more is a list of values
_SUBJECTS = ("dataset", "measure", "term")
_OF_ONE_ANSWER = ("group", "measure", "limit", "rank", "sort", "shape", "share")
Tokens = tuple[Token, ...]


class Cut(NamedTuple):
    """A place between two questions: the first ends before `left`, the next begins at `right`; `hard`
    where more than an "and" or a comma stands there."""

    left: int
    right: int
    hard: bool


@dataclass
class Questions:
    """The questions of one prompt; `read` gives the best reading of some of its words."""

    prompt: str
    spans: tuple[Span, ...]
    lexicon: Lexicon
    read: Callable[[Tokens], Chosen | None]
    _known: dict[int, tuple[Chosen, ...]] = field(default_factory=dict)

    def of(self, tokens: Tokens, whole: Chosen | None, depth: int = 1) -> tuple[Chosen, ...]:
        """The readings that together explain every content word, in order; none when words stay over."""
        complete = whole if whole is not None and whole.complete else None
        if depth < MOST_QUESTIONS:
            for cut in self._cuts(tokens):
                parts = self._parted(tokens, cut, complete, depth)
                if parts:
                    return parts
        return (complete,) if complete is not None else ()

    def _cuts(self, tokens: Tokens) -> list[Cut]:
        """The places where a question on both sides is possible."""
        found = [cut for cut in self._joints(tokens) if self._subject_on_both_sides(tokens, cut)]
        return found if len(found) <= MOST_CUTS else [cut for cut in found if cut.hard][:MOST_CUTS]

    def _joints(self, tokens: Tokens) -> Iterator[Cut]:
        """Runs of joining words and marks, and full stops between words."""
        speech, at = self.lexicon.speech, 1
        while at < len(tokens) - 1:
            end, hard = at, ". " in self.prompt[tokens[at - 1].end : tokens[at].start]
            while end < len(tokens) - 1 and (
                tokens[end].text in speech.joints or tokens[end].text in speech.breaks
            ):
                hard = hard or tokens[end].text in speech.breaks
                end += 1
            if end > at or hard:
                yield Cut(at, end, hard)
            at = end + 1

    def _subject_on_both_sides(self, tokens: Tokens, cut: Cut) -> bool:
        before, after = tokens[cut.left - 1].end, tokens[cut.right].start
        named = [s for s in self.spans if any(e.kind in _SUBJECTS for e in s.entries)]
        left = any(tokens[0].start <= s.start and s.end <= before for s in named)
        right = any(after <= s.start and s.end <= tokens[-1].end for s in named)
        rest = tokens[cut.right :]
        return left and (right or self._refers_back(rest) or self._counts(rest))

    def _refers_back(self, tokens: Tokens) -> bool:
        return any(token.text in self.lexicon.speech.pronouns for token in tokens)

    def _counts(self, tokens: Tokens) -> bool:
        """Whether the words ask for a number: "how many are planned"."""
        start, end = tokens[0].start, tokens[-1].end
        inside = (s for s in self.spans if start <= s.start and s.end <= end)
        return any(e.kind == "aggregate" and e.name == "count" for s in inside for e in s.entries)

    def _parted(self, tokens: Tokens, cut: Cut, whole: Chosen | None, depth: int) -> tuple[Chosen, ...]:
        """The questions on both sides of a cut; none where a side is no question, or the whole is one."""
        head, rest = tokens[: cut.left], tokens[cut.right :]
        first = self.read(head)
        if first is None or not _asks(first.reading):
            return ()
        later = self._elliptic(first.reading, head, rest) or self._later(first.reading, head, rest, depth)
        if not later:
            return ()
        place = tokens[cut.left].start
        if whole is not None and not _apart(whole.reading, first.reading, later[0].reading, cut, place):
            return ()
        shared = self._shared(first, head, later[0].reading, rest)
        return (shared, self._timed(shared.reading, later[0], head, rest, cut), *later[1:])

    def _later(self, first: Reading, head: Tokens, rest: Tokens, depth: int) -> tuple[Chosen, ...]:
        """The questions of the rest, with what "their" and "of them" refer to."""
        if self._refers_back(rest):
            again = self._referring(first, head, rest)
            return (again,) if again is not None else ()
        key = rest[0].start
        if key not in self._known:
            found = self.of(rest, self.read(rest), depth + 1)
            self._known[key] = found if all(_asks(one.reading) for one in found) else ()
        return self._known[key]

    def _elliptic(self, first: Reading, head: Tokens, rest: Tokens) -> tuple[Chosen, ...]:
        """ "how many visits ... and how many are planned": the count without a noun is of the first one's rows."""
        own = any(e.kind == "dataset" for s in self.spans if s.start >= rest[0].start for e in s.entries)
        if own or self._refers_back(rest) or not (self._counts(head) and self._counts(rest)):
            return ()
        nouns = [
            (s.start, s.end)
            for s in self.spans
            if any(e.kind == "dataset" and e.dataset == first.query.dataset for e in s.entries)
        ]
        rows = tuple(t for t in head if any(a <= t.start < b for a, b in nouns))
        again = self.read((*rows, *rest)) if rows else None
        if again is None or not (_asks(again.reading) and _narrows(again.reading)):
            return ()
        if first.query.where is None:
            return (again,)
        return (_stating(again, f"“{again.reading.title}” is counted without what was said before it."),)

    def _timed(self, first: Reading, second: Chosen, head: Tokens, rest: Tokens, cut: Cut) -> Chosen:
        """The second question in the time of the first where it says nothing of its own ("deals won last month and
        revenue"), or as it is; either way it is stated whose time was said."""
        mine, other = second.reading, first.query.window
        if other is not None and not (_narrows(mine) or mine.query.periods):
            said = [(a, b) for a, b, role in first.spoken if role == "window"]
            tokens = tuple(t for t in head if any(a <= t.start < b for a, b in said))
            again = self.read((*rest, *tokens))
            if (
                again is not None
                and _asks(again.reading)
                and again.reading.query.dataset == mine.query.dataset
            ):
                return _stating(again, f"“{other.text}” is taken for “{mine.title}” as well.")
        alone = mine.query.window is not None and other is None and not first.query.periods
        if alone and not cut.hard and mine.query.window is not None:
            return _stating(second, f"“{mine.query.window.text}” is taken for “{mine.title}” alone.")
        return second

    def _referring(self, first: Reading, head: Tokens, rest: Tokens) -> Chosen | None:
        """The rest about the rows of the first question."""
        shown = [(start, end) for start, end, role in first.spoken if role in _OF_ONE_ANSWER]
        rows = tuple(t for t in head if not any(a <= t.start < b for a, b in shown))
        again = self.read((*rows, *rest))
        if again is None or not _asks(again.reading) or again.reading.query.dataset != first.query.dataset:
            return None
        return again

    def _shared(self, first: Chosen, head: Tokens, second: Reading, rest: Tokens) -> Chosen:
        """ "leads and deals by city": a bare first noun takes what the second says beyond its own noun; filtered
        rows of the same kind its groups ("new leads and lost leads by month")."""
        reading = first.reading
        if not reading.implicit or reading.query.window is not None:
            return first
        if reading.query.where is None or reading.bare:
            nouns = [(s.start, s.end) for s in self.spans for e in s.entries if e.kind == "dataset"]
            tail = tuple(t for t in rest if not any(a <= t.start < b for a, b in nouns))
        elif second.query.dataset == reading.query.dataset:
            groups = [(start, end) for start, end, role in second.spoken if role == "group"]
            tail = tuple(t for t in rest if any(a <= t.start < b for a, b in groups))
        else:
            return first
        again = self.read((*head, *tail)) if tail and len(tail) < len(rest) else None
        if again is None or not _asks(again.reading):
            return first
        return again if again.reading.query.dataset == reading.query.dataset else first


def _asks(reading: Reading) -> bool:
    """Whether part of a prompt is a question of its own: nothing left, and it says what it is about."""
    return not reading.left and reading.explained > 0 and (reading.noun or bool(reading.query.measures))


def _apart(whole: Reading, first: Reading, second: Reading, cut: Cut, place: int) -> bool:
    """Whether two questions are meant although one reading explains all words: the second names its subject and
    says something of its own, and is no part of a comparison, a relation or a list of groups."""
    if whole.shape == "comparison" or whole.query.periods:
        return False
    if any(role == "relation" and start >= place for start, _, role in whole.spoken):
        return False
    if len(whole.query.dimensions) > len(first.query.dimensions) and not _narrows(second):
        return False  # "by source and lead stage" goes on with the groups
    if cut.hard:
        return second.named or (second.measured and _narrows(second))
    if first.bare or second.bare or not (first.named or _narrows(first)):
        return False
    if second.named:
        return _narrows(second) or not first.query.dimensions
    repeats = bool(first.query.window and second.query.window)
    repeats = repeats or bool(first.query.dimensions and second.query.dimensions)
    return second.measured and repeats


def _narrows(reading: Reading) -> bool:
    """Whether a question says more than its subject: groups, a filter, a time, a cut."""
    query = reading.query
    return bool(query.dimensions or query.where or query.window or query.limit or query.having)


def _stating(chosen: Chosen, reservation: str) -> Chosen:
    """The reading with a further reservation."""
    reading = chosen.reading
    told = reading.model_copy(update={"reservations": (*reading.reservations, reservation)})
    return chosen.model_copy(update={"reading": told})
