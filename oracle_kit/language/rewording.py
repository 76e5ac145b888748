"""A question in other words: each phrase exchanged for another that content or the language declares for the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.morphology import is_past, singular
from oracle_kit.model import Entry, Span
from oracle_kit.words import DatasetWords, FieldWords, MeasureWords, TermWords

_ALIKE = ("aggregate", "shape")  # what function words stand for the same


def reworded(prompt: str, spans: Sequence[Span], home: str, lexicon: Lexicon) -> Iterator[str]:
    """The prompt with one phrase exchanged, the phrases in turn; whether it still says the same is to be checked.

    Each phrase is one that has a single meaning on the dataset `home`.
    """
    words = lexicon.datasets[home]
    phrases = [(span, _others(span, words, lexicon)) for span in _outermost(spans, home)]
    for turn in zip_longest(*(others for _, others in phrases)):
        for (span, _), phrase in zip(phrases, turn, strict=True):
            if phrase is not None:
                said = _numbered(phrase, span.text)
                yield " ".join(f"{prompt[: span.start]}{said}{prompt[span.end :]}".split())


def _outermost(spans: Sequence[Span], home: str) -> list[Span]:
    """The stretches with one meaning each, without those that stand inside another or repair a spelling."""
    whole: dict[tuple[int, int], Span] = {}
    for one in spans:
        if one.how in ("exact", "inflected"):
            known = whole.get((one.start, one.end))
            entries = (*(known.entries if known is not None else ()), *one.entries)
            whole[one.start, one.end] = one.model_copy(update={"entries": entries})
    wide = [*whole, *((one.start, one.end) for one in spans if one.how in ("number", "date"))]
    return [
        one
        for place, one in sorted(whole.items())
        if _meaning(one, home) is not None and not any(_inside(place, other) for other in wide)
    ]


def _inside(place: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= place[0] and place[1] <= other[1] and other != place


def _meaning(span: Span, home: str) -> Entry | None:
    """The one thing that the span means on the dataset; its noun, where it may be that; None for several."""
    entries = [one for one in span.entries if one.dataset == home] or [
        one for one in span.entries if one.dataset is None and one.kind in _ALIKE
    ]
    entries = [one for one in entries if one.kind == "dataset"] or entries
    meant = {(one.kind, one.name, one.value) for one in entries}
    return entries[0] if len(meant) == 1 else None


def _others(span: Span, words: DatasetWords, lexicon: Lexicon) -> list[str]:
    """The other phrases for what the span means, in the order in which they are declared."""
    entry = _meaning(span, words.id)
    said = span.text.lower()
    found = _phrases(entry, words, lexicon) if entry is not None else ()
    return [
        one for one in dict.fromkeys(found) if one.isascii() and one.lower() not in (said, singular(said))
    ]


def _phrases(entry: Entry, words: DatasetWords, lexicon: Lexicon) -> tuple[str, ...]:
    speech = {"aggregate": lexicon.speech.aggregates, "shape": lexicon.speech.shapes}
    if entry.kind == "dataset":
        return words.words
    if entry.kind in speech:
        return speech[entry.kind].get(entry.name, ())
    if entry.kind == "value":
        values = next((one.values for one in words.fields if one.name == entry.name), ())
        return next(((one.label, *one.words) for one in values if one.value == entry.value), ())
    return _declared(entry, words)


def _declared(entry: Entry, words: DatasetWords) -> tuple[str, ...]:
    fields, measures, terms = words.fields, words.measures, words.terms
    named: dict[str, Sequence[FieldWords | MeasureWords | TermWords]] = {
        "field": fields,
        "measure": measures,
        "term": terms,
    }
    known = named.get(entry.kind, ())
    return next(((one.label, *one.words) for one in known if one.name == entry.name), ())


def _numbered(phrase: str, before: str) -> str:
    """The phrase as plural where what it stands for was, and not at all in capitals that were not there."""
    phrase = phrase if any(letter.isupper() for letter in before) else _lowered(phrase)
    *first, last = phrase.split() or [""]
    was_plural = before.lower() != singular(before.lower())
    is_plural = any(word != singular(word) for word in phrase.split())
    if not was_plural or is_plural or is_past(last) or not last.isalpha():
        return phrase
    ending = "ies" if last.endswith("y") and last[-2:-1] not in "aeiou" else None
    made = last[:-1] + ending if ending else f"{last}{'es' if last.endswith(('s', 'x', 'ch', 'sh')) else 's'}"
    return " ".join([*first, made])


def _lowered(phrase: str) -> str:
    """Small letters, but for short forms ("NRI")."""
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in phrase.split())
