"""Made ids: a prefix and 26 characters that sort by time (ULID, Crockford's base 32)."""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A fresh id such as `page_01JD…`; ids made later in this process sort after those made before."""
    global _last  # the one counter that keeps ids of the same millisecond in order
    fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = fresh = max(fresh, _last + 1)
    return f"{prefix}_{_base32(fresh)}"


def _base32(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
