"""Templates ranked for a prompt: cosine of word and letter TF-IDF with the nearest ask of each."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from oracle_kit.codebook.template import Template
from oracle_kit.model import Match

LEAST = 0.2  # a cosine below which a template has nothing to do with the prompt
_WORD = re.compile(r"\w+")
_Posting = tuple[NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True)
class Ranker:
    """The asks of all templates, as an inverted index."""

    templates: tuple[Template, ...]
    asks: tuple[str, ...]
    homes: NDArray[np.int32]  # per ask, the place of its template
    weights: Mapping[str, float]
    postings: Mapping[str, _Posting]

    @classmethod
    def of(cls, templates: Iterable[Template]) -> Ranker:
        """The ranker of these templates."""
        known = tuple(templates)
        pairs = [(ask, place) for place, one in enumerate(known) for ask in (*one.asks, one.title)]
        counted = [features(ask) for ask, _ in pairs]
        seen = Counter(feature for one in counted for feature in one)
        weights = {feature: math.log((1 + len(pairs)) / (1 + count)) + 1.0 for feature, count in seen.items()}
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, one in enumerate(counted):
            for feature, value in _unit(one, weights).items():
                found[feature].append((at, value))
        postings = {
            feature: (np.array([at for at, _ in hits], np.int32), np.array([value for _, value in hits]))
            for feature, hits in found.items()
        }
        homes = np.array([place for _, place in pairs], np.int32)
        return cls(known, tuple(ask for ask, _ in pairs), homes, weights, postings)

    def rank(self, prompt: str, limit: int) -> tuple[Match, ...]:
        """At most `limit` templates that may answer, best first; none where nothing fits."""
        scores = np.zeros(len(self.asks))
        for feature, value in _unit(features(prompt), self.weights).items():
            if feature in self.postings:
                places, values = self.postings[feature]
                scores[places] += value * values
        best: dict[int, int] = {}
        for at in np.argsort(-scores, kind="stable")[: limit * 20]:
            if scores[at] < LEAST or len(best) == limit:
                break
            best.setdefault(int(self.homes[at]), int(at))
        return tuple(self._match(place, at, float(scores[at])) for place, at in best.items())

    def _match(self, place: int, at: int, score: float) -> Match:
        template = self.templates[place]
        why = f"like “{self.asks[at]}”"
        return Match(template_id=template.id, dataset=template.dataset, score=_calibrated(score), why=why)


def _calibrated(cosine: float) -> float:
    """How likely a template with this cosine is the one that was meant."""
    return round(1.0 / (1.0 + math.exp(-12.0 * (cosine - 0.45))), 4)


def features(text: str) -> Counter[str]:
    """The words, pairs of words and runs of three and four letters of a text, counted."""
    words = _WORD.findall(text.lower())
    found = Counter(words)
    found.update(f"{one} {two}" for one, two in pairwise(words))
    for word in words:
        padded = f"<{word}>"
        found.update(padded[at : at + size] for size in (3, 4) for at in range(len(padded) - size + 1))
    return found


def _unit(counted: Counter[str], weights: Mapping[str, float]) -> dict[str, float]:
    """Sublinear TF-IDF weights of length one; a feature that no ask has weighs as much as a rare one."""
    rare = max(weights.values(), default=1.0)
    raw = {
        feature: (1.0 + math.log(count)) * weights.get(feature, rare) for feature, count in counted.items()
    }
    length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
    return {feature: value / length for feature, value in raw.items()}
