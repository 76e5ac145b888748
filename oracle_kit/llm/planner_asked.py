"""What the planner rung is handed: what this viewer may use, and what the words of the prompt may mean."""

from __future__ import annotations

from pydantic import Field

from oracle_kit.model import Entry
from oracle_kit.query import Operator, Scalar, Value, Window
from oracle_kit.words import DatasetWords


class AskedWord(Value):
    """A word (or phrase) that carries something; without entries nothing is known of it.

    `proper`: it stands where a name or a value stands, so that it may not be taken for another one.
    """

    text: str
    start: int
    end: int
    entries: tuple[Entry, ...] = ()
    proper: bool = False


class ReadValue(Value):
    """Values that were read in the prompt as a field keeps them; `op` where the prompt says how they compare."""

    text: str
    start: int
    end: int
    field: str
    op: Operator | None = None
    values: tuple[Scalar, ...]
    hidden: bool = False  # a name that was looked up in the data: shown as a placeholder


class TemplateBrief(Value):
    """A template that may answer."""

    id: str
    title: str
    dataset: str


class Asked(Value):
    """One prompt with its candidates, the nearest dataset first; words and values by dataset."""

    prompt: str
    datasets: tuple[DatasetWords, ...]
    templates: tuple[TemplateBrief, ...] = ()
    words: dict[str, tuple[AskedWord, ...]]
    values: dict[str, tuple[ReadValue, ...]] = Field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    numbers: tuple[int, ...] = ()  # whole numbers that may be limits
    steps: int = 1  # how many questions it seems to be
