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
    """What is asked of the blocks: the verb, the kinds of block and the parts of one that are named, and the
    words that are left to read.

    `told`: a verb was said; a fragment without one is a follow-up only when it is no question of its own.
    `many`: the kind was said in the plural. `back`: a pronoun refers to the rows that are shown.
    """

    verb: Verb
    kinds: tuple[str, ...]
    tokens: tuple[Token, ...]
    told: bool
    parts: tuple[str, ...] = ()
    many: bool = False
    back: bool = False


def follow_up(tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon) -> FollowUp:
    """The prompt as a follow-up; whether it is one depends on what its remaining words are."""
    said = [(s, e) for s in spans for e in s.entries if e.kind == "followup" and s.how == "exact"]
    phrases = [(span, entry) for span, entry in _longest(said) if not _timed(span, spans)]
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
    kinds = [(s, e) for s in spans for e in s.entries if e.kind == "kind"]
    parts = _longest([(s, e) for s in spans for e in s.entries if e.kind == "part"])
    if verb in ("remove", "as"):
        used.extend(span for span, _ in kinds)
    if verb == "remove":
        used.extend(span for span, _ in parts)
    return FollowUp(
        verb=verb,
        kinds=tuple(dict.fromkeys(e.name for _, e in kinds)),
        tokens=tuple(token for token in tokens if not any(s.start <= token.start < s.end for s in used)),
        told=verb != "fragment",
        parts=tuple(dict.fromkeys(e.name for _, e in parts)),
        many=any(s.text.lower().endswith("s") for s, _ in kinds),
        back=_refers_back(tokens, spans, lexicon),
    )


def _timed(span: Span, spans: tuple[Span, ...]) -> bool:
    """Whether the words belong to a time: "this" of "this quarter"."""
    times = (s for s in spans if any(e.kind == "window" for e in s.entries))
    return any(s.start <= span.start and span.end <= s.end for s in times)


def _refers_back(tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon) -> bool:
    """Whether a pronoun stands before every noun: "how many of those", not "leads and their budget"."""
    nouns = [span.start for span in spans if any(e.kind == "dataset" for e in span.entries)]
    first = next((token.start for token in tokens if token.text in lexicon.speech.pronouns), None)
    return first is not None and all(first < noun for noun in nouns)


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
