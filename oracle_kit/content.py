"""Content files: YAML read with line numbers and validated, errors naming file, line, field and the nearest name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from oracle_kit.errors import ContentError, did_you_mean

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]
MOST_BYTES = 2_000_000  # of one file
MOST_DEEP, MOST_NODES = 40, 500_000  # levels, and values with what aliases repeat
_TOO_MUCH = f"this nests more than {MOST_DEEP} levels or holds more than {MOST_NODES:,} values"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """Only true and false are booleans (so that `on`, `no` and `off` stay words); keys are unique."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class Document:
    """A parsed file: its plain data and the line of every path in it."""

    def __init__(self, file: str, data: Any, lines: dict[Path_, int]) -> None:
        self.file, self.data, self.lines = file, data, lines

    def line(self, path: Path_) -> int:
        """The 1-based line of a path, or of the nearest part above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, message: str, path: Path_ = (), hint: str = "") -> ContentError:
        """A ContentError that points at a path of this file."""
        field = ".".join(str(part) for part in path)
        return ContentError(message, file=self.file, line=self.line(path), field=field, hint=hint)


def read_document(path: Path, shown_as: str | None = None) -> Document:
    """The document in a YAML file; ContentError names the line of a syntax error or a duplicate key, or the size
    of a file that nobody wrote by hand."""
    file, size = shown_as or str(path), path.stat().st_size
    if size > MOST_BYTES:
        hint = (
            "Long lists of values stay in the database: give the field `lookup: word` or `values: database`."
        )
        raise ContentError(
            f"{size:,} bytes are too many for content; {MOST_BYTES:,} are the most", file=file, hint=hint
        )
    return parse_document(path.read_text(encoding="utf-8"), file)


def parse_document(text: str, file: str) -> Document:
    """The document in a YAML text; `file` is what errors call it."""
    _check_bounds(text, file)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path_, int] = {}
        if node is not None:
            _walk(node, (), lines, file)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(
            f"this is not valid YAML: {error.problem}",
            file=file,
            line=mark.line + 1 if mark else 0,
            hint="Check the indentation and quotes on that line.",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ContentError(f"this is not valid YAML: {error}", file=file) from error
    finally:
        loader.dispose()
    return Document(file, data, lines)


def _check_bounds(text: str, file: str) -> None:
    """ContentError for a text that nests or repeats itself without end: reading it must stay bounded work.

    What is no YAML passes; reading it says where.
    """
    whole: dict[str, int] = {}  # nodes behind each anchor, those of its aliases among them
    open_: list[tuple[str | None, int]] = [(None, 0)]
    parser = _Loader(text)
    try:
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((event.anchor, 1))
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor in {anchor for anchor, _ in open_}:
                    raise ContentError(f"*{event.anchor} stands inside itself", file=file)
                open_[-1] = (open_[-1][0], open_[-1][1] + whole.get(event.anchor or "", 1))
            elif isinstance(event, yaml.ScalarEvent):
                open_[-1] = (open_[-1][0], open_[-1][1] + 1)
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, count = open_.pop()
                open_[-1] = (open_[-1][0], open_[-1][1] + count)
                whole |= {anchor: count} if anchor is not None else {}
            if len(open_) > MOST_DEEP or open_[-1][1] > MOST_NODES:
                raise ContentError(_TOO_MUCH, file=file, line=event.start_mark.line + 1)
    except (yaml.YAMLError, ValueError):
        return
    finally:
        parser.dispose()


def yaml_text(document: Document) -> str:
    """A document's data written as YAML, as an author would read it."""
    text: str = yaml.safe_dump(document.data, sort_keys=False, allow_unicode=True, width=100)
    return text


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: str) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                raise ContentError(
                    f"the key {key.value!r} stands twice",
                    file=file,
                    line=key.start_mark.line + 1,
                    field=".".join(map(str, here)),
                    hint="Remove one of them.",
                )
            _walk(value, here, lines, file)
            lines[here] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _walk(value, (*path, position), lines, file)


def validate(model: type[Model], document: Document) -> Model:
    """The document as `model`; the first fault becomes a ContentError with file, line, field and hint."""
    if not isinstance(document.data, dict):
        raise document.error("a mapping of keys to values is expected here")
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(part for part in first["loc"] if _is_place(part, first["loc"], document))
        raise document.error(_sentence(first), path, _hint(model, first)) from error


def _is_place(part: str | int, loc: tuple[str | int, ...], document: Document) -> bool:
    """Union branches stand in pydantic's locations beside real keys; keep the real ones and the last."""
    return isinstance(part, int) or part == loc[-1] or any(part in path for path in document.lines)


def _sentence(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return f"{fault['loc'][-1]!r} is not a key that is known here"
    if fault["type"] == "missing":
        return f"{fault['loc'][-1]!r} is required here"
    if fault["type"] == "too_short":
        return f"at least {fault['ctx']['min_length']} item is needed"
    return str(fault["msg"]).rstrip(".") + f", not {fault['input']!r:.60}"


def _hint(model: type[BaseModel], fault: Any) -> str:
    if fault["type"] == "literal_error":
        return did_you_mean(str(fault["input"]), re.findall("'([^']*)'", fault["ctx"]["expected"]))
    if fault["type"] != "extra_forbidden":
        return ""
    known = _known_keys(model, fault["loc"][:-1])
    return did_you_mean(str(fault["loc"][-1]), known)


def _known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys of the model that stands at `loc`, found by walking the JSON schema."""
    schema = model.model_json_schema()
    here: Any = schema
    for part in loc:
        here = _resolve(here, schema)
        step = here.get("properties", {}).get(part) or here.get("additionalProperties") or here.get("items")
        if not isinstance(step, dict):
            return []
        here = step
    return list(_resolve(here, schema).get("properties", {}))


def _resolve(node: Any, schema: Any) -> Any:
    for option in node.get("anyOf", [node]):
        if "$ref" in option:
            return schema["$defs"][option["$ref"].rsplit("/", 1)[1]]
    return node
