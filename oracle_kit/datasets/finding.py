"""A finding of a check: what is off, where, and what to do."""

from __future__ import annotations

from typing import Literal

from oracle_kit.errors import ContentError
from oracle_kit.query import Value

Level = Literal["error", "warning", "fact"]


class Finding(Value):
    """One thing that a check found; `error` must be mended, `warning` should be looked at, `fact` informs."""

    level: Level
    file: str = ""
    line: int = 0
    field: str = ""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line or "") if part)
        return " ".join(
            part
            for part in (
                f"{place}:" if place else "",
                f"{self.field}:" if self.field else "",
                f"{self.message}.",
                self.hint,
            )
            if part
        )


def finding_of(error: ContentError) -> Finding:
    """The finding that a content error is."""
    return Finding(
        level="error",
        file=error.file,
        line=error.line,
        field=error.field,
        message=error.message,
        hint=error.hint,
    )
