"""The digest of one block's answer, the same for equal answers whenever and wherever they were made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from oracle_kit.model import Block, Rows

_MOMENTS: dict[str, Any] = {"as_of": True, "bounds": {"__all__": {"start", "end"}}}
_PASSING: Any = {
    "id": True,
    "results": True,
    "chips": {"__all__": {"id"}},
    "source": {"queries": {"__all__": _MOMENTS}},
}


def answer_digest(block: Block, cells: Mapping[str, bytes] | None = None) -> str:
    """The digest of one block's answer, as hex, without made ids and times; `cells`, see `cells_of`, where known."""
    told = block.model_dump(mode="json", exclude=_PASSING)
    told["results"] = {
        name: _rows(rows, (cells or {}).get(name) or cells_of(rows)) for name, rows in block.results.items()
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def cells_of(rows: Rows) -> bytes:
    """The values of rows as JSON; they are scalars, and need not be walked as a model's fields."""
    return to_json(rows.rows, inf_nan_mode="null")


def _rows(rows: Rows, cells: bytes) -> dict[str, Any]:
    told: dict[str, Any] = rows.model_dump(mode="json", exclude={"rows": True, **_MOMENTS})
    told["cells"] = hashlib.sha256(cells).hexdigest()
    return told
