"""Names that a prompt says, looked up in a field of many values under the viewer's row filter."""

from __future__ import annotations

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.coerce import Unfit, plain_value
from oracle_kit.datasets.constructs import Expression, by_bytes
from oracle_kit.datasets.dataset import Field
from oracle_kit.datasets.policy import require_access
from oracle_kit.datasets.readers import read_columns
from oracle_kit.datasets.render import bound
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.errors import QueryRefused
from oracle_kit.model import Viewer
from oracle_kit.query import Scalar

SHORTEST = 2  # characters of a word that is looked up; a single one would match half of everything


def lookup(
    catalog: Catalog,
    snapshot: Snapshot,
    viewer: Viewer,
    dataset_id: str,
    field: str,
    words: str,
    limit: int = 5,
) -> tuple[Scalar, ...]:
    """The field's values that the words name, shortest first, among the rows that the viewer may see.

    `exact`: the value is the words, whatever their case. `word`: each of the words begins a word of the
    value. Raises FieldNotAllowed for a masked field, QueryRefused for one that declares no lookup.
    """
    dataset = catalog.dataset(dataset_id)
    access = require_access(dataset, viewer)
    scan = Scan(dataset, access, snapshot.clock)
    known = scan.field(field)
    if known.file.lookup is None:
        raise QueryRefused(f"{known.label} is not looked up.", hint="Declare `lookup` for the field.")
    item = scan.use(field)
    matching = _matching(known, item, words)
    if matching is None:
        return ()
    found = sa.select(item.label("item")).distinct()
    standing = scan.standing()
    inner = found.select_from(scan.source()).where(*standing, matching).subquery()
    text = known.type == "text"
    order = [sa.func.length(inner.c.item), by_bytes(inner.c.item)] if text else [inner.c.item]
    select = sa.select(inner.c.item).order_by(*order).limit(limit)
    rows = read_columns(snapshot.execute(select, access.timeout_s), (known.type,))
    return tuple(row[0] for row in rows)


def _matching(field: Field, item: Expression, words: str) -> Expression | None:
    """The condition that the value is what the words name; None when they can name none."""
    if field.type != "text":
        try:
            return item == bound(plain_value(words.strip(), field.type), field.type)
        except Unfit:
            return None
    said = words.casefold().split()
    try:
        plain_value(words, "text")
    except Unfit:
        return None
    if not said:
        return None
    small = sa.func.lower(item)
    if field.file.lookup == "exact":
        return small == bound(" ".join(said), "text")
    if any(len(word) < SHORTEST for word in said):
        return None
    return sa.and_(*(_begins_a_word(small, word) for word in said))


def _begins_a_word(small: Expression, word: str) -> Expression:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    starts, inside = bound(f"{escaped}%", "text"), bound(f"% {escaped}%", "text")
    return sa.or_(small.like(starts, escape="\\"), small.like(inside, escape="\\"))
