"""Why words were not understood: an unknown value of a known field, a word of other data, rows of
somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle_kit.errors import nearest
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.reading import Left
from oracle_kit.language.spelling import alike
from oracle_kit.language.tokens import Token
from oracle_kit.model import Refusal, Span
from oracle_kit.words import DatasetWords, FieldWords, within

MOST_VALUES = 12
_DIGITS = re.compile(r"\d+")


def explain_left(
    prompt: str,
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    left: tuple[Left, ...],
    words: DatasetWords,
    datasets: tuple[DatasetWords, ...],
    lexicon: Lexicon,
) -> Refusal:
    """The refusal for a prompt whose best reading on `words` leaves these words: the most telling
    reason there is."""
    named = ", ".join(f"“{word.text}”" for word in left)
    if words.rows and any(_is_name(prompt, word, spans, words) for word in left):
        message = (
            f"You see {words.rows} only: {named} is not among them, and others' rows are not shown to you."
        )
        return Refusal(code="not_permitted", message=message)
    if words.owner and any(_is_mine(word, spans) for word in left):
        message = f"{named} means {words.title.lower()} that you own, and none are kept in your name."
        hint = "Ask for all of them, or name whose you mean."
        return Refusal(code="not_understood", message=message, suggestions=(hint,))
    for word in left:
        field = _field_of_value(prompt, word, tokens, spans, words, lexicon)
        if field is not None:
            return _unknown_value(word, field, words)
    for word in left:
        elsewhere = _elsewhere(word, spans, words, datasets)
        if elsewhere:
            return Refusal(code="unknown_field", message=f"Not understood: {named}. {elsewhere}")
    meant = left[0].text.lower()
    close = [word for word in alike(meant, lexicon, 2) if word != meant and meant.isalpha()]
    hint = (
        f"Did you mean {' or '.join(close)}?"
        if close
        else "Use a field, value or measure that is known here."
    )
    return Refusal(code="not_understood", message=f"Not understood: {named}. {hint}")


def _is_mine(word: Left, spans: tuple[Span, ...]) -> bool:
    same = (s for s in spans if (s.start, s.end) == (word.start, word.end))
    return any(entry.kind == "operator" and entry.name == "my" for s in same for entry in s.entries)


def _unknown_value(word: Left, field: FieldWords, words: DatasetWords) -> Refusal:
    accepted = [v.label or str(v.value) for v in field.values]
    more = f" and {len(accepted) - MOST_VALUES} more" if len(accepted) > MOST_VALUES else ""
    message = (
        f"“{word.text}” is not a {within(field.label)} of {within(words.title)} in the data. "
        f"There are: {', '.join(accepted[:MOST_VALUES])}{more}."
    )
    close = nearest(word.text, accepted, 1)
    return Refusal(
        code="unknown_value", message=message, suggestions=tuple(f"Did you mean {name}?" for name in close)
    )


def _field_of_value(
    prompt: str,
    word: Left,
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    words: DatasetWords,
    lexicon: Lexicon,
) -> FieldWords | None:
    """The field that an unknown word must be a value of: one said beside it, one with values of
    its form, a place."""
    fields = {f.name: f for f in words.fields}
    if any(s.start <= word.start and word.end <= s.end and s.how != "spelling" for s in spans):
        return None  # a known word is not a value that the data lacks
    for span in _beside(prompt, word, spans):
        for entry in span.entries:
            if entry.kind == "field" and entry.dataset == words.id and fields[entry.name].values:
                return fields[entry.name]
    form = _DIGITS.sub("0", word.text.lower())
    if form != word.text.lower():
        for field in words.fields:
            if any(_DIGITS.sub("0", str(v.value).lower()) == form for v in field.values):
                return field
    before = [t for t in tokens if t.end <= word.start]
    if before and before[-1].text in lexicon.speech.places:
        for path in words.drill:
            if fields[path[0]].values:
                return fields[path[0]]
    return None


def _beside(prompt: str, word: Left, spans: tuple[Span, ...]) -> Iterator[Span]:
    """Spans that touch the word but for a space or a short word such as "is"."""
    for span in spans:
        gap = prompt[span.end : word.start] if span.end <= word.start else prompt[word.end : span.start]
        if (span.end <= word.start or span.start >= word.end) and len(gap.split()) <= 1 and len(gap) <= 4:
            yield span


def _elsewhere(
    word: Left, spans: tuple[Span, ...], words: DatasetWords, datasets: tuple[DatasetWords, ...]
) -> str:
    """A sentence that says whose word it is, when only another dataset knows it."""
    titles = {one.id: one for one in datasets}
    for span in spans:
        if span.start > word.start or span.end < word.end or span.how == "spelling":
            continue
        for entry in span.entries:
            if (
                entry.dataset in titles
                and entry.dataset != words.id
                and entry.kind in ("value", "field", "term", "measure")
            ):
                return f"It is known of {titles[entry.dataset].title}, not of {words.title}."
    return ""


def _is_name(prompt: str, word: Left, spans: tuple[Span, ...], words: DatasetWords) -> bool:
    """Whether an unknown word reads like somebody's name: capitalised, or beside a field of names."""
    if any(s.start <= word.start and word.end <= s.end and s.how != "lookup" for s in spans):
        return False
    if prompt[word.start].isupper() and word.start > 0:
        return True
    fields = {f.name: f for f in words.fields}
    return any(
        entry.kind == "field" and entry.dataset == words.id and fields[entry.name].lookup
        for span in _beside(prompt, word, spans)
        for entry in span.entries
    )
