"""Function words: how a language puts a question together, read from `function_words/*.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from oracle_kit.content import read_document, validate
from oracle_kit.query import Value

FOLDER = Path(__file__).parent / "function_words"
Phrases = dict[str, tuple[str, ...]]


class Speech(Value):
    """The function words of all languages: `stop` and `fillers` carry nothing, the rest are
    phrases by meaning."""

    language: str
    stop: frozenset[str] = frozenset()
    belonging: frozenset[str] = frozenset()  # ties a noun to the one before: "of", "for"
    hollow: frozenset[str] = frozenset()  # carry nothing but after a restricting word
    restricting: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()  # what stands before a place: "in", "near"
    joints: frozenset[str] = frozenset()  # may join two questions, or two parts of one
    breaks: frozenset[str] = frozenset()  # mostly stand between two questions
    pronouns: frozenset[str] = frozenset()  # refer to the rows of the question before
    rates: frozenset[str] = frozenset()  # end the name of a percentage: "rate", "%"
    reasons: frozenset[str] = frozenset()  # ask why, which figures do not say
    fillers: tuple[str, ...] = ()
    operators: Phrases = Field(default_factory=dict)
    aggregates: Phrases = Field(default_factory=dict)
    shapes: Phrases = Field(default_factory=dict)
    kinds: Phrases = Field(default_factory=dict)
    followups: Phrases = Field(default_factory=dict)
    parts: Phrases = Field(
        default_factory=dict
    )  # what a block has and may lose: filter, window, group, sort, limit
    out_of_scope: Phrases = Field(default_factory=dict)


class _SpeechFile(Value):
    language: str
    stop: tuple[str, ...] = ()
    belonging: tuple[str, ...] = ()
    hollow: tuple[str, ...] = ()
    restricting: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    pronouns: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    operators: Phrases = Field(default_factory=dict)
    aggregates: Phrases = Field(default_factory=dict)
    shapes: Phrases = Field(default_factory=dict)
    kinds: Phrases = Field(default_factory=dict)
    followups: Phrases = Field(default_factory=dict)
    parts: Phrases = Field(default_factory=dict)
    out_of_scope: Phrases = Field(default_factory=dict)


@cache
def load_speech(folder: Path = FOLDER) -> Speech:
    """The speech of every file in the folder, merged; ContentError names file and line of a fault."""
    files = [validate(_SpeechFile, read_document(path)) for path in sorted(folder.glob("*.yaml"))]
    return Speech(
        language=" ".join(file.language for file in files),
        stop=frozenset(word for file in files for line in file.stop for word in line.lower().split()),
        belonging=frozenset(word for file in files for word in file.belonging),
        hollow=frozenset(word for file in files for line in file.hollow for word in line.lower().split()),
        restricting=frozenset(word for file in files for word in file.restricting),
        places=frozenset(word for file in files for word in file.places),
        joints=frozenset(word for file in files for word in file.joints),
        breaks=frozenset(word for file in files for word in file.breaks),
        pronouns=frozenset(word for file in files for word in file.pronouns),
        rates=frozenset(word for file in files for word in file.rates),
        reasons=frozenset(word for file in files for word in file.reasons),
        fillers=tuple(phrase for file in files for phrase in file.fillers),
        **{name: _merged([getattr(file, name) for file in files]) for name in _SECTIONS},
    )


_SECTIONS = ("operators", "aggregates", "shapes", "kinds", "followups", "parts", "out_of_scope")


def _merged(sections: list[Phrases]) -> Phrases:
    names = dict.fromkeys(name for section in sections for name in section)
    return {name: tuple(phrase for section in sections for phrase in section.get(name, ())) for name in names}
