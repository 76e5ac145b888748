"""Readings: a prompt understood as a typed query on one dataset, with what it explains and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oracle_kit.language.alternatives import join_alternatives
from oracle_kit.language.comparing import claim_comparison
from oracle_kit.language.comparisons import claim_comparisons
from oracle_kit.language.draft import Draft
from oracle_kit.language.filters import claim_filters
from oracle_kit.language.groupings import claim_groupings
from oracle_kit.language.items import Item, cover
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.measuring import apply_share, claim_measures, claim_number_fields
from oracle_kit.language.morphology import is_past
from oracle_kit.language.ordering import apply_order
from oracle_kit.language.others import refuse_others
from oracle_kit.language.periods import claim_windows, growth_periods
from oracle_kit.language.ranking import claim_ranks
from oracle_kit.language.relations import claim_relations
from oracle_kit.language.shaping import LISTS, claim_columns, claim_shape, order_groups
from oracle_kit.language.titles import title_of
from oracle_kit.language.tokens import Token
from oracle_kit.language.within import keep_within
from oracle_kit.model import Chip, Refusal, Span, Viewer
from oracle_kit.query import Dimension, Query, Value, conjunction
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords


class Left(Value):
    """A word that a reading does not explain, and where it stands."""

    text: str
    start: int
    end: int


class Reading(Value):
    """A prompt as one query, its shape, what was understood, and the words left over."""

    query: Query
    shape: str
    title: str
    kind: str = ""  # how the block should look, where the prompt says so
    chips: tuple[Chip, ...] = ()
    left: tuple[Left, ...] = ()
    explained: int = 0
    noun: bool = False
    named: bool = False  # the noun is said as a noun: "visits", not "visited"
    bare: bool = False  # nothing but nouns is said
    dated: bool = False  # a word says which time field is meant
    spoken: tuple[tuple[int, int, str], ...] = ()  # the places of explained words and the roles they took
    measured: bool = False  # a measure or a number field of the dataset is said
    head: int = 0  # the place of the first noun: earlier is more likely the subject
    guesses: int = 0  # repaired spellings and defaults of doubt
    loose: int = 0  # words understood by another form of theirs
    foreign: int = 0  # words that name fields of what the rows hang on
    untimely: bool = False  # it asks for times of rows that tell none of their own, or the other way round
    end: str = ""  # which end of an order was asked for, how many, and by what
    count: int | None = None
    by: str = ""
    implicit: bool = False  # nothing said what shape the answer should have
    reservations: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


PASSES: tuple[Callable[[Draft], None], ...] = (
    claim_relations,
    claim_comparisons,
    claim_windows,
    claim_ranks,
    claim_groupings,
    claim_measures,
    claim_number_fields,
    claim_filters,
    join_alternatives,
    claim_comparison,
    claim_number_fields,
    apply_share,
    growth_periods,
    apply_order,
    keep_within,
    claim_shape,
    claim_columns,
    order_groups,
)


def read(
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    words: DatasetWords,
    datasets: Mapping[str, DatasetWords],
    lexicon: Lexicon,
    clock: Clock,
    viewer: Viewer,
    grouped: tuple[Dimension, ...] = (),
) -> Reading:
    """The prompt as the dataset `words` understands it; every pass claims the words that it explains.

    `grouped` are groups that stand already, for words about an answer that has them.
    """
    others = {r.dataset: datasets[r.dataset] for r in words.relations if r.dataset in datasets}
    items = cover(tokens, spans, lexicon, frozenset({words.id, *others}), words.id)
    draft = Draft(
        words=words,
        others=others,
        items=items,
        clock=clock,
        viewer=viewer,
        belonging=lexicon.speech.belonging,
        places=lexicon.speech.places,
        restricting=lexicon.speech.restricting,
        currencies=lexicon.tongue.currencies,
        dimensions=list(grouped),
        trends=frozenset(lexicon.speech.shapes.get("trend", ())),
    )
    for claim in PASSES:
        claim(draft)
    refuse_others(draft)
    _repairs(draft)
    _reasons(draft, tokens, lexicon.speech.reasons)
    return _reading(draft)


def _repairs(draft: Draft) -> None:
    """State each spelling that was repaired; a repaired noun that changes nothing is not an explanation."""
    nouns = [item for item in draft.items if item.role == "noun"]
    for item in draft.items:
        if item.how != "spelling" or not item.role:
            continue
        if item.role == "noun" and len(nouns) > 1:
            draft.claim(item, "")
            continue
        draft.reservations.append(f"“{item.text}” is read as “{item.said}”.")
        draft.chip(f"“{item.text}” read as “{item.said}”", item, op="spelling", values=(item.said,))


def _reasons(draft: Draft, tokens: tuple[Token, ...], reasons: frozenset[str]) -> None:
    """State that a question for the reason is answered with the figures alone."""
    asked = next((token.text for token in tokens if token.text in reasons), None)
    if asked is not None:
        draft.reservations.append(
            f"“{asked}” is not answered: these are the figures, not the reasons for them."
        )


def _reading(draft: Draft) -> Reading:
    for item in draft.items:
        for entry in () if item.role else item.of("field", draft.home):
            draft.usable(entry.name)
    query = _query(draft)
    left = tuple(Left(text=i.text, start=i.start, end=i.end) for i in draft.items if _is_left(i))
    nouns = [at for at, item in enumerate(draft.items) if draft.says_noun(item)]
    return Reading(
        query=query,
        shape=draft.shape,
        kind=draft.kind,
        title=title_of(query, draft.words, draft.viewer.attributes.get(draft.words.owner_attribute)),
        chips=tuple(draft.chips),
        left=left,
        explained=sum(item.last - item.first + 1 for item in draft.items if _counts(item)),
        noun=bool(nouns),
        named=any(not is_past(draft.items[at].text.lower()) for at in nouns),
        bare=bool(nouns) and all(_says_no_more(draft, item) for item in draft.items),
        dated=any(_names_its_time(draft, item) for item in draft.items),
        spoken=tuple((item.start, item.end, item.role) for item in draft.items if item.role),
        measured=any(_measures(item) for item in draft.items),
        head=nouns[0] if nouns else len(draft.items),
        end=(draft.rank.end if draft.rank else "") or (draft.sort.end if draft.sort else ""),
        count=draft.rank.count if draft.rank else None,
        by=_key(draft),
        implicit=_is_implicit(draft),
        guesses=len(draft.reservations),
        loose=sum(item.how == "inflected" for item in draft.items if _counts(item)),
        foreign=sum(_is_foreign(draft, item) for item in draft.items) + _ranked_by_foreign(draft),
        untimely=_is_untimely(draft),
        reservations=tuple(draft.reservations),
        choices=tuple(draft.choices),
        refusals=tuple(draft.refusals),
    )


def _key(draft: Draft) -> str:
    """What the order goes by, where the prompt says it: a measure's alias or a field."""
    for rank in (draft.rank, draft.sort):
        if rank is not None and (rank.measure or rank.field):
            return rank.measure.alias if rank.measure else str(rank.field)
    return ""


def _is_implicit(draft: Draft) -> bool:
    """Whether only nouns and filters were said ("pipeline for NRI buyers"): rows are listed because nothing
    else was asked for."""
    shaped = any(i.role in ("shape", "sort", "rank") for i in draft.items)
    shaped = shaped or any(i.role == "column" and not i.elsewhere for i in draft.items)
    return draft.shape == "list" and not shaped and not draft.kind


def _is_foreign(draft: Draft, item: Item) -> bool:
    """Whether the word was read as fields that all belong to rows which the dataset's rows hang on."""
    named = [e for kind in ("field", "value", "past") for e in item.of(kind, draft.home)]
    if not named or item.of("measure", draft.home) or not _counts(item) or item.role == "noun":
        return False
    return not any(draft.field_of(e.name).own for e in named)


def _ranked_by_foreign(draft: Draft) -> int:
    """One where the order goes by a field of what the rows hang on that no word names: "most expensive"."""
    rank = draft.rank
    if rank is None or rank.field is None or rank.item.of("field", draft.home):
        return 0
    return 0 if draft.field_of(rank.field).own else 1


def _is_untimely(draft: Draft) -> bool:
    """Whether times are asked of rows that are states, or no time of rows that are a series or whose measure
    has a time of its own."""
    timely = bool(draft.window or draft.periods or any(d.grain for d in draft.dimensions))
    measured = [draft.measure_of(m.name) for m in draft.measures if m.name]
    dated = draft.words.grain_unit is not None or any(m.time for m in measured)
    return timely != dated


def _names_its_time(draft: Draft, item: Item) -> bool:
    """Whether a word that was read says which time is meant: "sold", "due", "created date", a measure with its own."""
    if item.role in ("", "noun", "glue", "filler", "window"):
        return False
    timed = any(draft.field_of(e.name).role == "time" for e in item.of("field", draft.home))
    timed = timed or any(draft.term_of(e.name).time for e in item.of("term", draft.home))
    timed = timed or any(draft.measure_of(e.name).time for e in item.of("measure", draft.home))
    return timed or bool(item.of("past", draft.home))


def _says_no_more(draft: Draft, item: Item) -> bool:
    """Whether a word adds nothing to the nouns of a prompt."""
    return draft.is_noun(item) or item.role in ("glue", "filler")


def _is_left(item: Item) -> bool:
    return not item.role


def _measures(item: Item) -> bool:
    """Whether the item says what is measured or sorted by."""
    named = bool(item.of("measure") or item.of("field"))
    return item.role in ("measure", "having", "sort") and named


def _counts(item: Item) -> bool:
    return bool(item.role) and item.role not in ("glue", "filler")


def _query(draft: Draft) -> Query:
    listing = draft.shape in LISTS
    return Query(
        dataset=draft.home,
        columns=tuple(draft.columns) if listing else (),
        measures=() if listing else tuple(draft.measures),
        dimensions=() if listing else tuple(draft.dimensions),
        where=conjunction(*(condition.where for condition in draft.conditions)),
        having=tuple(draft.having),
        window=draft.window,
        periods=tuple(draft.periods),
        order=tuple(draft.order),
        limit=draft.limit,
        share=draft.share and not listing,
        running=draft.running and not listing,
    )
