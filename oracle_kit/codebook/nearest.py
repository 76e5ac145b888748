"""The lines of the index nearest to a prompt, by the cosine of words and of letter runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from oracle_kit.codebook.features import runs_of, words_of
from oracle_kit.codebook.index import Index
from oracle_kit.codebook.lists import Floats, Ints, Lists

MOST_READ = 100_000  # places in lines that are read for one prompt, which bounds the work
NEAR = 0.4  # of the best cosine: what is below is looked at only where there is too little above


@dataclass(frozen=True, eq=False)
class Asked:
    """A prompt in the terms of an index: its known words, pairs and letter runs, weighed to length one.

    `known` is the share of its words' weight that the index knows (0..1).
    """

    words: Ints
    word_values: Floats
    pairs: Ints
    pair_values: Floats
    runs: Ints
    run_values: Floats
    known: float


def asked(prompt: str, index: Index) -> Asked:
    """The prompt in the terms of the index."""
    said = words_of(prompt)
    places = [index.word_places.get(word, -1) for word in said]
    hashes = np.array([run for word in said for run in runs_of(word)], np.uint32)
    runs, run_values = _known(hashes, index.runs, index.weights.runs, counted=True)
    beside = np.array([one << 32 | two for one, two in pairwise(places) if one >= 0 <= two], np.int64)
    pairs, pair_values = _known(beside, index.pair_keys, index.weights.pairs)
    words = np.unique(np.array([place for place in places if place >= 0], np.int32))
    values = index.weights.words[words]
    unknown = len({word for word, place in zip(said, places, strict=True) if place < 0})
    whole = float(values.sum()) + unknown * index.weights.unseen
    length = float(np.sqrt((values**2).sum() + (pair_values**2).sum())) or 1.0
    return Asked(
        words,
        values / length,
        pairs,
        pair_values / length,
        runs,
        run_values / (float(np.sqrt((run_values**2).sum())) or 1.0),
        float(values.sum()) / whole if whole else 0.0,
    )


def _known(keys: Ints, known: Ints, weights: Floats, *, counted: bool = False) -> tuple[Ints, Floats]:
    """The places of those keys that are known, once each, with their weights (times how often they come)."""
    distinct, often = np.unique(keys, return_counts=True)
    places = np.minimum(np.searchsorted(known, distinct), max(len(known) - 1, 0))
    there = known[places] == distinct if len(known) else np.zeros(len(distinct), bool)
    found = places[there].astype(np.int32)
    values = weights[found]
    return found, values * often[there] if counted else values


def nearest(prompt: Asked, index: Index, alive: NDArray[np.bool_], count: int) -> tuple[Ints, Floats]:
    """At most `count` lines that share most with the prompt, best first, ties by place; and their cosines."""
    words, values = _alike_words(prompt, index)
    letters = _summed(words, values, index.token_lines, len(index.homes)) / index.run_norms
    exact = _summed(
        prompt.words,
        prompt.word_values * index.weights.words[prompt.words],
        index.token_lines,
        len(index.homes),
    )
    exact += _summed(
        prompt.pairs,
        prompt.pair_values * index.weights.pairs[prompt.pairs],
        index.pair_lines,
        len(index.homes),
    )
    scores = (letters + exact / index.word_norms) / 2
    scores[~alive] = 0.0
    found = _best(scores, count)
    return found, scores[found].astype(np.float32)


def _alike_words(prompt: Asked, index: Index) -> tuple[Ints, Floats]:
    """The words of the index that share letter runs with the prompt's, and what each adds to a line."""
    words, places = index.run_words.at(prompt.runs)
    shared = prompt.run_values * index.weights.runs[prompt.runs]
    values = np.bincount(words, shared[places], len(index.vocabulary))
    found = np.flatnonzero(values)
    return found.astype(np.int32), values[found]


def _summed(items: Ints, values: Floats, lines: Lists, count: int) -> Floats:
    """What the items add to each line; the least of them are left out where they stand in too many lines."""
    sizes = lines.starts[items + 1] - lines.starts[items]
    if sizes.sum() > MOST_READ:
        order = np.argsort(-values, kind="stable")
        kept = order[np.cumsum(sizes[order]) <= MOST_READ]
        items, values = items[kept], values[kept]
    found, places = lines.at(items)
    return np.bincount(found, values[places], count)


def _best(scores: Floats, count: int) -> Ints:
    """The places of at most `count` best scores above zero, best first; ties by place."""
    places = np.flatnonzero(scores > scores.max(initial=0.0) * NEAR)
    if len(places) < count:
        places = np.flatnonzero(scores > 0)
    if len(places) > count:
        least = np.partition(scores[places], len(places) - count)[len(places) - count]
        places = places[scores[places] >= least]
    order = np.argsort(-scores[places], kind="stable")
    return places[order][:count].astype(np.int32)
