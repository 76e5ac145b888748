"""Summaries by a model: sentences over fetched rows, each kept only when its numbers and names are the rows' own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from oracle_kit.llm.departures import Departures
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.policy import Sight, Wanted
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, Message
from oracle_kit.llm.router import ModelRouter, Told, Unfit
from oracle_kit.llm.summary_check import Facts
from oracle_kit.model import Rows
from oracle_kit.query import Query, Value

MOST_ROWS = 40  # of one block that are shown
MAX_TOKENS = 500
_RULES = """You sum up tables for a busy reader, in one to five short sentences of plain text.
Say only what the rows say. Copy numbers and names exactly as they stand, rounded at most; compute nothing: no sums, no
differences, no shares that are in no row. Name the thing that a number belongs to. No advice, no reasons, no markup."""


class Sentences(Value):
    """The closed schema of a summary."""

    sentences: tuple[Annotated[str, StringConstraints(max_length=300)], ...] = Field(
        min_length=1, max_length=6
    )


class Summed(Value):
    """What one block shows: its title, its main query and the rows."""

    title: str
    query: Query
    rows: Rows


class Summary(Value):
    """The sentences that hold; `dropped` says how many did not."""

    sentences: tuple[str, ...]
    dropped: int
    provider: str
    model: str

    @property
    def text(self) -> str:
        """All sentences as one paragraph; empty when none held."""
        return " ".join(self.sentences)


def summarise(
    router: ModelRouter,
    blocks: Sequence[Summed],
    personal: Mapping[str, frozenset[str]],
    wanted: Wanted,
    departures: Departures,
    *,
    ordinary: Callable[[str], bool] = lambda _: False,
    cancel: threading.Event | None = None,
    tell: Told = lambda _: None,
) -> Summary:
    """Sentences over the blocks; NoProvider when no provider may see them or answers.

    `personal` names the personal fields of each dataset: they are shown to no model, whoever may read them.
    `ordinary` tells words of the language from names.
    """
    facts = Facts([(block.title, _shown(block, personal)) for block in blocks], ordinary)

    def before(lane: Lane, request: ChatRequest) -> ChatRequest | None:
        shown = summary_request(blocks, personal, lane.own.sees) if lane.own.summaries else None
        return shown.model_copy(update={"model": request.model}) if shown else None

    placeholder = ChatRequest(messages=(Message(role="user", content=""),))
    routed = router.chat(
        placeholder, wanted, _sentences, cancel=cancel, tell=tell, before=before, sent=departures
    )
    kept = tuple(sentence for sentence in routed.value if facts.hold(sentence))
    return Summary(
        sentences=kept,
        dropped=len(routed.value) - len(kept),
        provider=routed.answer.provider,
        model=routed.answer.model,
    )


def summary_request(
    blocks: Sequence[Summed], personal: Mapping[str, frozenset[str]], sees: Sight
) -> ChatRequest | None:
    """The request for a summary of what `sees` allows: aggregated rows, or all; None when that is nothing."""
    allowed = [
        block for block in blocks if sees == "rows" or (sees == "aggregates" and not block.query.columns)
    ]
    tables = [{"title": block.title, **_table(_shown(block, personal))} for block in allowed]
    if not tables:
        return None
    return ChatRequest(
        messages=(
            Message(role="system", content=_RULES),
            Message(role="user", content=json.dumps(tables, ensure_ascii=False, separators=(",", ":"))),
        ),
        temperature=0,
        seed=1,
        max_tokens=MAX_TOKENS,
        response_format=Sentences.model_json_schema(),
    )


def _shown(block: Summed, personal: Mapping[str, frozenset[str]]) -> Rows:
    """The rows without masked and personal columns."""
    hidden = personal.get(block.query.dataset, frozenset())
    kept = [at for at, one in enumerate(block.rows.columns) if not one.masked and one.name not in hidden]
    return block.rows.model_copy(
        update={
            "columns": tuple(block.rows.columns[at] for at in kept),
            "rows": tuple(tuple(row[at] for at in kept) for row in block.rows.rows[:MOST_ROWS]),
        }
    )


def _table(rows: Rows) -> dict[str, Any]:
    names = [f"{one.label} ({one.unit})" if one.unit else one.label for one in rows.columns]
    return {"columns": names, "rows": [list(row) for row in rows.rows]}


def _sentences(answer: ChatAnswer) -> tuple[str, ...]:
    try:
        said = Sentences.model_validate(answer.parsed).sentences
    except ValidationError as error:
        raise Unfit([str(fault["msg"]) for fault in error.errors()[:3]]) from None
    return tuple(" ".join(sentence.split()) for sentence in said if sentence.strip())
