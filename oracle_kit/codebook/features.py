"""What a text is made of for ranking: words, pairs of words, and the letter runs of each word."""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import lru_cache

MOST_WORDS = 96  # of one text; what stands behind them is not ranked by
LONGEST_WORD = 40  # letters of a word that are looked at
SIZES = range(2, 6)  # letters of a run
_WORD = re.compile(r"[^\W_]+(?:[\u0900-\u097f]+[^\W_]*)*")


def words_of(text: str) -> list[str]:
    """The words of a text in order, in small letters, marks left out."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = _WORD.finditer(plain.casefold())
    return [word.group()[:LONGEST_WORD] for word, _ in zip(found, range(MOST_WORDS), strict=False)]


@lru_cache(maxsize=100_000)
def runs_of(word: str) -> tuple[int, ...]:
    """The letter runs of a word with its edges, as stable 32-bit hashes; a run that comes twice stands twice."""
    padded = f" {word} "
    found = []
    for size in SIZES:
        found += [padded[at : at + size] for at in range(max(len(padded) - size, 0) + 1)]
        if len(padded) <= size:
            break
    return tuple(zlib.crc32(run.encode()) for run in found)
