"""JSON as it is stored: compact, in its own characters, finite numbers only."""

from __future__ import annotations

import json
from typing import Any


def encode(value: Any) -> str:
    """The value as JSON text; ValueError for NaN and Infinity."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
