"""Requests that are out of scope by construction, told from questions that only sound like them."""

from __future__ import annotations

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.tokens import Token
from oracle_kit.model import Refusal, Span

_AT_START = frozenset({"write", "edit", "send", "export"})
_REASONS = {
    "edit": "Oracle only reads: it changes, adds and deletes nothing.",
    "write": "Oracle only reads: it changes, adds and deletes nothing.",
    "send": "Oracle only reads: it sends no messages and books nothing.",
    "export": "Data is not handed out in bulk by a prompt.",
    "instructions": "How Oracle works is not changed by a prompt.",
    "configuration": "Oracle's configuration and secrets are not shown.",
    "sql": "Oracle takes questions in words and runs no SQL that is typed.",
    "elsewhere": "This is outside the data that Oracle reads.",
}


def out_of_scope(
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    lexicon: Lexicon,
    suggestions: tuple[str, ...],
    *,
    on_page: bool = False,
) -> Refusal | None:
    """The refusal of a request that no dataset can answer; words that content knows are never held
    against it. `on_page`: blocks are shown, which "change ... to ..." may mean instead of rows."""
    content = [(s.start, s.end) for s in spans if s.how == "exact" and any(e.dataset for e in s.entries)]
    start = _first_word(tokens, spans, lexicon)
    for span in spans:
        entry = next((e for e in span.entries if e.kind == "refuse"), None)
        if entry is None or span.how != "exact" or _overlaid(span, spans):
            continue
        known = [place for place in content if entry.name != "edit" or place != (span.start, span.end)]
        if _inside(span, known):
            continue
        if entry.name in _AT_START and span.start != start:
            continue
        if on_page and entry.name in ("write", "edit") and _of_the_page(span, spans):
            continue
        if entry.name == "edit" and not _edits(span, tokens, spans, on_page=on_page):
            continue
        message = f"“{span.text}”: {_REASONS[entry.name]}"
        return Refusal(code="out_of_scope", message=message, suggestions=suggestions)
    return None


def _of_the_page(verb: Span, spans: tuple[Span, ...]) -> bool:
    """Whether a block or a part of one is to go, not rows: "delete the chart", "remove all filters"."""
    removes = any(
        e.kind == "followup" and e.name == "remove" for s in spans if s.start == verb.start for e in s.entries
    )
    shown = (s for s in spans if s.start > verb.start and s.how == "exact")
    return removes and any(e.kind in ("kind", "part") for s in shown for e in s.entries)


def _edits(verb: Span, tokens: tuple[Token, ...], spans: tuple[Span, ...], *, on_page: bool) -> bool:
    """Whether a verb such as "change" has a row and what it shall become: "price of unit 12 to 1 crore";
    not "change from March to April", and not a change of what a page shows."""
    if any(s.start > verb.start and e.kind in ("window", "grain") for s in spans for e in s.entries):
        return False
    named = [s for s in spans if any(e.kind == "dataset" for e in s.entries) and s.start > verb.start]
    figures = [token.start for token in tokens if token.text.isdigit()]
    row = any(0 < figure - noun.end <= len(_NUMBERED) for noun in named for figure in figures)
    return row or (bool(named) and not on_page and _has_target(verb, spans))


_NUMBERED = " no. #"  # what may stand between a noun and the number of its row


def _has_target(verb: Span, spans: tuple[Span, ...]) -> bool:
    """Whether something is said that could be set: a number or a value."""
    behind = [s for s in spans if s.start > verb.end and s.how in ("exact", "number")]
    return any(e.kind in ("number", "value") for s in behind for e in s.entries)


def _inside(span: Span, places: list[tuple[int, int]]) -> bool:
    return any(start <= span.start and span.end <= end for start, end in places)


def _overlaid(span: Span, spans: tuple[Span, ...]) -> bool:
    """Whether a longer phrase with another meaning holds the words: "drop in" is not "drop"."""
    return any(
        other.start <= span.start
        and span.end <= other.end
        and other.end - other.start > span.end - span.start
        and any(e.kind not in ("refuse", "followup", "part") for e in other.entries)
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
