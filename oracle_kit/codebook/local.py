"""Which template a prompt means, learnt at the moment of asking from the lines nearest to it."""

from __future__ import annotations

import numpy as np

from oracle_kit.codebook.index import Index
from oracle_kit.codebook.lists import Floats, Ints
from oracle_kit.codebook.nearest import Asked

STIFFNESS = 0.1  # of the classifier: how much it prefers small coefficients
CURVATURE = 0.15  # of the loss, as its steps assume
STEPS = 12
DOUBT = 0.1  # lines of any template that are added to those that have a letter run


def likeness(lines: Ints, index: Index) -> Floats:
    """The cosines of the lines with each other; words with their pairs, and letter runs, count equally."""
    tokens, owners = index.tokens.at(lines)
    said, places = np.unique(tokens, return_inverse=True)
    counts = _table(owners, places.astype(np.int32), len(lines), len(said))
    runs, of = index.word_runs.at(said)
    letters = counts @ _weighed(of, runs, len(said), index.weights.runs, counts.sum(axis=0)[of])
    pairs, at = index.pairs.at(lines)
    twos = _weighed(at, pairs, len(lines), index.weights.pairs)
    words = np.minimum(counts, 1) * index.weights.words[said]
    by_words, by_letters = index.word_norms[lines], index.run_norms[lines]
    alike: Floats = (words @ words.T + twos @ twos.T) / np.outer(by_words, by_words)
    alike += letters @ letters.T / np.outer(by_letters, by_letters)
    alike /= 2
    np.fill_diagonal(alike, 1.0)
    return alike


def _weighed(rows: Ints, items: Ints, count: int, weights: Floats, often: Floats | None = None) -> Floats:
    """The rows as weighed vectors of their items, without those that come once in all: alike with nothing."""
    columns = np.flatnonzero(np.bincount(items, often, len(weights)) > 1)
    places = np.full(len(weights), -1, np.int32)
    places[columns] = np.arange(len(columns), dtype=np.int32)
    found = places[items]
    there = found >= 0
    return _table(rows[there], found[there], count, len(columns)) * weights[columns]


def _table(rows: Ints, columns: Ints, count: int, width: int) -> Floats:
    """How often each column comes in each row."""
    cells = rows * np.int64(width) + columns
    return np.bincount(cells, minlength=count * width).reshape(count, width).astype(np.float32)


def scores(with_prompt: Floats, alike: Floats, homes: Ints) -> tuple[Ints, Floats]:
    """The templates of the lines, and a score for each: a logistic classifier learnt from the lines.

    `with_prompt` are the lines' cosines with the prompt, `alike` those with each other. Solved in as many steps
    each time, so that the same lines give the same scores.
    """
    templates, owners = np.unique(homes, return_inverse=True)
    own = np.zeros((len(homes), len(templates)), np.float32)
    own[np.arange(len(homes)), owners] = 1.0
    kernel = alike + np.float32(1.0)  # 1: a constant for each template
    softened = np.float32(CURVATURE) * kernel
    softened[np.diag_indices_from(softened)] += STIFFNESS
    step = np.linalg.inv(softened)
    found = np.zeros_like(own)
    for _ in range(STEPS):
        powers = np.exp(kernel @ found)
        powers /= powers.sum(axis=1, keepdims=True)
        powers -= own
        powers += np.float32(STIFFNESS) * found
        found -= step @ powers
    return templates, (with_prompt + np.float32(1.0)) @ found


def evidence(prompt: Asked, templates: Ints, index: Index) -> Floats:
    """For each template, how much more often its lines have the prompt's letter runs than any lines do.

    The mean over the runs of the logarithm of the ratio.
    """
    words, often = index.template_words
    spots, owners = words.spots(templates)
    runs, places = index.word_runs.at(words.items[spots])
    columns = np.full(len(index.runs), -1, np.int32)
    columns[prompt.runs] = np.arange(len(prompt.runs), dtype=np.int32)
    there = np.flatnonzero(columns[runs] >= 0)
    cells = owners[places[there]] * np.int64(len(prompt.runs)) + columns[runs[there]]
    size = len(templates) * len(prompt.runs)
    having = np.bincount(cells, often[spots[places[there]]], size).reshape(len(templates), -1)
    lines = index.template_lines[templates][:, None]
    share = (np.minimum(having, lines) + DOUBT) / (lines + 2 * DOUBT)
    usual = index.run_shares[prompt.runs] + DOUBT / len(index.homes)
    found: Floats = np.log(share / usual).mean(axis=1)
    return found


def shares(scores: Floats) -> Floats:
    """Scores as shares of one, row by row."""
    powers: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers
