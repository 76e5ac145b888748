"""Stage 2: what this viewer may use for the prompt, and nothing said of the rest."""

from __future__ import annotations

from collections.abc import Callable

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.names import Lookup, name_spans, named_other
from oracle_kit.language.others import others_rows
from oracle_kit.language.refusals import out_of_scope
from oracle_kit.language.tokens import MOST_WORDS, tokenise
from oracle_kit.model import Candidates, Context, Entry, Refusal, Retrieved, Span
from oracle_kit.words import DatasetWords

Allowed = Callable[[str], DatasetWords | None]
MOST_NAMED = 4  # datasets that are asked for a name


def select(
    prompt: str,
    retrieved: Retrieved,
    lexicon: Lexicon,
    allowed: Allowed,
    lookup: Lookup,
    context: Context,
) -> Candidates:
    """The datasets, spans and templates that the viewer may use; `allowed` gives a dataset's words
    or None when denied,
    `lookup` finds a name under the viewer's row filter."""
    datasets = {name: words for name in lexicon.datasets if (words := allowed(name)) is not None}
    spans = tuple(s for span in retrieved.spans if (s := _usable(span, frozenset(datasets))) is not None)
    matches = tuple(match for match in retrieved.matches if match.dataset in datasets)
    tokens = tokenise(prompt)[:MOST_WORDS]
    suggestions = tuple(words.title for words in datasets.values())
    refusal = out_of_scope(
        tokens, retrieved.spans, lexicon, can_ask(suggestions), on_page=bool(context.blocks)
    )
    if refusal is None and (denied := _denied(retrieved.spans, frozenset(datasets))) is not None:
        refusal = Refusal(
            code="not_permitted",
            message=f"You are not permitted to ask about “{denied}”.",
            suggestions=can_ask(suggestions),
        )
    if refusal is not None:
        return Candidates(
            datasets=tuple(datasets.values()), spans=spans, matches=matches, refusals=(refusal,)
        )
    near = _nearest(tuple(datasets.values()), spans, tuple(match.dataset for match in matches))
    names = name_spans(prompt, tokens, spans, near, lexicon, lookup)
    other = named_other(prompt, tokens, (*spans, *names), tuple(datasets.values()), lexicon, lookup)
    if other:
        refusal = Refusal(code="not_permitted", message=others_rows(other, _rows(near, datasets)))
        return Candidates(
            datasets=tuple(datasets.values()), spans=spans, matches=matches, refusals=(refusal,)
        )
    return Candidates(datasets=tuple(datasets.values()), spans=(*spans, *names), matches=matches)


def _rows(near: tuple[DatasetWords, ...], datasets: dict[str, DatasetWords]) -> str:
    """What the rows are called that the viewer gets of the data which is asked about."""
    return next((words.rows for words in (*near, *datasets.values()) if words.rows), "")


def can_ask(titles: tuple[str, ...]) -> tuple[str, ...]:
    """What can be asked instead: the titles of the datasets that the viewer may use."""
    return (f"You can ask about: {', '.join(titles)}.",) if titles else ()


def _usable(span: Span, datasets: frozenset[str]) -> Span | None:
    """The span without meanings in datasets that are denied; None when none is left."""
    entries = tuple(e for e in span.entries if e.dataset is None or e.dataset in datasets)
    if len(entries) == len(span.entries):
        return span
    return span.model_copy(update={"entries": entries}) if entries else None


def _denied(spans: tuple[Span, ...], datasets: frozenset[str]) -> str | None:
    """The first word that means something only in datasets which the viewer may not read."""
    if not datasets:
        return "this data"
    for span in spans:
        said: list[Entry] = [e for e in span.entries if e.dataset is not None]
        hidden = [e for e in said if e.dataset not in datasets]
        if span.how == "spelling" or len(hidden) != len(said) or len(said) != len(span.entries):
            continue
        if any(e.kind in ("dataset", "measure", "term") for e in hidden):
            return span.text
    return None


def _nearest(
    datasets: tuple[DatasetWords, ...], spans: tuple[Span, ...], matched: tuple[str, ...]
) -> tuple[DatasetWords, ...]:
    """The datasets that the prompt's words and templates point at most."""
    votes = dict.fromkeys((words.id for words in datasets), 0.0)
    for span in spans:
        for entry in span.entries:
            if entry.dataset in votes:
                votes[entry.dataset] += 3.0 if entry.kind == "dataset" else 0.5
    for rank, name in enumerate(dict.fromkeys(matched)):
        votes[name] += 1.0 / (rank + 1)
    ranked = sorted(datasets, key=lambda words: -votes[words.id])
    return tuple(ranked[:MOST_NAMED])
