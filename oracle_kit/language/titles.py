"""Titles that say what a block shows, in the words of content and of the prompt, never with a row's values."""

from __future__ import annotations

from oracle_kit.language.draft import Draft
from oracle_kit.query import Query


def title_of(draft: Draft, query: Query) -> str:
    """The title of a reading: what is measured or listed, by what, of which rows, when."""
    subject = _subject(draft, query)
    groups = " and ".join(_group(draft, query, at) for at in range(len(query.dimensions)))
    parts = [f"{subject} by {groups}" if groups else subject]
    filters = ", ".join(condition.label for condition in draft.conditions if condition.label)
    if filters:
        parts.append(filters)
    when = " vs ".join(window.text for window in (query.periods or (query.window,)) if window and window.text)
    if when:
        parts.append(when)
    title = ": ".join(parts[:2]) if len(parts) > 1 else parts[0]
    return f"{title}, {when}" if when and len(parts) > 2 else title


def _subject(draft: Draft, query: Query) -> str:
    if query.columns:
        return draft.words.title if query.limit is None or not draft.rank else f"{draft.words.title}, {draft.rank.end} {query.limit}"
    names = " and ".join(m.label or draft.measure_label(m) for m in query.measures)
    share = ", share of total" if query.share else ""
    return f"{names}{share}" if names else draft.words.title


def _group(draft: Draft, query: Query, at: int) -> str:
    dimension = query.dimensions[at]
    return dimension.grain or draft.field_of(dimension.field).label.lower()
