"""The index that ranking reads: every line as words, pairs of words and letter runs, weighed and inverted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from oracle_kit.codebook.features import runs_of, words_of
from oracle_kit.codebook.lists import Floats, Ints, Lists, distinct

Line = tuple[str, int]  # a text and the place of its template
CHUNK = 20_000  # lines that are expanded into letter runs at a time, which bounds memory


@dataclass(frozen=True, eq=False)
class Weights:
    """What each word, pair and letter run weighs: more, the fewer templates have it; `unseen` for a new one."""

    words: Floats
    pairs: Floats
    runs: Floats
    unseen: float


@dataclass(frozen=True, eq=False)
class Index:
    """Lines of text (asks and titles) of templates.

    A line has words (`tokens`, in order) and pairs of neighbouring words (`pairs`); a word has letter runs
    (`word_runs`). `word_norms` and `run_norms` are the lengths of a line's weighed vectors.
    """

    vocabulary: tuple[str, ...]
    runs: Ints  # the hash of each letter run, rising
    word_runs: Lists
    pair_keys: Ints  # the key of each pair, rising
    homes: Ints  # per line, its template's place
    tokens: Lists
    pairs: Lists
    weights: Weights
    word_norms: Floats
    run_norms: Floats

    @classmethod
    def of(cls, lines: Sequence[Line], templates: int) -> Index:
        """The index of these lines, weighed by how many of the `templates` have a feature."""
        grown = _empty()._with(lines)
        return replace(grown, weights=_weights(grown, templates))._measured()

    def grown(self, lines: Sequence[Line]) -> Index:
        """The index with further lines; what was there keeps its weight, what is new has that of the unseen."""
        return self._with(lines)._measured()

    def _with(self, lines: Sequence[Line]) -> Index:
        """The index with further lines, not yet measured."""
        known = dict(self.word_places)
        rows = [[known.setdefault(word, len(known)) for word in words_of(text)] for text, _ in lines]
        new = [runs_of(word) for word in tuple(known)[len(self.vocabulary) :]]
        hashes = np.fromiter((run for one in new for run in one), np.uint32)
        runs = distinct(np.concatenate([self.runs, hashes]))
        more = Lists.sized([len(one) for one in new], np.searchsorted(runs, hashes))
        tokens = self.tokens.followed_by(Lists.of(rows))
        keys, owners = _pairs(tokens)
        pair_keys = distinct(np.concatenate([self.pair_keys, keys]))
        moved = np.searchsorted(runs, self.runs)
        return replace(
            self,
            vocabulary=tuple(known),
            runs=runs,
            word_runs=self.word_runs.renamed(moved).followed_by(more),
            pair_keys=pair_keys,
            homes=np.concatenate([self.homes, np.array([home for _, home in lines], np.int32)]),
            tokens=tokens,
            pairs=Lists.grouped(owners, np.searchsorted(pair_keys, keys), len(tokens)),
            weights=Weights(
                self._widened(self.weights.words, np.arange(len(self.vocabulary)), len(known)),
                self._widened(self.weights.pairs, np.searchsorted(pair_keys, self.pair_keys), len(pair_keys)),
                self._widened(self.weights.runs, moved, len(runs)),
                self.weights.unseen,
            ),
        )

    def _widened(self, weights: Floats, places: Ints, count: int) -> Floats:
        """The weights at their new places among `count`, the others as those of the unseen."""
        wide = np.full(count, self.weights.unseen, np.float32)
        wide[places] = weights
        return wide

    def _measured(self) -> Index:
        """The index with the lengths of its lines' vectors."""
        words, letters = [self.word_norms], [self.run_norms]
        for at in range(len(self.word_norms), len(self.tokens), CHUNK):
            one, two = _lengths(self, at, min(at + CHUNK, len(self.tokens)))
            words.append(one)
            letters.append(two)
        return replace(self, word_norms=np.concatenate(words), run_norms=np.concatenate(letters))

    @cached_property
    def word_places(self) -> Mapping[str, int]:
        """The place of each word in the vocabulary."""
        return {word: place for place, word in enumerate(self.vocabulary)}

    @cached_property
    def token_lines(self) -> Lists:
        """Per word, the lines that it stands in."""
        return self.tokens.inverted(len(self.vocabulary))

    @cached_property
    def pair_lines(self) -> Lists:
        """Per pair, the lines that it stands in."""
        return self.pairs.inverted(len(self.pair_keys))

    @cached_property
    def template_words(self) -> tuple[Lists, Floats]:
        """Per template, its words, and how often each comes in its lines."""
        keys, often = np.unique(_key(self.homes[self.tokens.owners], self.tokens.items), return_counts=True)
        count = int(self.homes.max(initial=-1)) + 1
        return Lists.grouped(keys >> 32, keys & 0xFFFFFFFF, count), often.astype(np.float32)

    @cached_property
    def template_lines(self) -> Ints:
        """How many lines each template has."""
        return np.bincount(self.homes)

    @cached_property
    def run_shares(self) -> Floats:
        """Of all lines, about how large a share has each run (0..1)."""
        words, often = self.template_words
        lines = np.bincount(words.items, often, len(self.vocabulary))
        return (_run_lines(self, lines) / max(len(self.tokens), 1)).astype(np.float32)

    @cached_property
    def run_words(self) -> Lists:
        """Per letter run, the words that have it."""
        return self.word_runs.inverted(len(self.runs))


def _empty() -> Index:
    none, lists = np.zeros(0, np.float32), Lists.of([])
    return Index(
        vocabulary=(),
        runs=np.zeros(0, np.uint32),
        word_runs=lists,
        pair_keys=np.zeros(0, np.int64),
        homes=np.zeros(0, np.int32),
        tokens=lists,
        pairs=lists,
        weights=Weights(none, none, none, 1.0),
        word_norms=none,
        run_norms=none,
    )


def _pairs(tokens: Lists) -> tuple[Ints, Ints]:
    """A key for each pair of neighbouring words, and the line that it stands in."""
    owners, items = tokens.owners, tokens.items.astype(np.int64)
    beside = owners[:-1] == owners[1:]
    return (items[:-1] << 32 | items[1:])[beside], owners[:-1][beside]


def _weights(index: Index, templates: int) -> Weights:
    """How rare each feature is among templates and among lines."""
    words, pairs = _having(index.tokens, index.homes), _having(index.pairs, index.homes)
    runs, places = index.word_runs.at(words[0])
    having = distinct(_key(runs, words[1][places]))
    lines = np.arange(len(index.tokens))
    word_lines = np.bincount(_having(index.tokens, lines)[0], minlength=len(index.vocabulary))
    counts = (
        (words[0], word_lines),
        (pairs[0], np.bincount(_having(index.pairs, lines)[0], minlength=len(index.pair_keys))),
        (having >> 32, _run_lines(index, word_lines)),
    )
    one, two, three = (
        _rarity(np.bincount(of, minlength=len(among)), templates, among, len(lines)) for of, among in counts
    )
    return Weights(one, two, three, float(_rarity(np.array([1]), templates, np.array([1]), len(lines))[0]))


def _run_lines(index: Index, word_lines: Ints) -> Floats:
    """In about how many lines each run is: those of its words, added up."""
    of = word_lines[index.word_runs.owners]
    found = np.bincount(index.word_runs.items, of, len(index.runs))
    return np.minimum(found, len(index.tokens))


def _rarity(templates: Ints, of: int, lines: Floats, of_lines: int) -> Floats:
    """The mean of two inverse frequencies: by templates, which tell them apart, and by lines."""
    one = np.log((1 + of) / (1 + templates)) + 1
    two = np.log((1 + of_lines) / (1 + lines)) + 1
    both: Floats = np.sqrt((one**2 + two**2) / 2)
    return both.astype(np.float32)


def _having(lists: Lists, homes: Ints) -> tuple[Ints, Ints]:
    """Each item with each template that has it, once."""
    keys = distinct(_key(lists.items, homes[lists.owners]))
    return keys >> 32, keys & 0xFFFFFFFF


def _key(high: Ints, low: Ints) -> Ints:
    return high.astype(np.int64) << 32 | low


def _lengths(index: Index, first: int, last: int) -> tuple[Floats, Floats]:
    """The lengths of the word and the run vectors of a stretch of lines."""
    chosen, count = np.arange(first, last), last - first
    words, lines = index.tokens.at(chosen)
    once = distinct(_key(lines, words))
    squares = index.weights.words[once & 0xFFFFFFFF] ** 2
    total = np.bincount(once >> 32, squares, count)
    pairs, places = index.pairs.at(chosen)
    once = distinct(_key(places, pairs))
    total += np.bincount(once >> 32, index.weights.pairs[once & 0xFFFFFFFF] ** 2, count)
    runs, at = index.word_runs.at(words)
    once, often = np.unique(_key(lines[at], runs), return_counts=True)
    letters = np.bincount(once >> 32, (often * index.weights.runs[once & 0xFFFFFFFF]) ** 2, count)
    one, two = (np.sqrt(np.maximum(sums, 1e-12)).astype(np.float32) for sums in (total, letters))
    return one, two
