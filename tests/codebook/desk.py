"""What the codebook's tests stand on: the catalog that ships, its ground, codebooks written on the fly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.ground import Ground
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Kind
from oracle_kit.query import Value
from oracle_kit.windows import Clock

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 4, 19, 9)


class NoProps(Value):
    """The presentation of a kind that has none but a note."""

    note: str = ""


PROPS: Mapping[str, type[BaseModel]] = dict.fromkeys(get_args(Kind), NoProps)


@cache
def catalog() -> Catalog:
    """The catalog that ships."""
    return Catalog.load(ROOT / "datasets")


@cache
def clock() -> Clock:
    """The demo's clock."""
    return Clock(now=NOW, calendar=catalog().calendar)


@cache
def ground() -> Ground:
    """The ground of the catalog that ships, with kinds that take a note."""
    return ground_on(catalog(), load_tongue(), clock(), PROPS)


def template(**changes: Any) -> dict[str, Any]:
    """A template file's content, sound unless changed; a change to None leaves the key out."""
    whole: dict[str, Any] = {
        "title": "Leads by stage",
        "asks": ["leads by stage", "stage wise leads", "how many leads in each stage"],
        "dataset": "crm.leads",
        "shape": "breakdown",
        "blocks": [block()],
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def block(**changes: Any) -> dict[str, Any]:
    """A block's content, sound unless changed."""
    whole = {
        "kind": "bar_chart",
        "title": "Leads by stage",
        "query": {"measures": ["lead_count"], "dimensions": ["stage"]},
    }
    return {**whole, **changes}


def write(folder: Path, templates: Mapping[str, Any], chapters: bool = True) -> Path:
    """A codebook folder: template contents (or texts) by id, and a `chapter.yaml` in every folder."""
    for identity, content in templates.items():
        path = folder.joinpath(*identity.split(".")).with_suffix(".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        for home in (path.parent, path.parent.parent) if chapters else ():
            (home / "chapter.yaml").write_text(f"title: {home.name}\ndescription: All of {home.name}.\n")
    return folder
