"""Spelling repair: a word that nothing knows becomes the one known word within its distance, or
stays as it is."""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.morphology import singular


def distance_allowed(word: str) -> int:
    """How many typing errors a word of this length may hold: none below 4 letters, 1 up to 7, 2 above."""
    return 0 if len(word) < 4 else 1 if len(word) <= 7 else 2


def repair(word: str, lexicon: Lexicon) -> str | None:
    """The known word that was meant; None when the word is known, holds digits, or several are as near.

    The first letter must be right (or swapped with the second): typing errors seldom fall on it,
    other words do.
    """
    allowed = distance_allowed(word)
    if not allowed or not word.isalpha() or lexicon.knows(word):
        return None
    hits = process.extract(word, lexicon.repairable, scorer=OSA.distance, score_cutoff=allowed, limit=12)
    near = [(int(distance), hit) for hit, distance, _ in hits if _starts_alike(word, hit)]
    if not near:
        return None
    best = min(distance for distance, _ in near)
    found = {singular(hit): hit for distance, hit in sorted(near, reverse=True) if distance == best}
    if len(found) > 1:
        found = {stem: hit for stem, hit in found.items() if hit in lexicon.content}
    return next(iter(found.values())) if len(found) == 1 else None


def _starts_alike(word: str, hit: str) -> bool:
    return word[0] == hit[0] or (word[0] == hit[1] and word[1] == hit[0])
