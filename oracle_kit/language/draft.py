"""A reading in the making: what has been decided for one dataset, and which words it explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from oracle_kit.language.items import Item
from oracle_kit.language.morphology import singular
from oracle_kit.language.titles import measure_label
from oracle_kit.language.tokens import squash, tokenise
from oracle_kit.model import Chip, Choice, Entry, Refusal, Viewer
from oracle_kit.query import Dimension, Having, Measure, Order, Predicate, Scalar, Where, Window
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords, FieldWords, MeasureWords, RelationWords, TermWords

RANKS = (
    "top",
    "bottom",
    "most",
    "fewest",
    "best",
    "worst",
    "latest",
    "last",
    "oldest",
    "first",
    "dearest",
    "cheapest",
    "longest",
    "shortest",
)
GLUE = ("is", "where", "with", "by", "per")


@lru_cache(maxsize=8192)
def _stems(phrase: str) -> tuple[str, ...]:
    return tuple(singular(squash(token.text)) for token in tokenise(phrase))


@dataclass
class Condition:
    """One filter of a reading, the places of the words that say it, and how a person reads it."""

    where: Where
    places: tuple[int, ...]
    label: str

    @property
    def place(self) -> int:
        """Where it begins."""
        return self.places[0]


@dataclass
class Rank:
    """What "top 5", "worst" or "latest" asks for: which end, how many, and by what if that is said."""

    end: str
    item: Item
    count: int | None = None
    measure: Measure | None = None
    field: str | None = None
    rows: bool = False  # what is ranked are the dataset's rows


@dataclass
class Draft:
    """Mutable while a prompt is read; `roles` of the items say what each word was read as."""

    words: DatasetWords
    others: dict[str, DatasetWords]  # the datasets that relations lead to
    items: list[Item]
    clock: Clock
    viewer: Viewer
    belonging: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    restricting: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    trends: frozenset[str] = frozenset()  # phrases that ask for a trend, also at the end of a measure's name
    measures: list[Measure] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    window: Window | None = None
    periods: list[Window] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    rank: Rank | None = None
    sort: Rank | None = None
    limit: int | None = None
    columns: list[str] = field(default_factory=list)
    shape: str = ""
    kind: str = ""  # how the block should look, where that is said
    counting: bool = False
    amount: bool = False  # "how much": the usual measure, not a count
    comparing: bool = False
    share: bool = False
    running: bool = False
    chips: list[Chip] = field(default_factory=list)
    reservations: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._fields = {f.name: f for f in self.words.fields}
        self._measures = {m.name: m for m in self.words.measures}
        self._terms = {t.name: t for t in self.words.terms}
        self._relations = {r.name: r for r in self.words.relations}
        self._nouns = {"".join(_stems(noun)) for noun in self.words.words}
        for item in self.items:
            if item.of("dataset", self.home):
                item.entries = tuple(e for e in item.entries if not self._is_key(e))

    def _is_key(self, entry: Entry) -> bool:
        """Whether an entry is this dataset's key: its label is often the noun, which means the rows."""
        return (entry.kind, entry.name, entry.dataset) == ("field", self.words.key, self.home)

    @property
    def home(self) -> str:
        """The id of the dataset."""
        return self.words.id

    def field_of(self, name: str) -> FieldWords:
        """The field of this name."""
        return self._fields[name]

    def measure_of(self, name: str) -> MeasureWords:
        """The measure of this name."""
        return self._measures[name]

    def term_of(self, name: str) -> TermWords:
        """The term of this name."""
        return self._terms[name]

    def relation_of(self, name: str) -> RelationWords:
        """The relation of this name."""
        return self._relations[name]

    def free(self, at: int) -> Item | None:
        """The item at a place when it is there and has no role yet."""
        return self.items[at] if 0 <= at < len(self.items) and not self.items[at].role else None

    def item(self, at: int) -> Item | None:
        """The item at a place, or None beyond the ends."""
        return self.items[at] if 0 <= at < len(self.items) else None

    def unclaimed(self) -> Iterator[tuple[int, Item]]:
        """Places and items without a role."""
        return ((at, item) for at, item in enumerate(self.items) if not item.role)

    def step(self, at: int, by: int, skip: Iterable[str] = GLUE) -> int:
        """The next place in a direction, over operators that only hold words together."""
        skip = tuple(skip)
        at += by
        while (item := self.item(at)) is not None and item.op(*skip) and not item.of("field", self.home):
            at += by
        return at

    def has_noun(self) -> bool:
        """Whether a noun for this dataset's rows is said."""
        return any(self.is_noun(item) for item in self.items)

    def is_noun(self, item: Item) -> bool:
        """Whether the item names this dataset's rows: its own noun, or a term that stands for them."""
        return bool(item.of("dataset", self.home)) or any(
            self.term_of(e.name).noun for e in item.of("term", self.home)
        )

    def says_noun(self, item: Item) -> bool:
        """Whether the item names the rows, or its phrase begins or ends with their noun: "visit rating"."""
        if self.is_noun(item):
            return True
        known = any(e.dataset == self.home for e in item.entries)
        stems = _stems(item.text) if known else []
        parts = [part for at in range(1, len(stems)) for part in (stems[:at], stems[at:])]
        return any("".join(part) in self._nouns for part in parts)

    def narrows(self, item: Item) -> bool:
        """Whether the word filters before it names a field: "biggest open deals" are open, "latest won deals" won."""
        kinds = [e.kind for e in item.entries if e.dataset == self.home]
        filters = [at for at, kind in enumerate(kinds) if kind in ("term", "value")]
        named = [at for at, kind in enumerate(kinds) if kind in ("field", "measure")]
        timed = any(
            self.term_of(e.name).time for e in item.of("term", self.home)
        )  # its own time orders the rows
        return bool(filters) and (timed or filters < (named or [len(kinds)])) and not self.is_noun(item)

    def add(self, where: Where, places: tuple[int, ...], label: str) -> None:
        """A further condition that rows must meet."""
        self.conditions.append(Condition(where, places, label))

    def present(self, name: str) -> None:
        """Leave out rows that have no value of a field whose values are what is asked for: a closed list has
        one in every row."""
        field = self.field_of(name)
        where = Predicate(field=name, op="not_null")
        tested = any(isinstance(c.where, Predicate) and c.where.field == name for c in self.conditions)
        if field.role == "dimension" and not field.listed and not tested:
            self.conditions.append(Condition(where, (len(self.items),), ""))

    def group(self, dimension: Dimension, item: Item | None, label: str = "") -> None:
        """Group by a field, once; without an item it is a default."""
        if any(d == dimension for d in self.dimensions) or not self.usable(dimension.field):
            return
        self.dimensions.append(dimension)
        name = self.field_of(dimension.field).label
        self.chip(label or f"by {dimension.grain or name}", item, field=dimension.field, op="group")

    def measure(self, measure: Measure, item: Item | None) -> None:
        """Show a measure, once."""
        if any(m == measure for m in self.measures):
            return
        self.measures.append(measure)
        self.chip(measure_label(measure, self.words), item, field=measure.alias, op="measure")

    def has_shape(self, *names: str) -> Item | None:
        """The first item that says one of these shapes."""
        return next((i for i in self.items if any(e.name in names for e in i.of("shape"))), None)

    def claim(self, item: Item, role: str, label: str = "") -> None:
        """Give an item its role; `label` says what it was read as."""
        item.role = role
        if label:
            item.picked.append(label)

    def chip(
        self,
        label: str,
        item: Item | None = None,
        *,
        field: str = "",
        op: str = "",
        values: tuple[Scalar, ...] = (),
        alternatives: tuple[Choice, ...] = (),
    ) -> None:
        """Note one thing that was understood; without an item it is a default."""
        self.chips.append(
            Chip.model_validate(
                {
                    "id": f"chip_{len(self.chips) + 1}",
                    "label": label,
                    "field": field,
                    "op": op,
                    "values": values,
                    "from": "word" if item is not None else "default",
                    "span": (item.start, item.end) if item is not None else None,
                    "alternatives": alternatives,
                }
            )
        )

    def pick(self, entries: Iterable[Entry], item: Item) -> Entry:
        """One entry of several that the same words mean: the declared default, else the first,
        marked as open."""
        options = list({e.name: e for e in entries}.values())
        if len(options) == 1:
            return options[0]
        said = item.text.lower()
        for default in sorted(self.words.defaults, key=lambda default: default.word.lower() != said):
            chosen = next((e for e in options if e.name == default.name), None)
            if chosen is not None:
                return chosen
        listed = [e for e in options if e.name == item.text.lower().replace(" ", "_")]
        if listed:
            return listed[0]
        self.open_between(options, item)
        return options[0]

    def open_between(self, options: Iterable[Entry], item: Item) -> None:
        """Tell that the first of several meanings is taken; those of a value are told by their fields."""
        first, *others = [self.field_of(e.name).label if e.kind == "value" else e.label for e in options]
        self.reservations.append(f"“{item.text}” is read as {first}; it could also mean {', '.join(others)}.")

    def alternatives_of(
        self, entry: Entry, item: Item, op: str, values: tuple[Scalar, ...]
    ) -> tuple[Choice, ...]:
        """The other fields that the same words could mean, as choices on a chip."""
        names = {e.name for e in item.entries if e.kind == entry.kind and e.dataset == self.home} - {
            entry.name
        }
        for default in self.words.defaults:
            if default.name == entry.name:
                names |= set(default.alternatives)
        return tuple(
            Choice(label=self._fields[name].label, field=name, op=op, values=values)
            for name in sorted(names)
            if name in self._fields
        )

    def usable(self, name: str) -> bool:
        """Whether this viewer may filter, sort, group or count by the field; notes the refusal when not."""
        if not self._fields[name].masked:
            return True
        label = self._fields[name].label
        message = (
            f"{label} is personal data, masked for you: nothing is listed, filtered, sorted or counted by it."
        )
        if all(refusal.message != message for refusal in self.refusals):
            hint = f"Ask about {self.words.title.lower()} without it."
            self.refusals.append(Refusal(code="not_permitted", message=message, suggestions=(hint,)))
        return False
