"""The law of honesty on this rung: each word of the prompt is in the query, and the query says nothing beyond them."""

from __future__ import annotations

from collections.abc import Iterator

from oracle_kit.llm.planner_answer import StepAnswer, WordAnswer
from oracle_kit.llm.planner_asked import Asked, AskedWord
from oracle_kit.model import Entry
from oracle_kit.query import Measure, Not, Predicate, Query, Related, Term, Where
from oracle_kit.words import DatasetWords

_GROUPING = frozenset({"by", "per", "wise", "breakdown"})
_NEGATIVE = frozenset({"not", "except", "without", "never"})
_GLUE = frozenset({"with", "where", "is", "and", "owned"})
_JOINING = frozenset({"and", "or"})
_DATA = frozenset(
    {
        "dataset",
        "value",
        "term",
        "measure",
        "field",
        "past",
        "relation",
        "window",
        "grain",
        "comparison",
        "number",
    }
)
_CLAIMED = frozenset({"value", "term", "measure", "group", "dataset", "relation"})
_HIGH = frozenset({"top", "most", "latest", "dearest", "longest", "descending"})
_LOW = frozenset({"bottom", "fewest", "oldest", "cheapest", "shortest", "ascending", "first"})
_LISTING = frozenset({"list", "which", "who"})
_NEED_NO_WORD = frozenset({"dataset", "default", "layout"})


def elements(query: Query, step: StepAnswer, words: DatasetWords) -> frozenset[str]:
    """All that a query says, as keys `kind:what`; `default:` for what content adds by itself."""
    return frozenset(_elements(query, step, words))


def _elements(query: Query, step: StepAnswer, words: DatasetWords) -> Iterator[str]:
    yield f"dataset:{query.dataset}"
    yield f"layout:{step.layout}"
    for measure in query.measures:
        plain = measure == words.default_measure or measure == Measure(fn="count")
        yield f"{'default' if plain else 'measure'}:{measure.alias}"
    for dimension in query.dimensions:
        yield f"group:{dimension.field}:{dimension.grain or ''}"
    for part in _parts(query.where):
        yield from _condition(part)
    if query.window is not None:
        yield f"window:{query.window.text}"
    if query.limit is not None:
        yield f"limit:{query.limit}"
    for answer in step.order:
        yield f"order:{answer.by}:{'high' if answer.descending else 'low'}"


def _parts(where: Where | None) -> tuple[Where, ...]:
    if where is None:
        return ()
    return where.parts if where.kind == "and" else (where,)


def _condition(part: Where) -> Iterator[str]:
    if isinstance(part, Predicate):
        negative = part.op in ("ne", "not_in", "is_null")
        sign = "-" if negative else "+"
        if part.op in ("eq", "ne", "in", "not_in"):
            yield from (f"value:{part.field}={value}:{sign}" for value in part.values)
        else:
            yield f"filter:{part.field}:{part.op}:{','.join(map(str, part.values))}:{sign}"
    elif isinstance(part, Term):
        yield f"term:{part.name}:+"
    elif isinstance(part, Not) and isinstance(part.part, Term):
        yield f"term:{part.part.name}:-"
    elif isinstance(part, Related):
        yield f"relation:{part.relation}:{'-' if part.count == 0 else '+'}"


class Account:
    """Which words a step explains, what it says that no word does, and how unknown words were taken."""

    def __init__(self, query: Query, step: StepAnswer, asked: Asked, claims: tuple[WordAnswer, ...]) -> None:
        self._query, self._step, self._asked = query, step, asked
        self._dataset = next(one for one in asked.datasets if one.id == query.dataset)
        self._said = elements(query, step, self._dataset)
        self._words = asked.words.get(query.dataset, ())
        self.explained: list[AskedWord] = []
        self.unexplained: list[AskedWord] = []
        self.readings: list[str] = []  # how words that nothing knows were taken
        self._known: set[str] = set()
        self._run(claims)

    def invented(self) -> tuple[str, ...]:
        """What the query says although no word of the prompt does."""
        needs = (one for one in self._said if one.partition(":")[0] not in _NEED_NO_WORD)
        found = [one for one in needs if one not in self._known]
        if any(one.startswith("limit:") for one in self._known):
            found = [one for one in found if not one.startswith("order:")]  # which end of a cut nothing said
        return tuple(sorted((*found, *self._window_field())))

    def _window_field(self) -> Iterator[str]:
        """The time field of the window, when neither a word nor content names it."""
        window, words = self._query.window, self._dataset
        if window is None:
            return
        usual = {words.default_time, *(m.time for m in words.measures if f"measure:{m.name}" in self._said)}
        usual |= {m.time for m in words.measures if f"default:{m.name}" in self._said}
        usual |= {term.time for term in words.terms if f"term:{term.name}:+" in self._said}
        usual |= {e.name for w in self._words for e in w.entries if e.kind in ("past", "field")}
        if window.field not in usual:
            yield f"that {window.text} is of {window.field}"

    def _run(self, claims: tuple[WordAnswer, ...]) -> None:
        unknown = []
        for word, negated in zip(self._words, self._negated(), strict=True):
            if not word.entries:
                unknown.append(word)
                continue
            found = self._meant(word, negated)
            self._known |= found
            (self.explained if found else self.unexplained).append(word)
        for word in unknown:
            claimed = self._claim(word, claims)
            (self.explained if claimed else self.unexplained).append(word)

    def _meant(self, word: AskedWord, negated: bool) -> set[str]:
        """What of the query a known word is; a word that names data is never a mere function word."""
        data = [e for e in word.entries if e.kind in _DATA]
        found = {key for entry in data or word.entries for key in self._of(entry, word)}
        wrong = ":+" if negated else ":-"
        return found if not data else {key for key in found if not key.endswith(wrong)}

    def _negated(self) -> list[bool]:
        """For each word, whether a "not", "without" or the like before it is about it."""
        found: list[bool] = []
        pending, fields = (
            False,
            set[str](),
        )  # a negation waits for its word; the fields of the last negated one
        for word in self._words:
            names = {e.name for e in word.entries if e.kind == "operator"}
            data = {e.name for e in word.entries if e.kind in _DATA}
            if data or not word.entries:
                found.append(pending or bool(fields & data))
                fields = data if found[-1] else set()
                pending = False
                continue
            found.append(False)
            pending = pending or bool(names & _NEGATIVE)
            fields = fields if names & _JOINING else set()
        return found

    def _claim(self, word: AskedWord, claims: tuple[WordAnswer, ...]) -> bool:
        """Whether the model took an unknown word for something that no other word says."""
        if word.proper:
            return False
        claim = next((c for c in claims if word.text.casefold() in c.text.casefold().split()[:3]), None)
        if claim is None:
            return False
        found = {key for key in self._said - self._known if _names(claim.means, key)}
        found = {
            key
            for key in found
            if key.partition(":")[0] in ("value", "term", "measure", "group", "dataset", "relation")
        }
        if not found:
            return False
        self._known |= found
        self.readings.append(f"“{word.text}” is read as {_plain(min(found))} by a model.")
        return True

    def _of(self, entry: Entry, word: AskedWord) -> Iterator[str]:
        """The elements of the query that a known meaning of a word is."""
        kind = entry.kind
        if kind in ("filler", "operator", "shape", "kind", "aggregate"):
            yield from self._of_function(entry)
        elif entry.dataset not in (None, self._query.dataset):
            yield from self._starting(
                *(f"relation:{r.name}:" for r in self._dataset.relations if r.dataset == entry.dataset)
            )
        elif kind == "dataset":
            yield f"dataset:{entry.name}"
        elif kind == "value":
            values = entry.values or (entry.value,)
            yield from self._exactly(
                *(f"value:{entry.name}={value}:{sign}" for value in values for sign in "+-")
            )
        elif kind == "term":
            yield from self._starting(f"term:{entry.name}:")
        elif kind == "measure":
            yield from self._starting(
                f"measure:{entry.name}", f"default:{entry.name}", f"order:{entry.name}:"
            )
        elif kind in ("field", "past"):
            yield from self._of_field(entry.name)
        elif kind == "relation":
            yield from self._starting(f"relation:{entry.name}:")
        elif kind == "window" and self._query.window is not None and entry.window is not None:
            if entry.window.text == self._query.window.text:
                yield f"window:{entry.window.text}"
        elif kind == "grain":
            yield from (
                one for one in self._said if one.startswith("group:") and one.endswith(f":{entry.name}")
            )
        elif kind in ("comparison", "number"):
            yield from self._of_number(word)

    def _of_field(self, name: str) -> Iterator[str]:
        yield from self._starting(f"group:{name}:", f"value:{name}=", f"filter:{name}:", f"order:{name}:")
        aliases = [m.alias for m in self._query.measures if m.field == name]
        yield from self._exactly(*(f"measure:{alias}" for alias in aliases))
        if self._query.window is not None and self._query.window.field == name:
            yield f"window:{self._query.window.text}"

    def _of_number(self, word: AskedWord) -> Iterator[str]:
        for read in self._asked.values.get(self._query.dataset, ()):
            if (read.start, read.end) != (word.start, word.end):
                continue
            joined = ",".join(map(str, read.values))
            yield from (
                one
                for one in self._said
                if one.startswith(f"filter:{read.field}:{read.op or ''}") and f":{joined}:" in one
            )
            yield from self._exactly(
                *(f"value:{read.field}={v}:{sign}" for v in read.values for sign in "+-")
            )
        limits = {str(e.value) for e in word.entries} | {str(v) for e in word.entries for v in e.values}
        yield from (one for one in self._said if one.startswith("limit:") and one[6:] in limits)

    def _of_function(self, entry: Entry) -> Iterator[str]:
        """Function words are explained by what the query has of their kind."""
        name, kind = entry.name, entry.kind
        if (
            kind == "filler"
            or (kind == "operator" and name in _GLUE)
            or (kind == "shape" and name == "amount")
        ):
            yield "default:"
        elif kind == "operator" and name in _GROUPING:
            yield from ("default:" for one in self._said if one.startswith("group:"))
        elif kind == "operator" and name in _NEGATIVE:
            yield from ("default:" for one in self._said if one.endswith(":-"))
        elif kind == "operator" and name == "or":
            parts = _parts(self._query.where)
            yield from ("default:" for p in parts if isinstance(p, Predicate) and p.op in ("in", "not_in"))
        elif kind == "operator" and name in (_HIGH | _LOW):
            end = ":high" if name in _HIGH else ":low"
            yield from (one for one in self._said if one.startswith("order:") and one.endswith(end))
        elif kind == "operator" and name == "sort":
            yield from (one for one in self._said if one.startswith("order:"))
        elif kind == "operator" and name in ("versus", "compare"):
            yield from self._compared()
        elif kind == "aggregate":
            yield from self._aggregated(name)
        elif kind == "shape" and name in _LISTING:
            yield from ("default:" for _ in self._query.columns[:1] or self._query.dimensions[:1])
        elif kind == "shape" and name == "trend":
            yield from ("default:" for one in self._query.dimensions if one.grain)
        elif kind == "kind" and name == self._step.layout:
            yield f"layout:{name}"

    def _compared(self) -> Iterator[str]:
        for part in _parts(self._query.where):
            if isinstance(part, Predicate) and part.op == "in" and len(part.values) > 1:
                yield from ("default:" for one in self._query.dimensions if one.field == part.field)

    def _aggregated(self, name: str) -> Iterator[str]:
        for measure in self._query.measures:
            if measure.fn == name or (measure.name and name in ("sum", "count")):
                yield "default:"
                yield from (
                    one for one in (f"measure:{measure.alias}",) if measure.fn == name and one in self._said
                )

    def _exactly(self, *keys: str) -> Iterator[str]:
        yield from (one for one in keys if one in self._said)

    def _starting(self, *heads: str) -> Iterator[str]:
        yield from (one for one in self._said if one.startswith(heads) and heads)


def _names(means: str, key: str) -> bool:
    """Whether what a model wrote for a word is the name of an element."""
    said = means.casefold().strip()
    what = key.partition(":")[2].removesuffix(":+").removesuffix(":-").casefold()
    return bool(said) and said in (
        what,
        what.partition("=")[0],
        what.partition("=")[2],
        what.partition(":")[0],
    )


def _plain(key: str) -> str:
    kind, _, what = key.partition(":")
    what = what.removesuffix(":+").removesuffix(":-")
    return f"the {kind} {what}" if kind != "value" else what.replace("=", " ")
