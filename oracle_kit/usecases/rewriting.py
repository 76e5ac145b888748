"""More asks for a template: in other words that content declares, kept only where they still say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oracle_kit.codebook.asks import same_ask
from oracle_kit.codebook.nearest import asked, nearest
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.reach import TWIN
from oracle_kit.evaluate import load_cases
from oracle_kit.language.rewording import reworded
from oracle_kit.query import Query, Value, canonical_json
from oracle_kit.usecases.understanding import Understanding, Understood
from oracle_kit.words import TemplateWords

LEAK = 0.85  # a cosine from which an ask is close to an evaluation prompt
MOST_TRIED = 60  # rewordings of one template that are read


class Dropped(Value):
    """An ask that was made and not kept, and why."""

    text: str
    reason: str


@dataclass
class Kept:
    """The asks that are kept for one template, and what a new one must keep away from."""

    template_id: str
    ranker: Ranker
    evaluation: Ranker | None
    asks: list[str] = field(default_factory=list)

    def fault(self, text: str) -> str:
        """Why the ask is not to be kept; empty where it is new and stands for itself."""
        own = Ranker.of([TemplateWords(id=self.template_id, title="", dataset="", asks=tuple(self.asks))])
        for ranker, least, told in (
            (self.ranker, TWIN, "says the same as"),
            (own, TWIN, "says the same as"),
            (self.evaluation, LEAK, "is close to the evaluation prompt"),
        ):
            near = _near(text, ranker, least) if ranker is not None else None
            if near is not None and not (ranker is self.ranker and near[1] == self.template_id):
                line, owner = near
                of = f" of {owner}" if ranker is self.ranker else ""
                return f"it {told} “{line}”{of}"
        return ""


def _near(text: str, ranker: Ranker, least: float) -> tuple[str, str] | None:
    """The line that is nearest to the text, and its template's id, where it is at least so near."""
    lines, cosines = nearest(asked(text, ranker.index), ranker.index, ranker.alive, 1)
    if not len(lines):
        return None
    line = ranker.text(int(lines[0]))
    if cosines[0] < least and same_ask(line) != same_ask(text):
        return None
    return line, ranker.templates[int(ranker.index.homes[lines[0]])].id


def evaluation_prompts(file: Path | None) -> Ranker | None:
    """The prompts of the evaluation set, to look for near ones; None where there is no set."""
    if file is None:
        return None
    cases = load_cases(file)
    return Ranker.of(TemplateWords(id=one.id, title="", dataset="", asks=(one.prompt,)) for one in cases)


def more_asks(
    given: Sequence[Understood],
    extra: Iterable[str],
    kept: Kept,
    wanted: int,
    read: Understanding,
    goals: Sequence[Query] = (),
) -> Iterator[Dropped]:
    """Fills `kept` until it has `wanted` asks: those of `extra` first, then rewordings of what is given.

    One is kept where it is understood as what it was made from, or, of `extra`, as one of the `goals`, and is near to
    nothing there is; what is not is told.
    """
    sources = list(given)
    for tried, (text, source) in enumerate(_candidates(sources, extra, read)):
        if len(kept.asks) >= wanted or tried >= MOST_TRIED:
            return
        found = read.of(text)
        reason = _reason(found, source, goals) or kept.fault(text)
        if reason:
            yield Dropped(text=text, reason=reason)
        else:
            kept.asks.append(text)
            sources.append(found)  # to be reworded in its turn


def _candidates(
    sources: Sequence[Understood], extra: Iterable[str], read: Understanding
) -> Iterator[tuple[str, Understood | None]]:
    """Texts to try, each with what it was made from; `sources` may grow meanwhile."""
    yield from ((text, None) for text in extra)
    seen: set[str] = set()
    for source in sources:
        for text in _reworded(source, read):
            if same_ask(text) not in seen:
                seen.add(same_ask(text))
                yield text, source


def _reworded(source: Understood, read: Understanding) -> Iterator[str]:
    if source.reading is None:
        return iter(())
    return reworded(source.text, source.spans, source.reading.query.dataset, read.lexicon)


def _reason(found: Understood, source: Understood | None, goals: Sequence[Query]) -> str:
    if found.why_not or found.reading is None:
        return found.why_not or "it is not understood"
    own = [source.reading.query] if source is not None and source.reading is not None else goals
    return "" if any(same_query(found.reading.query, one) for one in own) else "it reads as something else"


def same_query(one: Query, other: Query) -> bool:
    """Whether two queries ask the same, however their windows were said."""
    return _plain(one) == _plain(other)


def _plain(query: Query) -> str:
    window = query.window.model_copy(update={"text": ""}) if query.window is not None else None
    return canonical_json(query.model_copy(update={"window": window}))
