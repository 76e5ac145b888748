"""A prompt as words with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:[\u0900-\u097f\u200d]+[^\W_]*)*(?:['’][^\W\d_]+)?|[%#&=+/|;:?!,]|[₹$€£]")
_NOT_ALNUM = re.compile(r"[\W_]+")
SEPARATORS = frozenset(",;&+/|")
MOST_WORDS = 400  # a prompt with more is not one question: no more are looked up


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark: its character offsets, its lower-case text, and the text as typed."""

    start: int
    end: int
    text: str
    typed: str

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter or a digit."""
        return self.text[0].isalnum()


def tokenise(prompt: str) -> tuple[Token, ...]:
    """The words and marks of a prompt, in order, lower-cased."""
    return tuple(
        Token(hit.start(), hit.end(), hit.group().lower(), hit.group()) for hit in _TOKEN.finditer(prompt)
    )


@lru_cache(maxsize=65536)
def squash(text: str) -> str:
    """The text in lower case without anything but letters and digits: "Follow-Ups" is "followups", "%" "percent"."""
    return _NOT_ALNUM.sub("", text.lower().replace("%", "percent"))
