"""Spelling repair: a word that nothing knows becomes the one known word within its distance, or
stays as it is."""

from __future__ import annotations

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.morphology import singular

LIKE = 78.0  # of 100: a word of content that an unknown one may have meant
SHORTEST = 3  # letters of a misspelt word


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
    nearest = [hit for distance, hit in sorted(near, reverse=True) if distance == best]
    return _decided(word, nearest, lexicon)


def meant_beside(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The short words that a misspelt one may be, with letters swapped or left out: "lst", "mnay". Which one
    was meant shows in the words beside it."""
    if len(word) < SHORTEST or not word.isalpha() or lexicon.knows(word):
        return ()
    hits = process.extract(word, lexicon.short, scorer=OSA.distance, score_cutoff=1, limit=None)
    same = [hit for hit, _, _ in hits if hit[0] == word[0]]
    return tuple(hit for hit in same if sorted(hit) == sorted(word) or _letters_left_out(word, hit))


def _decided(word: str, hits: list[str], lexicon: Lexicon) -> str | None:
    """The one word that was meant: words of one meaning are one, words of content come before others, and
    dropped or swapped letters before wrong ones."""
    content = [hit for hit in hits if hit in lexicon.content] or hits
    careful = [hit for hit in content if _letters_left_out(word, hit) or sorted(word) == sorted(hit)]
    for narrowed in (hits, content, careful):
        meant = {hit: _meaning(hit, lexicon) for hit in narrowed}
        widest = next(
            (hit for hit in narrowed if all(_within(one, meant[hit]) for one in meant.values())), None
        )
        if widest is not None:
            return widest
    return None


def _within(one: object, other: object) -> bool:
    """Whether a meaning is the other, or part of it: "adviser" means one thing that "advisor" means."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one <= other
    return one == other


def _meaning(word: str, lexicon: Lexicon) -> object:
    """What a word is alone: all that it means, values among it, else the word without its ending."""
    entries = lexicon.exact.get(word, ())
    return frozenset((e.kind, e.dataset, e.name, str(e.value)) for e in entries) or singular(word)


def _letters_left_out(word: str, hit: str) -> bool:
    """Whether the word is the other one with letters left out, its first and last in place."""
    letters = iter(hit)
    return word[-1] == hit[-1] and all(letter in letters for letter in word)


def _starts_alike(word: str, hit: str) -> bool:
    return word[0] == hit[0] or (word[0] == hit[1] and word[1] == hit[0])


def alike(word: str, lexicon: Lexicon, limit: int) -> tuple[str, ...]:
    """The words of content most like an unknown one, best first, at most `limit`."""
    hits = process.extract(word.lower(), lexicon.content, scorer=fuzz.ratio, score_cutoff=LIKE, limit=limit)
    return tuple(hit for hit, _, _ in hits)
