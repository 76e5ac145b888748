"""What a model is shown of a prompt: names, words and units; values and rows only as far as its sight allows."""

from __future__ import annotations

import json
import re
from typing import Any

from oracle_kit.llm.planner_answer import answer_schema
from oracle_kit.llm.planner_asked import Asked, ReadValue
from oracle_kit.llm.policy import Sight
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.words import DatasetWords, FieldWords

MOST_WORDS = 3  # synonyms of one thing
MOST_VALUES = 30  # of one field
MAX_TOKENS = 1500
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"\+?\d[\d\s().-]{7,}\d")
_RULES = """You turn a question about data into a plan. You never write SQL, code or prose.
Use only names that are listed. Every filter value must be listed under "values read in the question", or be one of the
field's own values. Use a time phrase only as it stands in the question. Add nothing that the question does not say.
Under "words" list every word of the question that carries meaning and the name of what it became in a step (a dataset,
field, value, term, measure, relation, "window", "limit", "order" or "layout"), or "nothing" when no name means it.
Never place a word on something that another word already says: such a word is "nothing" too."""


def planning_request(asked: Asked, sees: Sight) -> ChatRequest:
    """The request for one plan, as much shown as `sees` allows; personal values are in none."""
    shown = {
        "question": hidden(asked, sees),
        "datasets": [_dataset(words, sees) for words in asked.datasets],
        "templates": [brief.model_dump() for brief in asked.templates],
        "time phrases": [window.text for window in asked.windows],
        "values read in the question": [_read(value, sees) for value in _values(asked)],
    }
    return ChatRequest(
        messages=(
            Message(role="system", content=_RULES),
            Message(role="user", content=json.dumps(shown, ensure_ascii=False, separators=(",", ":"))),
        ),
        temperature=0,
        seed=1,
        max_tokens=MAX_TOKENS,
        response_format=answer_schema(asked),
    )


def hidden(asked: Asked, sees: Sight) -> str:
    """The prompt with addresses, phone numbers and, below `rows`, names from the data as placeholders."""
    text = asked.prompt
    if sees != "rows":
        spans = sorted({(v.start, v.end, placeholder(v)) for v in _values(asked) if v.hidden}, reverse=True)
        end = len(text) + 1
        for start, stop, name in spans:
            if stop <= end:
                text, end = text[:start] + name + text[stop:], start
    return _PHONE.sub("[number]", _EMAIL.sub("[address]", text))


def placeholder(value: ReadValue) -> str:
    """What stands for a name from the data: its place in the prompt."""
    return f"[name {value.start}]"


def _values(asked: Asked) -> tuple[ReadValue, ...]:
    return tuple(value for words in asked.datasets for value in asked.values.get(words.id, ()))


def _read(value: ReadValue, sees: Sight) -> dict[str, Any]:
    unseen = value.hidden and sees != "rows"
    shown: dict[str, Any] = {"text": placeholder(value) if unseen else value.text, "field": value.field}
    shown["values"] = [placeholder(value)] if unseen else list(value.values)
    return shown | ({"op": value.op} if value.op else {})


def _dataset(words: DatasetWords, sees: Sight) -> dict[str, Any]:
    return {
        "id": words.id,
        "title": words.title,
        "words": list(words.words[:MOST_WORDS]),
        "fields": {field.name: _field(field, sees) for field in words.fields if not field.masked},
        "measures": {one.name: _said(one.label, one.words, one.unit) for one in words.measures},
        "terms": {one.name: _said(one.label, one.words) for one in words.terms},
        "relations": {one.name: _said("", one.words) for one in words.relations},
    }


def _field(field: FieldWords, sees: Sight) -> str:
    shown = _said(field.label, field.words, field.type, field.unit)
    declared = (
        field.listed or sees != "schema"
    )  # a list of the business is schema; one read from the data is not
    if field.values and declared and field.lookup is None:
        shown += f" = {' | '.join(str(value.value) for value in field.values[:MOST_VALUES])}"
    return shown


def _said(label: str, words: tuple[str, ...], *more: str | None) -> str:
    """What people call a thing, then its type and unit, in one line: requests stay small."""
    named = ", ".join(dict.fromkeys(word for word in (label.lower(), *words[:MOST_WORDS]) if word))
    kind = " ".join(one for one in more if one)
    return f"{named} ({kind})" if kind else named
