"""Names that no lexicon holds: unexplained words tried as people, projects or ids by one bound query each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.tokens import Token
from oracle_kit.model import Entry, Span
from oracle_kit.query import Scalar
from oracle_kit.words import DatasetWords

Lookup = Callable[[str, str, str], tuple[Scalar, ...]]
MOST_QUERIES = 24
MOST_WORDS = 4  # of one name
MOST_VALUES = 20  # that one name may fit; a lookup that gives more has named nobody


def name_spans(
    prompt: str,
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    datasets: tuple[DatasetWords, ...],
    lexicon: Lexicon,
    lookup: Lookup,
) -> tuple[Span, ...]:
    """Spans for the words that turn out to be names in the data that this viewer may see."""
    tries = MOST_QUERIES
    found: list[Span] = []
    for run in _unknown_runs(prompt, tokens, spans, lexicon):
        for first, last in _parts(run):
            start, end = tokens[first].start, tokens[last].end
            if any(span.start <= start and end <= span.end for span in found):
                continue
            text = prompt[start:end].removesuffix("'s").removesuffix("’s")
            entries, used = _entries(text, datasets, lookup, tries)
            tries -= used
            if entries:
                found.append(_widened(prompt, tokens, first, last, entries))
            if tries <= 0:
                return tuple(found)
    return tuple(found)


def named_other(
    prompt: str,
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    datasets: tuple[DatasetWords, ...],
    lexicon: Lexicon,
    lookup: Lookup,
) -> str:
    """The full name of somebody whose rows this viewer may not see; empty when nobody is named.

    Rows of owners (a dataset whose key is their own field) name everybody; where rows are held to an owner,
    who is named in full there and not in the rows that the viewer may see is somebody else.
    """
    people = tuple(words for words in datasets if words.owner == words.key and not words.rows)
    if not people or not any(words.rows for words in datasets):
        return ""
    plain = tuple(span for span in spans if span.how != "lookup")
    for run in _unknown_runs(prompt, tokens, plain, lexicon):
        for first, last in (pair for pair in _parts(run) if pair[1] > pair[0]):
            start, end = tokens[first].start, tokens[last].end
            if any(s.how == "lookup" and s.start <= start and end <= s.end for s in spans):
                continue
            text = prompt[start:end].removesuffix("'s").removesuffix("’s")
            if _entries(text, people, lookup, MOST_QUERIES)[0]:
                return text
    return ""


def _unknown_runs(
    prompt: str, tokens: tuple[Token, ...], spans: tuple[Span, ...], lexicon: Lexicon
) -> Iterator[list[int]]:
    """Runs of neighbouring words that nothing explains well; a capital letter joins a known word to a run."""
    solid = [(s.start, s.end) for s in spans if s.how not in ("spelling",)]
    run: list[int] = []
    for at, token in enumerate(tokens):
        known = lexicon.is_stop(token.text) or any(a <= token.start < b for a, b in solid)
        if token.is_word and not known:
            run.append(at)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _parts(run: list[int]) -> Iterator[tuple[int, int]]:
    """The run's stretches, longest first."""
    for length in range(min(len(run), MOST_WORDS), 0, -1):
        for at in range(len(run) - length + 1):
            yield run[at], run[at + length - 1]


def _names(value: Scalar, text: str) -> bool:
    """Whether the value holds every word whole: "park" is not "Parkview"."""
    return set(text.lower().split()) <= set(str(value).lower().replace(",", " ").split())


def _widened(
    prompt: str, tokens: tuple[Token, ...], first: int, last: int, entries: tuple[Entry, ...]
) -> Span:
    """The span grown over neighbours that the found names go on with: "Lake" of "Lake View Residency"."""
    while last + 1 < len(tokens) and (longer := _holding(entries, tokens[first : last + 2])):
        last, entries = last + 1, longer
    while first > 0 and (longer := _holding(entries, tokens[first - 1 : last + 1])):
        first, entries = first - 1, longer
    start, end = tokens[first].start, tokens[last].end
    text = prompt[start:end]
    named = tuple(e.model_copy(update={"label": text}) for e in entries)
    return Span(start=start, end=end, text=text, entries=named, how="lookup")


def _holding(entries: tuple[Entry, ...], run: tuple[Token, ...]) -> tuple[Entry, ...]:
    """The entries whose values hold these words one after the other."""
    phrase = " ".join(token.text for token in run)
    kept: list[Entry] = []
    for entry in entries:
        values = tuple(v for v in entry.values if f" {phrase} " in f" {str(v).lower()} ")
        if values:
            kept.append(entry.model_copy(update={"values": values, "value": values[0]}))
    return tuple(kept)


def _entries(
    text: str, datasets: tuple[DatasetWords, ...], lookup: Lookup, tries: int
) -> tuple[tuple[Entry, ...], int]:
    if len(text) < 2:
        return (), 0
    entries: list[Entry] = []
    used = 0
    for words in datasets:
        for field in words.fields:
            if field.lookup is None or field.masked or used >= tries:
                continue
            if field.lookup == "exact" and field.type == "integer" and not text.isdigit():
                continue
            used += 1
            found = lookup(words.id, field.name, text)
            values = tuple(value for value in found if _names(value, text))
            if values and len(found) <= MOST_VALUES:
                entries.append(
                    Entry(
                        kind="value",
                        name=field.name,
                        dataset=words.id,
                        value=values[0],
                        values=values,
                        label=text,
                    )
                )
    return tuple(entries), used
