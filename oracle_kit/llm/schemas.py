"""JSON schemas: which ones answers may be checked against, and where an answer does not fit."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from oracle_kit.errors import QueryRefused

MOST_ERRORS = 5


def schema_errors(value: Any, schema: dict[str, Any]) -> tuple[str, ...]:
    """Where a value does not fit a JSON schema, at most five places; nothing is ever fetched to resolve it."""
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        found = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    except (Unresolvable, RecursionError) as error:
        return (f"the schema cannot be followed: {type(error).__name__}",)
    return tuple(f"{error.json_path}: {error.message[:120]}" for error in found[:MOST_ERRORS])


def checked_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, when it is one that answers may be checked against; QueryRefused names what is wrong."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise QueryRefused(f"response_format is not a JSON schema: {error.message[:120]}") from None
    if _holds_pattern(schema):
        hint = "Use enum, or check the pattern on your side."
        raise QueryRefused("response_format may hold no pattern: one can be made to run for ever.", hint=hint)
    return schema


def _holds_pattern(part: Any) -> bool:
    if isinstance(part, dict):
        named = isinstance(part.get("pattern"), str) or isinstance(part.get("patternProperties"), dict)
        return named or any(_holds_pattern(inner) for inner in part.values())
    return isinstance(part, list) and any(_holds_pattern(inner) for inner in part)
