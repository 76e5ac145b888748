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
MOST_VALUES = 20  # that one name may fit


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
                found.append(Span(start=start, end=end, text=text, entries=entries, how="lookup"))
            if tries <= 0:
                return tuple(found)
    return tuple(found)


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
            values = lookup(words.id, field.name, text)[:MOST_VALUES]
            if values:
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
