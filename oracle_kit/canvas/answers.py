"""The digest of one block's answer, the same for equal answers whenever and wherever they were made."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from oracle_kit.model import Block, Rows

_MOMENTS: dict[str, Any] = {"as_of": True, "bounds": {"__all__": {"start", "end"}}}
_PASSING: Any = {
    "id": True,
    "results": True,
    "chips": {"__all__": {"id"}},
    "source": {"queries": {"__all__": _MOMENTS}},
}


def answer_digest(block: Block) -> str:
    """The digest of one block's answer, as hex, without made ids and times."""
    told = block.model_dump(mode="json", exclude=_PASSING)
    told["results"] = {name: _rows(rows) for name, rows in block.results.items()}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(rows: Rows) -> dict[str, Any]:
    told: dict[str, Any] = rows.model_dump(mode="json", exclude={"rows": True, **_MOMENTS})
    told["rows"] = rows.rows
    return told
