"""A prompt as one dataset sees it: the best cover of its words by spans, and the words that stay over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.tokens import SEPARATORS, Token
from oracle_kit.model import Entry, Span

_APART = ("followup", "part", "refuse")  # read apart from questions
_HOW = {"exact": 2.0, "number": 1.5, "date": 1.8, "lookup": 0.5, "inflected": 1.0, "spelling": 0.0}


@dataclass(slots=True)
class Item:
    """A run of words, what it may mean here, and the role that a reading gave it (empty: not explained)."""

    first: int
    last: int
    start: int
    end: int
    text: str
    entries: tuple[Entry, ...] = ()
    how: str = "exact"
    said: str = ""
    role: str = ""
    elsewhere: bool = False  # it is the noun of another dataset's rows
    before: str = ""  # the word before it in the prompt, also one that carries nothing
    picked: list[str] = field(default_factory=list)  # labels of what it was read as, for chips

    def of(self, kind: str, dataset: str | None = None) -> tuple[Entry, ...]:
        """Its entries of a kind, of one dataset when given."""
        return tuple(e for e in self.entries if e.kind == kind and (dataset is None or e.dataset == dataset))

    def op(self, *names: str) -> str | None:
        """The first of these operators that it may be."""
        return next((e.name for e in self.entries if e.kind == "operator" and e.name in names), None)

    def first_of(self, kind: str, dataset: str | None = None) -> Entry | None:
        """Its first entry of a kind."""
        return next(iter(self.of(kind, dataset)), None)


def cover(
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    lexicon: Lexicon,
    datasets: frozenset[str],
    home: str,
) -> list[Item]:
    """The items of a prompt for the dataset `home`: longest and most exact spans first, leftover words alone.

    `datasets` are home and those its relations lead to; entries of others are not seen.
    """
    by = frozenset(lexicon.speech.operators.get("by", ()))
    ends = _spans_by_end(tokens, spans, datasets, home, by)
    best: list[tuple[float, int, Item | None]] = [(0.0, 0, None)]
    for at in range(len(tokens)):
        before = tokens[at - 1].text if at else ""
        options = [(best[at][0], at, _leftover(tokens[at], at, before, lexicon))]
        options += [(best[item.first][0] + weight, item.first, item) for weight, item in ends[at]]
        best.append(max(options, key=lambda option: (option[0], -option[1])))
    items: list[Item] = []
    at = len(tokens)
    while at > 0:
        _, at, item = best[at]
        if item is not None:
            item.before = tokens[item.first - 1].text if item.first else ""
            items.append(item)
    return items[::-1]


def _spans_by_end(
    tokens: tuple[Token, ...],
    spans: tuple[Span, ...],
    datasets: frozenset[str],
    home: str,
    by: frozenset[str],
) -> dict[int, list[tuple[float, Item]]]:
    """For each last token, the items that end there with their weights; spans of the same words
    are one item. `by` are the words that may also begin what follows."""
    by_place: dict[tuple[int, int], list[Span]] = defaultdict(list)
    starts = {token.start: at for at, token in enumerate(tokens)}
    stops = {token.end: at for at, token in enumerate(tokens)}
    for span in spans:
        first, last = _place(span, tokens, starts, stops)
        if last >= first:
            by_place[first, last].append(span)
    found: dict[int, list[tuple[float, Item]]] = defaultdict(list)
    for (first, last), group in by_place.items():
        item = _merged(first, last, group, datasets, home)
        if item is not None:
            ends_open = item.first < last and tokens[last].text in by
            found[last].append((_weight(item, home, ends_open), item))
    return found


def _place(
    span: Span, tokens: tuple[Token, ...], starts: dict[int, int], stops: dict[int, int]
) -> tuple[int, int]:
    first, last = starts.get(span.start), stops.get(span.end)
    if first is None:
        first = next((at for at, token in enumerate(tokens) if token.end > span.start), len(tokens))
    if last is None:
        last = next((at for at in range(len(tokens) - 1, -1, -1) if tokens[at].start < span.end), -1)
    return first, last


def _merged(first: int, last: int, group: list[Span], datasets: frozenset[str], home: str) -> Item | None:
    group = sorted(group, key=lambda span: -_HOW[span.how])
    entries: dict[Entry, None] = {}
    best: Span | None = None
    for span in group:
        usable = [
            e for e in span.entries if e.dataset in datasets or (e.dataset is None and e.kind not in _APART)
        ]
        if not usable:
            continue
        weaker = (
            best is not None
            and span.how in ("inflected", "spelling")
            and any(e.dataset == home for e in entries)
        )
        if weaker:
            usable = [e for e in usable if e.kind in ("dataset", "field")]
        if usable:
            entries.update(dict.fromkeys(usable))
            best = best or span
    if best is None:
        return None
    elsewhere = any(e.kind == "dataset" and e.dataset != home for span in group for e in span.entries)
    item = Item(first, last, best.start, best.end, best.text, tuple(entries), best.how, best.said)
    item.elsewhere = elsewhere
    return item


def _weight(item: Item, home: str, ends_open: bool) -> float:
    words = item.last - item.first + 1
    at_home = any(e.dataset in (home, None) for e in item.entries)
    says_data = any(e.dataset == home for e in item.entries)
    open_end = 0.5 if ends_open else 0.0  # "completed late | by advisor" before "completed | late by advisor"
    known = (0.3 if says_data else 0.0) - (0.0 if at_home else 3.0) - open_end
    return 10.0 * words - 2.0 + _HOW[item.how] / 2 + known  # fewer and longer phrases first


def _leftover(token: Token, at: int, before: str, lexicon: Lexicon) -> Item | None:
    """A word that no span covers; None when it carries nothing."""
    if token.text in SEPARATORS:
        entry = Entry(kind="operator", name="or" if token.text in "/|" else "and")
        return Item(at, at, token.start, token.end, token.text, (entry,))
    if not token.is_word or lexicon.carries_nothing(token.text, before):
        return None
    return Item(at, at, token.start, token.end, token.typed)
