"""Templates and chapters kept in state: their versions, which of them are in force, and whether that changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.load import Chapter, load_chapter, load_template
from oracle_kit.codebook.template import Template
from oracle_kit.errors import ContentError
from oracle_kit.query import Value
from oracle_kit.state import State
from oracle_kit.state.tables import templates

TOPIC = "templates"  # told when what is in force changes
logger = logging.getLogger("oracle_kit")


class StoredVersion(Value):
    """One version of a template or chapter that was published here; `text` is its YAML."""

    template_id: str
    version: int
    status: Literal["published", "retired"]
    author: str
    message: str = ""
    created_at: datetime
    reviewed_by: str | None = None
    published_at: datetime | None = None
    retired_by: str | None = None
    retired_at: datetime | None = None
    text: str


class StoredTemplates:
    """The stored templates and chapters of one state, parsed once each."""

    def __init__(self, state: State, ground: Ground) -> None:
        self._state, self._ground = state, ground
        self._counting, self._heard = threading.Lock(), 0
        self._news = state.feed.subscribe(TOPIC) if state.dialect == "postgresql" else None
        self._parsed: dict[tuple[str, int], Template | Chapter | None] = {}

    def mark(self) -> tuple[int, ...]:
        """What is another whenever something was published or retired, in whatever process; cheap.

        Other processes on PostgreSQL are heard through the feed; those on one SQLite file are not, so versions are
        counted there: neither their number nor that of the retired ever falls. Raises StateUnavailable.
        """
        if self._news is not None:
            with self._counting:
                while self._news.get(0.0) is not None:
                    self._heard += 1
                if self._news.overflowed:
                    self._news.resume()
                    self._heard += 1
                return (self._heard,)
        counted = sa.select(templates.c.status, sa.func.count()).group_by(templates.c.status)
        with self._state.read() as connection:
            found = {row[0]: row[1] for row in connection.execute(counted)}
        return found.get("published", 0), found.get("retired", 0)

    def in_force(self) -> tuple[tuple[Template, ...], tuple[Chapter, ...]]:
        """The templates and the chapters in force; one that fits no more is left out with a warning."""
        found = [one for one in self._read() if one is not None]
        kept = tuple(one for one in found if isinstance(one, Template))
        return kept, tuple(one for one in found if isinstance(one, Chapter))

    def versions(self, template_id: str) -> tuple[StoredVersion, ...]:
        """Every stored version of an id, newest first."""
        wanted = sa.select(templates).where(templates.c.template_id == template_id)
        with self._state.read() as connection:
            rows = connection.execute(wanted.order_by(templates.c.version.desc())).mappings().all()
        own = set(StoredVersion.model_fields) - {"text"}
        return tuple(
            StoredVersion(text=row["content"]["text"], **{name: row[name] for name in own}) for row in rows
        )

    def _read(self) -> Iterator[Template | Chapter | None]:
        wanted = sa.select(templates.c.template_id, templates.c.version).where(
            templates.c.status == "published"
        )
        with self._state.read() as connection:
            known = [(row[0], row[1]) for row in connection.execute(wanted.order_by(templates.c.template_id))]
            texts = _texts(connection, {one for one, version in known if (one, version) not in self._parsed})
        self._parsed |= {one: self._parse(*one, text) for one, text in texts.items() if one in known}
        return (self._parsed.get(one) for one in known)

    def _parse(self, template_id: str, version: int, text: str) -> Template | Chapter | None:
        try:
            if template_id.count(".") < 2:
                return load_chapter(text, template_id)
            template = load_template(text, template_id, self._ground)
        except ContentError as error:
            logger.warning("the stored template %s is left out: %s", template_id, error)
            return None
        return template.model_copy(update={"version": version})


def _texts(connection: Connection, ids: set[str]) -> Mapping[tuple[str, int], str]:
    """The texts of the published versions of these ids."""
    columns = (templates.c.template_id, templates.c.version, templates.c.content)
    wanted = sa.select(*columns).where(templates.c.status == "published")
    if len(ids) < 500:
        wanted = wanted.where(templates.c.template_id.in_(sorted(ids)))
    rows = connection.execute(wanted) if ids else ()
    return {(template_id, version): content["text"] for template_id, version, content in rows}
