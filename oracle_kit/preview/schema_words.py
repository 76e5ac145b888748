"""What may stand at the cursor of a template being written: keys of its schema, names of what it may use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.template import BlockFile, QueryFile, Shape, SlotsFile, TemplateFile, WindowFile
from oracle_kit.model import Kind
from oracle_kit.query import Value

MOST = 40
_INSIDE: dict[str, type[Value]] = {
    "blocks": BlockFile,
    "query": QueryFile,
    "queries": QueryFile,
    "slots": SlotsFile,
    "window": WindowFile,
}
_FIELDS = ("columns", "measures", "dimensions", "where", "order", "field")


def words_at(text: str, cursor: int, ground: Ground) -> tuple[str, ...]:
    """The words that go on from what stands before the cursor, nearest first; none within free text."""
    before = text[:cursor]
    line = before.rpartition("\n")[2]
    typed = re.search(r"[\w.]*$", line)
    start = typed.group() if typed else ""
    key = re.search(r"(\w+):\s*[^:{}]*$", line)
    known = _values(key.group(1), text, ground) if key else _listed(before, text, ground)
    fitting = [word for word in dict.fromkeys(known) if word.startswith(start) and word != start]
    return tuple(fitting[:MOST])


def _values(key: str, text: str, ground: Ground) -> Iterable[str]:
    """What a key may hold."""
    if key == "kind":
        return get_args(Kind)
    if key == "shape":
        return get_args(Shape)
    if key == "dataset":
        return sorted(ground.datasets)
    return _names(text, ground, key) if key in _FIELDS else ()


def _listed(before: str, text: str, ground: Ground) -> Iterable[str]:
    """Keys of whatever the cursor stands in; names where it is a list of names."""
    line = before.rpartition("\n")[2]
    braces = re.search(r"(\w+):\s*\{[^}]*$", line)
    home = braces.group(1) if braces else _home(before)
    if home in _FIELDS and line.lstrip().startswith("-"):
        return _names(text, ground, home)
    model: type[Value] = _INSIDE.get(home, TemplateFile)
    return (f"{name}: " for name in model.model_fields)


def _home(before: str) -> str:
    """The key that the cursor's line stands under, by its indent."""
    lines = before.split("\n")
    indent = len(lines[-1]) - len(lines[-1].lstrip(" -"))
    for line in reversed(lines[:-1]):
        key = re.match(r"(\s*(?:- )?)(\w+):\s*$", line)
        if key and len(key.group(1)) < max(indent, 1):
            return key.group(2)
    return ""


def _names(text: str, ground: Ground, key: str) -> Iterable[str]:
    dataset: Mapping[str, Any] = ground.datasets
    named = re.search(r"^dataset:\s*([\w.]+)", text, re.MULTILINE)
    words = dataset.get(named.group(1)) if named else None
    if words is None:
        return ()
    fields = [one.name for one in words.fields]
    measures = [one.name for one in words.measures]
    terms = [one.name for one in words.terms]
    if key == "measures":
        return (*measures, *(f"sum({name})" for name in fields))
    return (*fields, *terms) if key == "where" else fields
