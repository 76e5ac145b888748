"""Subjects side by side: "compare Kolkata and Mumbai", "luxury versus premium", one subject's children."""

from __future__ import annotations

from oracle_kit.language.draft import Draft
from oracle_kit.language.groupings import dimension_of
from oracle_kit.language.periods import held_against
from oracle_kit.query import Dimension, Predicate

MOST_SUBJECTS = 12


def claim_comparison(draft: Draft) -> None:
    """Group by what is compared: the field with several values said, a field said, or the children
    of one subject."""
    words = [item for item in draft.items if item.op("compare", "versus") and item.role in ("", "compare")]
    if not words or draft.periods or _held_against_a_time(draft):
        return
    several = next((field for field in _filtered_fields(draft) if field[1] > 1), None)
    if several is not None:
        draft.group(Dimension(field=several[0]), words[0], f"compared by {draft.field_of(several[0]).label}")
    elif not draft.dimensions and not _group_said(draft):
        child = _child(draft) if any(item.op("compare") for item in words) else None
        if child is None:
            return  # "a vs b" names two subjects
        draft.group(Dimension(field=child), words[0], f"compared by {draft.field_of(child).label}")
    draft.comparing = True
    for item in words:
        draft.claim(item, "compare")


def _held_against_a_time(draft: Draft) -> bool:
    """Whether it asks for a time beside another that nothing says: then the word is left, and told."""
    windows = (at for at, item in enumerate(draft.items) if item.role == "window")
    return any(held_against(draft, at) is not None for at in windows)


def _group_said(draft: Draft) -> bool:
    """ "compare cities by ...": a dimension that is said and still free is what is compared."""
    for item in draft.items:
        entry = None if item.role else dimension_of(draft, item)
        if entry is not None:
            draft.claim(item, "group")
            draft.group(Dimension(field=entry.name), item)
            return True
    return False


def _filtered_fields(draft: Draft) -> list[tuple[str, int]]:
    tested = [
        c.where for c in draft.conditions if isinstance(c.where, Predicate) and c.where.op in ("eq", "in")
    ]
    return [(where.field, len(where.values)) for where in tested]


def _child(draft: Draft) -> str | None:
    """What lies below the deepest subject on a drill path; beside it where nothing does."""
    said = {name for name, _ in _filtered_fields(draft)}
    for path in draft.words.drill:
        depths = [at for at, name in enumerate(path) if name in said]
        if depths and depths[-1] + 1 < len(path):
            return path[-1]
        if depths:
            return path[depths[-1]]
    default = draft.words.default_dimension
    return default.field if default is not None and default.field not in said else None
