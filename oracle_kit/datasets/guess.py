"""A first dataset file for a table that nobody described yet: fields guessed from names, types and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from oracle_kit.datasets.expression import RESERVED
from oracle_kit.datasets.profile import Profile, Seen, plain_name
from oracle_kit.errors import ContentError

NUMBERS, TIMES = ("integer", "decimal", "float"), ("date", "timestamp")
FEW = 60  # values of a dimension that are read live, so that people may name them
COLUMNS = 8


@cache
def hints() -> Mapping[str, Any]:
    """What names of columns say."""
    text = files("oracle_kit.datasets").joinpath("guess_hints.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def guessed_dataset(found: Profile, roles: Iterable[str], key: str | None = None) -> dict[str, Any]:
    """The dataset as plain data, in the order in which a person reads it; ContentError where no column is a key."""
    by_name = {field_name(one.name): one for one in found.columns}
    key_field = _key(found, by_name, key)
    fields = {name: _field(name, one, found, key_field) for name, one in by_name.items()}
    numbers = [name for name, one in fields.items() if one["role"] == "number"]
    time = _time(fields)
    groups = [name for name, one in fields.items() if one.get("values") == "database"]
    thing = said(plain_name(found.table))
    made: dict[str, Any] = {
        "title": thing.capitalize(),
        "why": "Guessed by oracle init from names, types and counts; read every line before people rely on it.",
        "version": 1,
        "grain": f"one row per {_singular(thing)}",
        "key": key_field,
        "words": list(dict.fromkeys((thing, _singular(thing)))),
        "table": found.table,
        "fields": fields,
        "measures": _measures(thing, numbers, fields),
        "default_measure": "row_count",
        "list_columns": _columns(fields, key_field),
        "policy": {"roles": {role: {} for role in roles}},
    }
    if time is not None:
        made |= {"default_time": time, "list_order": [f"-{time}"]}
    if groups:
        made["default_dimension"] = groups[0]
    return made


def field_name(column: str) -> str:
    """The name of the field that a column becomes."""
    plain = plain_name(column) or "field"
    return f"{plain}_" if plain in RESERVED or plain == "row_count" else plain


def said(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ").strip()


def _key(found: Profile, by_name: Mapping[str, Seen], wanted: str | None) -> str:
    unique = [
        name for name, one in by_name.items() if one.values == found.rows and not one.nulls and found.rows
    ]
    if wanted is not None:
        if field_name(wanted) not in unique:
            raise ContentError(f"the column {wanted!r} does not tell every row apart", field="key")
        return field_name(wanted)
    ids = [name for name in unique if name == "id" or name.endswith(("_id", "_no", "_number", "_code"))]
    whole = [name for name in unique if by_name[name].type in ("integer", "text")]
    chosen = next(iter((*ids, *whole)), None)
    if chosen is None:
        raise ContentError(
            "no column of this table tells its rows apart", file=found.table,
            hint="Make a view with a column that does, or name one with --key.",
        )  # fmt: skip  # one error
    return chosen


def _field(name: str, one: Seen, found: Profile, key: str) -> dict[str, Any]:
    parts = set(name.split("_"))
    role = _role(name, one, key)
    unit = (
        next((unit for hint, unit in hints()["units"].items() if hint in parts), None)
        if role == "number"
        else None
    )
    plain = _without_unit(name) if unit else said(name)
    words = list(dict.fromkeys((plain, said(name))))
    made: dict[str, Any] = {
        "column": one.name,
        "type": one.type,
        "role": role,
        "label": plain.capitalize(),
        "words": words,
    }
    if unit:
        made["unit"] = unit
    if parts & set(hints()["personal"]) and one.type == "text":
        return {**made, "pii": True}
    if role == "id":
        made["lookup"] = "exact"
    elif one.type == "text" and 0 < one.values <= FEW:
        made["values"] = "database"
    elif one.type == "text" and (parts & set(hints()["names"]) or one.values < found.rows):
        made["lookup"] = "word"
    return made


def _without_unit(name: str) -> str:
    """A field's name as words, its unit left out where something else is there."""
    kept = [part for part in name.split("_") if part not in hints()["units"]]
    return " ".join(kept) or said(name)


def _role(name: str, one: Seen, key: str) -> str:
    if name == key or name.endswith("_id"):
        return "id"
    if one.type in TIMES:
        return "time"
    return "number" if one.type in NUMBERS else "dimension"


def _time(fields: Mapping[str, Mapping[str, Any]]) -> str | None:
    times = [name for name, one in fields.items() if one["role"] == "time"]
    likely = [name for name in times if set(name.split("_")) & set(hints()["happened"])]
    return next(iter((*likely, *times)), None)


def _measures(
    thing: str, numbers: Iterable[str], fields: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {
        "row_count": {
            "expression": "count()",
            "label": thing.capitalize(),
            "words": [f"number of {thing}", f"{thing} count"],
        }
    }
    for name in numbers:
        words = fields[name]["words"][0]
        summed = fields[name].get("unit") != "percent"
        if summed:
            made[f"total_{name}"[:48]] = {
                "expression": f"sum({name})",
                "label": f"Total {words}",
                "words": [f"total {words}", words],
            }
        average = [f"average {words}", f"mean {words}", *([] if summed else [words])]
        made[f"average_{name}"[:48]] = {
            "expression": f"avg({name})",
            "label": f"Average {words}",
            "words": average,
        }
    return made


def _columns(fields: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    named = [name for name, one in fields.items() if one.get("lookup") == "word"]
    rest = [name for name, one in fields.items() if not one.get("pii")]
    return list(dict.fromkeys((key, *named, *rest)))[:COLUMNS]


def _singular(text: str) -> str:
    if text.endswith("ies"):
        return f"{text[:-3]}y"
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text
