"""Requests that are out of scope by construction, told from questions that only sound like them."""

from __future__ import annotations

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.tokens import Token
from oracle_kit.model import Refusal, Span

_AT_START = frozenset({"write", "send", "export"})
_REASONS = {
    "write": "Oracle only reads: it changes, adds and deletes nothing.",
    "send": "Oracle only reads: it sends no messages and books nothing.",
    "export": "Data is not handed out in bulk by a prompt.",
    "instructions": "How Oracle works is not changed by a prompt.",
    "configuration": "Oracle's configuration and secrets are not shown.",
    "sql": "Oracle takes questions in words and runs no SQL that is typed.",
    "elsewhere": "This is outside the data that Oracle reads.",
}


def out_of_scope(
    tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon, suggestions: tuple[str, ...]
) -> Refusal | None:
    """The refusal of a request that no dataset can answer; words that content knows are never held
    against it."""
    content = [(s.start, s.end) for s in spans if s.how == "exact" and any(e.dataset for e in s.entries)]
    start = _first_word(tokens, spans, lexicon)
    for span in spans:
        entry = next((e for e in span.entries if e.kind == "refuse"), None)
        if entry is None or span.how != "exact" or _inside(span, content) or _overlaid(span, spans):
            continue
        if entry.name in _AT_START and span.start != start:
            continue
        return Refusal(code="out_of_scope", message=_REASONS[entry.name], suggestions=suggestions)
    return None


def _inside(span: Span, places: list[tuple[int, int]]) -> bool:
    return any(start <= span.start and span.end <= end for start, end in places)


def _overlaid(span: Span, spans: tuple[Span, ...]) -> bool:
    """Whether a longer phrase with another meaning holds the words: "drop in" is not "drop"."""
    return any(
        other.start <= span.start
        and span.end <= other.end
        and other.end - other.start > span.end - span.start
        and any(e.kind not in ("refuse", "followup") for e in other.entries)
        for other in spans
    )


def _first_word(tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon) -> int:
    """Where the first word stands that carries something, over "please", "can you" and the like."""
    fillers = [(s.start, s.end) for s in spans if any(e.kind == "filler" for e in s.entries)]
    for token in tokens:
        filled = any(start <= token.start < end for start, end in fillers)
        if token.is_word and not filled and not lexicon.is_stop(token.text):
            return token.start
    return -1
