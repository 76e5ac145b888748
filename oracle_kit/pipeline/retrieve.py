"""Stage 1: what each word may mean, and which templates may answer."""

from __future__ import annotations

from typing import Protocol

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.spans import find_spans
from oracle_kit.model import Context, Match, Retrieved

MOST_MATCHES = 12


class Ranks(Protocol):
    """What retrieval needs of a ranker: templates that may answer, best first."""

    def rank(self, prompt: str, limit: int) -> tuple[Match, ...]:
        """At most `limit` matches with calibrated scores."""
        ...


def retrieve(prompt: str, lexicon: Lexicon, ranker: Ranks, context: Context) -> Retrieved:
    """The spans of the prompt and the templates that may answer it; says nothing yet of who asks."""
    return Retrieved(
        spans=find_spans(prompt, lexicon, context.clock), matches=ranker.rank(prompt, MOST_MATCHES)
    )
