"""Seed examples: when two are the same, and what one must be."""

from __future__ import annotations

import re

from oracle_kit.codebook.place import Place

LONGEST_ASK = 300  # characters
_BREAK = re.compile(r"[\W_]+")


def same_ask(ask: str) -> str:
    """The form in which equal asks are equal: small letters, marks and spaces alike."""
    return _BREAK.sub(" ", ask.casefold()).strip()


def check_asks(asks: tuple[str, ...], place: Place) -> None:
    """ContentError for an ask without a word, an overlong one, or one that stands twice in the template."""
    seen: set[str] = set()
    for at, ask in enumerate(asks):
        where, form = place.at("asks", at), same_ask(ask)
        if not form:
            raise where.error("an ask needs words", "Write what a person would type.")
        if len(ask) > LONGEST_ASK:
            raise where.error(
                f"an ask has at most {LONGEST_ASK} characters", "Write what a person would type."
            )
        if form in seen:
            raise where.error(f"{ask!r} stands twice", "Remove one of them.")
        seen.add(form)
