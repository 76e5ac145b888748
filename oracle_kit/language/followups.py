"""Follow-ups: prompts that change what a page shows, told from new questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.tokens import Token
from oracle_kit.model import Entry, Span

Verb = Literal["change", "replace", "remove", "add", "as", "sort", "fragment"]
_START = ("remove", "add", "replace", "change", "as", "sort")
_ANYWHERE = ("replace",)


@dataclass(frozen=True)
class FollowUp:
    """What is asked of the blocks: the verb, the block kind that is named, and the words that are
    left to read."""

    verb: Verb
    kinds: tuple[str, ...]
    tokens: tuple[Token, ...]
    told: (
        bool  # a verb was said; a fragment without one is a follow-up only when it is no question of its own
    )


def follow_up(tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon) -> FollowUp:
    """The prompt as a follow-up; whether it is one depends on what its remaining words are."""
    phrases = _longest(
        [(s, e) for s in spans for e in s.entries if e.kind == "followup" and s.how == "exact"]
    )
    start = _first(tokens, phrases, lexicon)
    verb: Verb = "fragment"
    used: list[Span] = []
    for span, entry in phrases:
        at_start = span.start <= start
        if entry.name == "it" or (
            entry.name in _START and (at_start or entry.name in _ANYWHERE or _ends(span, tokens))
        ):
            if entry.name != "sort":
                used.append(span)
            if entry.name != "it" and (verb == "fragment" or entry.name in ("remove", "as")):
                verb = entry.name  # type: ignore[assignment]  # the speech's follow-up names are the verbs
        elif entry.name == "instead":
            used.append(span)
            verb = "replace" if verb == "fragment" else verb
    kinds = tuple((s, e) for s in spans for e in s.entries if e.kind == "kind")
    if verb in ("remove", "as"):
        used.extend(span for span, _ in kinds)
    rest = tuple(token for token in tokens if not any(s.start <= token.start < s.end for s in used))
    return FollowUp(verb, tuple(dict.fromkeys(e.name for _, e in kinds)), rest, verb != "fragment")


def _longest(phrases: list[tuple[Span, Entry]]) -> list[tuple[Span, Entry]]:
    """Phrases that no longer one covers, in order."""
    return [
        (span, entry)
        for span, entry in phrases
        if not any(
            other.start <= span.start
            and span.end <= other.end
            and other.end - other.start > span.end - span.start
            for other, _ in phrases
        )
    ]


def _first(tokens: tuple[Token, ...], phrases: list[tuple[Span, Entry]], lexicon: Lexicon) -> int:
    """Where the first word stands that carries something; follow-up phrases do, other words of
    courtesy do not."""
    places = [span.start for span, _ in phrases]
    for token in tokens:
        if token.start in places or not lexicon.is_stop(token.text):
            return token.start
    return -1


def _ends(span: Span, tokens: tuple[Token, ...]) -> bool:
    """Whether the phrase closes the prompt: "top 5 only"."""
    words = [token for token in tokens if token.is_word]
    return bool(words) and span.end >= words[-1].end
