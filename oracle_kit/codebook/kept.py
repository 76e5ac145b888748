"""The ranker's index kept on disk by content: read again when the same templates are opened, else built."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle_kit.codebook.index import Index, Weights
from oracle_kit.codebook.lists import Lists
from oracle_kit.codebook.rank import Ranker, lines_of
from oracle_kit.query import digest
from oracle_kit.words import TemplateWords

FORM = 1  # of the file and of what the index means; raise it when either changes
MOST_KEPT = 4  # files of other content in the folder
_LISTS = ("word_runs", "tokens", "pairs")
_ARRAYS = ("runs", "pair_keys", "homes", "word_norms", "run_norms")
_WEIGHTS = ("words", "pairs", "runs")
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError)


def kept_ranker(templates: Sequence[TemplateWords], folder: Path) -> Ranker:
    """The ranker of these templates; its index is read from the folder, or built and written there.

    A file that is damaged is built again; a folder that cannot be read or written is done without.
    """
    known = tuple(templates)
    path = folder / f"ranker-{content(known)[:32]}.npz"
    index = read_index(path)
    if index is None or len(index.homes) != len(lines_of(known, 0)):
        ranker = Ranker.of(known)
        with suppress(OSError):
            _write(ranker.index, path)
        return ranker
    return Ranker(known, index, np.ones(len(index.homes), bool))


def content(templates: Sequence[TemplateWords]) -> str:
    """A digest of what the index is made of: asks and titles in order, and the form of the index."""
    return digest([FORM, [[one.title, *one.asks] for one in templates]]).removeprefix("sha256:")


def read_index(path: Path) -> Index | None:
    """The index in a file; None where there is none that can be read whole."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _index(dict(file))
    except _UNREADABLE:
        return None


def _index(parts: Mapping[str, NDArray[Any]]) -> Index:
    whole: dict[str, Any] = {name: parts[name] for name in _ARRAYS}
    whole |= {name: Lists(parts[f"{name}.starts"], parts[f"{name}.items"]) for name in _LISTS}
    weights = {name: parts[f"weights.{name}"] for name in _WEIGHTS}
    vocabulary = tuple(json.loads(parts["vocabulary"].tobytes()))
    return Index(vocabulary=vocabulary, weights=Weights(**weights, unseen=float(parts["unseen"])), **whole)


def _write(index: Index, path: Path) -> None:
    """Writes the index whole or not at all, and drops the oldest of the files beside it."""
    parts: dict[str, NDArray[Any]] = {name: getattr(index, name) for name in _ARRAYS}
    parts |= {f"weights.{name}": getattr(index.weights, name) for name in _WEIGHTS}
    for name in _LISTS:
        lists = getattr(index, name)
        parts |= {f"{name}.starts": lists.starts, f"{name}.items": lists.items}
    parts["vocabulary"] = np.frombuffer(json.dumps(index.vocabulary).encode(), np.uint8)
    parts["unseen"] = np.array(index.weights.unseen)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **parts)  # type: ignore[arg-type]  # numpy's stubs know no names of arrays
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    others = sorted(path.parent.glob("ranker-*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in others[MOST_KEPT + 1 :]:
        old.unlink(missing_ok=True)
