"""All block kinds as one JSON Schema with a version; `docs/block-catalogue.json` is this, written out."""

from __future__ import annotations

import json
from typing import Any

from oracle_kit.canvas.kinds import Kind, Kinds

VERSION = 1


def catalogue(kinds: Kinds) -> dict[str, Any]:
    """The schema of `{kind, props}`: one branch per kind, each with closed props."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Oracle block catalogue",
        "description": "What a block of each kind may say about its looks. Rows and queries stand beside it.",
        "version": VERSION,
        "oneOf": [{"$ref": f"#/$defs/{kind.name}"} for kind in kinds],
        "$defs": {kind.name: _branch(kind) for kind in kinds},
    }


def catalogue_text(kinds: Kinds) -> str:
    """The catalogue as the text of its file."""
    return json.dumps(catalogue(kinds), indent=2, ensure_ascii=False) + "\n"


def _branch(kind: Kind) -> dict[str, Any]:
    props = kind.Props.model_json_schema()
    return {
        "title": kind.title,
        "type": "object",
        "properties": {"kind": {"const": kind.name}, "props": props},
        "required": ["kind", "props"],
    }
