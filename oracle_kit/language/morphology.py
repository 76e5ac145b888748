"""English word forms by rule: the singular of a noun, and the root that a verb's forms share."""

from __future__ import annotations

import re
from functools import lru_cache

_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)es$")
_NO_PLURAL = re.compile(r"(?:ss|us|is)$")
_SHORT_PLURAL = re.compile(r"^[a-z][b-df-hj-np-rtv-z]s$")  # "ups", not "gas" or "bus"
_DOUBLED = re.compile(r"([bdfglmnprst])\1$")


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """The word without a plural or possessive ending; short words stay as they are."""
    word = re.sub(r"['’]s?$", "", word)
    if not word.isascii() or _NO_PLURAL.search(word) or not (len(word) > 3 or _SHORT_PLURAL.match(word)):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if _SIBILANT.search(word):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """The stem that "visit", "visits", "visited" and "visiting" share; not a word of the language."""
    word = singular(word)
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith("ied"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return _DOUBLED.sub(r"\1", word) if len(word) > 3 else word


def is_past(word: str) -> bool:
    """Whether the word looks like a past form ("visited"), so that a noun's root is meant as a verb."""
    return len(word) > 4 and word.endswith("ed")


def is_running(word: str) -> bool:
    """Whether the word looks like a running form ("fixing"), which says of no row that it was done."""
    return len(word) > 5 and word.endswith("ing")
