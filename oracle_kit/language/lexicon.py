"""The lexicon: every way to say a dataset, field, value, measure, term, relation or operation, in
one index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from oracle_kit.language.morphology import root, singular
from oracle_kit.language.speech import Speech
from oracle_kit.language.tokens import squash, tokenise
from oracle_kit.language.tongue import Tongue
from oracle_kit.model import Entry
from oracle_kit.words import DatasetWords, FieldWords, ValueWords

How = Literal["exact", "inflected"]
Index = Mapping[str, tuple[Entry, ...]]
_TIME_ENDING = re.compile(r"_(?:at|on|date|time)$")  # "returned_at" says when it was returned
MAX_PHRASE = 7  # words
SHORTEST_TIME = 5
SHORTEST_CODE = 2
SHORTEST_ROOT = 4  # letters of a phrase that other forms may reach: "calls" are no "cal"
SHORTEST_FUNCTION = 6  # letters of a function word that a misspelt word may be repaired to
_FIGURES = ("field", "measure")
_SPEECH_KINDS = {
    "operators": "operator",
    "aggregates": "aggregate",
    "shapes": "shape",
    "kinds": "kind",
    "followups": "followup",
    "parts": "part",
    "out_of_scope": "refuse",
}


@dataclass(frozen=True)
class Lexicon:
    """Compiled words, immutable: phrases by their exact, singular and root forms, and every word
    that is known."""

    datasets: Mapping[str, DatasetWords]
    speech: Speech
    tongue: Tongue
    exact: Index
    singular: Index
    root: Index
    vocabulary: frozenset[str]
    repairable: tuple[str, ...]  # the words that a misspelt one may be repaired to
    short: tuple[
        str, ...
    ]  # short words of function and time: meant by a misspelt one where they make a phrase
    content: tuple[str, ...]  # the words of datasets alone: what an unknown word may have meant
    codes: Index  # short codes ("US"), meant only as they are written

    @classmethod
    def compile(cls, datasets: tuple[DatasetWords, ...], tongue: Tongue, speech: Speech) -> Lexicon:
        """The lexicon of these datasets and function words."""
        phrases = [*_speech_phrases(speech)]
        rates_of: list[tuple[str, Entry]] = []
        counts = {_joined(phrase) for phrase in speech.aggregates.get("count", ())}
        for words in datasets:
            phrases.extend(_unless_counted(dataset_phrases(words), words, counts))
            phrases.extend(_rate_phrases(words, speech.rates))
            phrases.extend(_average_phrases(words, speech.aggregates.get("avg", ())))
            rates_of.extend(_rates_of(words, speech.rates))
        known = {token.text for phrase, _ in phrases for token in tokenise(phrase)}
        content = {token.text for phrase, e in phrases if e.dataset for token in tokenise(phrase)}
        known |= {word.lower() for word in tongue.vocabulary}
        return cls(
            datasets=MappingProxyType({words.id: words for words in datasets}),
            speech=speech,
            tongue=tongue,
            exact=_index([*phrases, *rates_of], lambda word: word),
            singular=_index([p for p in (*phrases, *rates_of) if p[1].dataset is not None], singular),
            root=_index(
                [pair for pair in phrases if pair[1].dataset and len(pair[0]) >= SHORTEST_ROOT], root, " "
            ),
            vocabulary=frozenset(known | speech.stop | speech.hollow),
            repairable=_repairable(content, known, tongue.vocabulary),
            short=_short(known - speech.stop - speech.hollow),
            content=tuple(sorted(content)),
            codes=_codes(datasets),
        )

    def find(self, words: Iterable[str]) -> Iterator[tuple[How, tuple[Entry, ...]]]:
        """What a run of words means: exact entries, then those that only another form of the words
        reaches."""
        words = tuple(words)
        seen: set[Entry] = set()
        exact = self.exact.get("".join(words), ())
        if exact:
            seen.update(exact)
            yield "exact", exact
        for index, form, space in ((self.singular, singular, ""), (self.root, root, " ")):
            more = tuple(
                e for e in index.get(space.join(filter(None, map(form, words))), ()) if e not in seen
            )
            if space and words[-1].endswith("s") and singular(words[-1]) != words[-1]:
                more = tuple(e for e in more if e.kind not in ("past", "value"))  # "bookings" are things
            if space and any(e.kind in _FIGURES for e in exact):
                more = tuple(e for e in more if e.kind not in _FIGURES)  # a "rating" is no "rate"
            if more:
                seen.update(more)
                yield "inflected", more

    def knows(self, word: str) -> bool:
        """Whether the word stands in some phrase, number or time word, in any form."""
        return (
            word in self.vocabulary
            or singular(word) in self.vocabulary
            or squash(word) in self.exact
            or singular(word) in self.singular
            or root(word) in self.root
        )

    def is_stop(self, word: str) -> bool:
        """Whether content lists the word as carrying nothing, here or anywhere."""
        return word in self.speech.stop or word in self.speech.hollow

    def carries_nothing(self, word: str, before: str) -> bool:
        """Whether the word carries nothing where it stands: "view" does, "with view" may narrow."""
        if word in self.speech.hollow:
            return before not in self.speech.restricting
        return word in self.speech.stop


def _repairable(content: set[str], known: set[str], time: frozenset[str]) -> tuple[str, ...]:
    """Words of datasets, and long words of function and time: short ones are too near to other nouns."""
    named = {word for word in content if len(word) > 3}
    function = {word for word in known - content if len(word) >= SHORTEST_FUNCTION}
    timely = {word for word in time if len(word) >= SHORTEST_TIME}
    return tuple(sorted(word for word in named | function | timely if word.isalpha()))


def _short(known: set[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in known if word.isalpha() and 3 < len(word) < SHORTEST_FUNCTION))


def dataset_phrases(words: DatasetWords) -> Iterator[tuple[str, Entry]]:
    """Every phrase of a dataset with what it means there."""
    for phrase in dict.fromkeys((*words.words, words.title)):
        yield phrase, Entry(kind="dataset", name=words.id, dataset=words.id, label=words.title)
    for field in words.fields:
        yield from _field_phrases(words.id, field)
        if field.name == words.key:
            yield "id", Entry(kind="field", name=field.name, dataset=words.id, label=field.label)
    for measure in words.measures:
        entry = Entry(kind="measure", name=measure.name, dataset=words.id, label=measure.label)
        yield from _named(entry, measure.words)
    for term in words.terms:
        entry = Entry(kind="term", name=term.name, dataset=words.id, label=term.label)
        yield from _named(entry, term.words)
    yield from _default_phrases(words)
    for relation in words.relations:
        entry = Entry(kind="relation", name=relation.name, dataset=words.id, label=relation.name)
        yield from _named(entry, relation.words)


def _unless_counted(
    phrases: Iterable[tuple[str, Entry]], words: DatasetWords, counts: AbstractSet[str]
) -> Iterator[tuple[str, Entry]]:
    """The phrases without the measures that only put a counting word to the noun: "number of leads" is read
    as a count of that noun, so that the noun is not lost in it."""
    nouns = {*words.words, *(word for term in words.terms if term.noun for word in term.words)}
    stems = {_joined(noun, singular) for noun in nouns}
    for phrase, entry in phrases:
        tokens = [token.text for token in tokenise(phrase)]
        cuts = range(1, len(tokens)) if entry.kind == "measure" else range(0)
        parts = [(" ".join(tokens[:at]), " ".join(tokens[at:])) for at in cuts]
        if not any(_joined(one) in counts and _joined(other, singular) in stems for one, other in parts):
            yield phrase, entry


def _rate_phrases(words: DatasetWords, rates: AbstractSet[str]) -> Iterator[tuple[str, Entry]]:
    """A percentage by its other endings: whoever says "win rate" also says "win %" and "win percentage"."""
    for measure in words.measures:
        if measure.unit not in ("percent", "fraction"):
            continue
        entry = Entry(kind="measure", name=measure.name, dataset=words.id, label=measure.label)
        for phrase in dict.fromkeys((measure.label, *measure.words)):
            tokens = [token.text for token in tokenise(phrase)]
            stem = tokens[:-1] if len(tokens) > 1 and tokens[-1] in rates else tokens
            for rate in sorted(rates) if not rates & set(stem) else ():
                yield " ".join((*stem, rate)), entry


def _average_phrases(words: DatasetWords, averages: tuple[str, ...]) -> Iterator[tuple[str, Entry]]:
    """An average by the other words for it: whoever says "average fee" also says "avg fee" and "mean fee"."""
    single = [word for word in averages if " " not in word]
    for measure in words.measures:
        entry = Entry(kind="measure", name=measure.name, dataset=words.id, label=measure.label)
        for phrase in dict.fromkeys((measure.label.lower(), *measure.words)):
            first, _, rest = phrase.partition(" ")
            if first in single and rest:
                yield from ((f"{word} {rest}", entry) for word in single)


def _rates_of(words: DatasetWords, rates: AbstractSet[str]) -> Iterator[tuple[str, Entry]]:
    """ "rate of no-shows" for "no-show rate"; by no other form: a "rating of completed visits" is none."""
    for phrase, entry in _rate_phrases(words, rates):
        *stem, rate = phrase.split()
        if rate.isalpha() and stem:
            yield " ".join((rate, "of", *stem)), entry


def _codes(datasets: tuple[DatasetWords, ...]) -> Index:
    """The codes of two letters that values are stored as, by their own spelling."""
    found: dict[str, list[Entry]] = {}
    for words in datasets:
        for field in words.fields:
            for value in field.values:
                code = str(value.value)
                if not _code(value) and code.isupper():
                    found.setdefault(code, []).append(_value_entry(words.id, field, value))
    return MappingProxyType({code: tuple(entries) for code, entries in found.items()})


def _value_entry(dataset: str, field: FieldWords, value: ValueWords) -> Entry:
    label = value.label or str(value.value)
    return Entry(kind="value", name=field.name, dataset=dataset, value=value.value, label=label)


def _default_phrases(words: DatasetWords) -> Iterator[tuple[str, Entry]]:
    """A word that content reads as one field, measure or term means it, listed there or not."""
    named = (("field", words.fields), ("measure", words.measures), ("term", words.terms))
    for default in words.defaults:
        for kind, group in named:
            for one in group:
                if one.name == default.name:
                    yield default.word, Entry(kind=kind, name=one.name, dataset=words.id, label=one.label)


def _field_phrases(dataset: str, field: FieldWords) -> Iterator[tuple[str, Entry]]:
    entry = Entry(kind="field", name=field.name, dataset=dataset, label=field.label)
    yield from _named(entry, field.words)
    past = Entry(kind="past", name=field.name, dataset=dataset, label=field.label)
    stem = _TIME_ENDING.sub("", field.name) if field.role == "time" else ""
    for verb in field.past or ((stem.replace("_", " "),) if stem and stem != field.name else ()):
        yield verb, past
    if stem:
        yield f"{stem} date", entry
    for value in field.values:
        said = _value_entry(dataset, field, value)
        for phrase in dict.fromkeys((*_code(value), said.label, *value.words)):
            if field.named:
                yield from ((f"{word} {phrase}", said) for word in field.words)
            elif not phrase.isdigit():
                yield phrase, said


def _code(value: ValueWords) -> tuple[str, ...]:
    """The value as it is stored; a labelled code of two letters ("in", "us") is no word that people say."""
    text = str(value.value)
    return () if len(text) <= SHORTEST_CODE and value.label not in ("", text) else (text,)


def _named(entry: Entry, words: tuple[str, ...]) -> Iterator[tuple[str, Entry]]:
    for phrase in dict.fromkeys((entry.name, entry.label, *words)):
        yield phrase, entry


def _speech_phrases(speech: Speech) -> Iterator[tuple[str, Entry]]:
    for phrase in speech.fillers:
        yield phrase, Entry(kind="filler", name="filler")
    for section, kind in _SPEECH_KINDS.items():
        for name, phrases in getattr(speech, section).items():
            for phrase in phrases:
                yield phrase, Entry(kind=kind, name=name)


def _joined(phrase: str, form: Callable[[str], str] = str, space: str = "") -> str:
    """The phrase as indexes key it: its words in a form, without spaces; roots keep them ("based in" is no "basin")."""
    return space.join(filter(None, (form(squash(token.text)) for token in tokenise(phrase))))


def _index(phrases: list[tuple[str, Entry]], form: Callable[[str], str], space: str = "") -> Index:
    index: dict[str, dict[Entry, None]] = {}
    for phrase, entry in phrases:
        key = _joined(phrase.replace("_", " "), form, space)
        if key:
            index.setdefault(key, {})[entry] = None
    return MappingProxyType({key: tuple(entries) for key, entries in index.items()})
