"""A first workbench over somebody's own data: dataset, templates and settings, guessed, written and checked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from oracle_kit.datasets.guess import guessed_dataset, said
from oracle_kit.datasets.profile import (
    Profile,
    load_csv,
    numbered,
    plain_name,
    profile,
    tables_of,
)
from oracle_kit.errors import ContentError, NotFound
from oracle_kit.identity.roles import ROLES
from oracle_kit.query import Value

CHAPTER = "any"


class Started(Value):
    """What was made: the files, the dataset's id, what was guessed, what was left out, and questions to begin with."""

    folder: str
    files: tuple[str, ...]
    dataset: str
    rows: int
    guesses: tuple[tuple[str, str], ...]  # field, and what it was taken for
    left_out: tuple[tuple[str, str], ...]
    asks: tuple[str, ...]


def start(
    source: str, into: Path, *, table: str | None = None, key: str | None = None, overwrite: bool = False
) -> Started:
    """A folder with a first dataset, templates and `oracle.toml` for a CSV file or a table of a database.

    Raises ContentError where the folder holds files already, the CSV cannot be read, or no column is a key; NotFound
    where the table is not there or has to be chosen; WarehouseUnavailable where the database does not answer.
    """
    _free(into, overwrite)
    file = Path(source)
    if file.is_file():
        url, found = _from_csv(file, into, key)
    elif "://" in source:
        url, found = source, profile(source, table or _only(source))
    else:
        raise NotFound(
            f"{source!r} is neither a file nor a database URL.",
            hint="Name a .csv file, or a URL such as postgresql+psycopg://user@host/name.",
        )
    return _written(into, url, found, guessed_dataset(found, ROLES[1:], key))


def _free(into: Path, overwrite: bool) -> None:
    taken = [name for name in ("datasets", "codebook", "oracle.toml") if (into / name).exists()]
    if taken and not overwrite:
        raise ContentError(
            f"this folder holds {', '.join(taken)} already", file=str(into),
            hint="Choose another folder with --into, or write over it with --overwrite.",
        )  # fmt: skip  # one error
    into.mkdir(parents=True, exist_ok=True)


def _only(url: str) -> str:
    names = tables_of(url)
    if len(names) == 1:
        return names[0]
    raise NotFound(
        f"The database has {len(names)} tables; choose one with --table.",
        hint=f"There are: {', '.join(names[:30])}.",
    )


def _from_csv(file: Path, into: Path, key: str | None) -> tuple[str, Profile]:
    """The DuckDB file that the CSV became; rows are numbered where nothing tells them apart."""
    warehouse = into / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    url = f"duckdb:///{warehouse.resolve()}"
    found = profile(url, load_csv(file, warehouse))
    if found.rows == 0:
        raise ContentError("this file has no rows", file=str(file))
    if key is None and not any(
        one.values == found.rows and not one.nulls for one in found.columns if one.type in ("integer", "text")
    ):
        with tempfile.TemporaryDirectory() as folder:
            warehouse.unlink()
            found = profile(url, load_csv(numbered(file, Path(folder)), warehouse))
    return url, found


def _written(into: Path, url: str, found: Profile, dataset: Mapping[str, Any]) -> Started:
    name = plain_name(found.table)
    made: dict[str, Mapping[str, Any]] = {
        "datasets/workbench.yaml": {"title": said(name).capitalize(), "roles": list(ROLES)},
        f"datasets/{name}.yaml": dataset,
        f"codebook/{name}/chapter.yaml": {
            "title": dataset["title"],
            "description": f"What there is about {said(name)}.",
        },
        f"codebook/{name}/{CHAPTER}/chapter.yaml": {
            "title": f"Any question about {said(name)}",
            "description": "General templates.",
        },
    }
    for template, content in _templates(name, dataset):
        made[f"codebook/{name}/{CHAPTER}/{template}.yaml"] = content
    for path, written in made.items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(
            written, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
        )
        target.write_text(text, encoding="utf-8")
    (into / "oracle.toml").write_text(_settings(into, url), encoding="utf-8")
    asks = tuple(ask for path, one in made.items() if "asks" in one for ask in one["asks"][:1])
    return Started(
        folder=str(into),
        files=(*made, "oracle.toml"),
        dataset=name,
        rows=found.rows,
        guesses=tuple((field, _taken_for(one)) for field, one in dataset["fields"].items()),
        left_out=found.left_out,
        asks=asks,
    )


def _taken_for(field: Mapping[str, Any]) -> str:
    """What a field was taken for, as a person reads it."""
    parts = [f"{field['role']}, {field['type']}"]
    if field.get("pii"):
        parts.append("personal: masked")
    if field.get("values") == "database":
        parts.append("its values may be named in a prompt")
    if field.get("lookup") == "word":
        parts.append("looked up by a word of it")
    if field.get("unit"):
        parts.append(f"in {field['unit']}")
    return "; ".join(parts)


def _templates(name: str, dataset: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """General templates: one figure, by anything, over time, and the rows themselves."""
    thing, fields = said(name), dataset["fields"]
    groups = [said(field) for field, one in fields.items() if one.get("values") == "database"]
    totals = [one["words"][0] for key, one in dataset["measures"].items() if key.startswith("total_")]
    yield (
        "number",
        _template(
            name,
            "number",
            f"One figure about {thing}",
            [f"how many {thing}", *(f"{total} of {thing}" for total in totals[:2])],
            "kpi_tile",
            {"measures": ["$measure"]},
        ),
    )
    if groups:
        asks = [f"{thing} by {group}" for group in groups[:3]] + [
            f"{total} by {groups[0]}" for total in totals[:1]
        ]
        query = {"measures": ["$measure"], "dimensions": ["$dimension"]}
        yield (
            "breakdown",
            _template(name, "breakdown", f"{thing.capitalize()} by anything", asks, "bar_chart", query),
        )
    if "default_time" in dataset:
        query = {"measures": ["$measure"], "dimensions": [f"{dataset['default_time']}:month"]}
        asks = [f"{thing} per month", *(f"{total} by month" for total in totals[:1])]
        yield "trend", _template(name, "trend", f"{thing.capitalize()} over time", asks, "line_chart", query)
    listed = {
        "columns": list(dataset["list_columns"]),
        "order": list(dataset.get("list_order", (dataset["key"],))),
    }
    yield (
        "list",
        _template(name, "list", f"List of {thing}", [f"list {thing}", f"show all {thing}"], "table", listed),
    )


def _template(
    name: str, shape: str, title: str, asks: list[str], kind: str, query: dict[str, Any]
) -> dict[str, Any]:
    block: dict[str, Any] = {"kind": kind, "title": title, "query": query}
    if kind == "kpi_tile":
        block = {"kind": kind, "title": title, "width": 4, "query": query}
    return {
        "title": title,
        "description": f"{title}, under any filter.",
        "asks": list(dict.fromkeys(asks)),
        "dataset": name,
        "shape": shape,
        "general": True,
        "blocks": [block],
    }


def _settings(into: Path, url: str) -> str:
    """The settings file: where the data, the content and what Oracle keeps are; a password is left out."""
    try:
        has_password = make_url(url).password is not None
    except ArgumentError:
        has_password = False
    folder = into.resolve()
    lines = [
        "# Settings of this workbench; use them with ORACLE_CONFIG. Variables (ORACLE_...) win over this file.",
        f"datasets = {_quoted(folder / 'datasets')}",
        f"codebook = {_quoted(folder / 'codebook')}",
        f"home = {_quoted(folder / 'home')}",
    ]
    if has_password:
        lines.append("# The URL holds a password: set it as ORACLE_WAREHOUSE_URL in the environment.")
    else:
        lines.append(f"warehouse_url = {_quoted(url)}")
    return "\n".join(lines) + "\n"


def _quoted(text: object) -> str:
    plain = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
