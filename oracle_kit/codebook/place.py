"""Where a part of a template file stands, for its errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oracle_kit.content import Document, Model, validate
from oracle_kit.errors import ContentError, did_you_mean

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """A path of a document."""

    document: Document
    path: tuple[str | int, ...] = ()

    def at(self, *path: str | int) -> Place:
        """The place of a part below this one."""
        return Place(self.document, (*self.path, *path))

    def error(self, message: str, hint: str = "") -> ContentError:
        """A ContentError that points here."""
        return self.document.error(message, self.path, hint)

    def known(self, name: str, names: Iterable[str], what: str) -> str:
        """The name, when it is one of `names`; ContentError with the nearest one otherwise."""
        names = tuple(names)
        if name not in names:
            raise self.error(f"there is no {what} {name!r}", did_you_mean(name, names))
        return name

    def moved(self, error: ContentError) -> ContentError:
        """The same error, pointing here."""
        return self.error(error.message, error.hint)

    def valid(self, model: type[Model], data: object) -> Model:
        """The part's data as `model`; ContentError with the line of the key that is wrong."""
        depth = len(self.path)
        lines = {path[depth:]: at for path, at in self.document.lines.items() if path[:depth] == self.path}
        try:
            return validate(model, Document(self.document.file, data, lines))
        except ContentError as error:
            inner = tuple(error.field.split(".")) if error.field else ()
            field = ".".join(str(part) for part in (*self.path, *inner))
            raise ContentError(
                error.message, file=error.file, line=error.line, field=field, hint=error.hint
            ) from error
