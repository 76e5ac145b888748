"""Templates ranked for a prompt: a classifier learnt from the nearest asks, with a calibrated score."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from oracle_kit.codebook.asks import same_ask
from oracle_kit.codebook.features import words_of
from oracle_kit.codebook.index import Index
from oracle_kit.codebook.lists import Floats, Ints, Lists
from oracle_kit.codebook.local import evidence, likeness, scores, shares
from oracle_kit.codebook.nearest import Asked, asked, nearest
from oracle_kit.model import Match
from oracle_kit.words import TemplateWords

FEWEST, MOST = 48, 128  # nearest lines that the classifier learns from: twice a template's own, within these
NOUNS = 1.0  # what a prompt that is all words of a template's dataset adds to its score
LEAST = 0.05  # a best score below which nothing fits
SURE = 0.98  # of a prompt that is one of the template's asks
SAME = 0.99  # a cosine above which a line may be the prompt itself
# The score is a logistic function of the classifier's log-odds, the share of the prompt's words that are known,
# and the nearest line's cosine; the fewer templates there are, the less their odds say and the more the cosine does.
# Fitted on training parts of the intent sets, cut to 1 to 120 labels, with prompts of the labels left out.
CONSTANT, ODDS, KNOWN = -1.53, 1.42, 2.47
FEW, FEW_ODDS, FEW_COSINE = -6.03, -1.27, 12.74  # each over the root of the number of templates
WIDEST = 6.0  # log-odds that are told apart


@dataclass(frozen=True, eq=False)
class Ranker:
    """An index over the asks and titles of templates; `homes` of its lines are places in `templates`."""

    templates: tuple[TemplateWords, ...]
    index: Index
    alive: Ints  # per line, true while its template is still there

    @classmethod
    def of(cls, templates: Iterable[TemplateWords]) -> Ranker:
        """The ranker of these templates."""
        known = tuple(templates)
        index = Index.of(lines_of(known, 0), len(known))
        return cls(known, index, np.ones(len(index.homes), bool))

    def with_templates(self, added: Iterable[TemplateWords] = (), removed: Collection[str] = ()) -> Ranker:
        """The ranker with further templates, in the place of those of the same id, and without the removed.

        What was there keeps its weights; a ranker built afresh may weigh a little differently.
        """
        new = tuple(added)
        gone = {*removed, *(one.id for one in new)}
        places = [place for place, one in enumerate(self.templates) if one.id in gone]
        index = self.index.grown(lines_of(new, len(self.templates))) if new else self.index
        alive = np.concatenate(
            [
                self.alive & ~np.isin(self.index.homes, places),
                np.ones(len(index.homes) - len(self.alive), bool),
            ]
        )
        return replace(self, templates=(*self.templates, *new), index=index, alive=alive)

    def rank(self, prompt: str, limit: int, *, hidden: int | None = None) -> tuple[Match, ...]:
        """At most `limit` templates that may answer, best first; none where nothing fits.

        A score is how likely the template is the one that is meant (0..1); 0 is a template that only shares
        words or letters with the prompt. The `hidden` line is treated as though it were not there.
        """
        alive = self.alive
        if hidden is not None:
            alive = alive.copy()
            alive[hidden] = False
        said = asked(prompt, self.index)
        lines, cosines = nearest(said, self.index, alive, max(self._lines, 2 * limit))
        if limit < 1 or not len(lines):
            return ()
        found = self._scored(said, lines[: self._lines], cosines[: self._lines])
        own = self._asked_before(prompt, lines, cosines)
        if own is not None:
            found = {own: max(found.pop(own, 0.0), SURE), **found}
        if max(found.values()) < LEAST:
            return ()
        homes = self.index.homes[lines].tolist()
        nearest_line = {home: at for at, home in reversed(list(enumerate(homes)))}
        ranked = [*found, *(home for home in dict.fromkeys(homes) if home not in found)][:limit]
        return tuple(
            self._match(home, found.get(home, 0.0), int(lines[nearest_line.get(home, 0)])) for home in ranked
        )

    def _scored(self, said: Asked, lines: Ints, cosines: Floats) -> dict[int, float]:
        """The templates of the lines with their scores, best first; ties by place."""
        homes = self.index.homes[lines]
        places, found = scores(cosines, likeness(lines, self.index), homes)
        found = found + evidence(said, places, self.index) + NOUNS * self._nouns_said(said, places)
        own = np.zeros(len(self.templates), np.float32)
        np.maximum.at(own, homes, cosines)
        chances = calibrated(shares(found), own[places], said.known, len(self.templates))
        order = np.argsort(-chances, kind="stable")
        return {int(places[at]): round(float(chances[at]), 4) for at in order}

    def _nouns_said(self, said: Asked, places: Ints) -> Floats:
        """For each template, how much of the prompt's words are words of its dataset (0..1)."""
        words, owners = self._nouns.at(places)
        values = np.zeros(len(self.index.vocabulary))
        values[said.words] = said.word_values**2
        return np.bincount(owners, values[words], len(places))

    @cached_property
    def _lines(self) -> int:
        return int(np.clip(2 * len(self.index.homes) / max(len(self.templates), 1), FEWEST, MOST))

    @cached_property
    def _nouns(self) -> Lists:
        """Per template, the words of its dataset that the index knows."""
        known = self.index.word_places
        said = {one.words for one in self.templates}
        words = {texts: {word for text in texts for word in words_of(text)} for texts in said}
        places = {
            texts: sorted(known[word] for word in found if word in known) for texts, found in words.items()
        }
        return Lists.of([places[one.words] for one in self.templates])

    @cached_property
    def _first_lines(self) -> Ints:
        """Per template, the place of its first line: lines stand by their templates."""
        return np.searchsorted(self.index.homes, np.arange(len(self.templates)))

    def text(self, line: int) -> str:
        """The ask or title that a line is."""
        home = int(self.index.homes[line])
        own = lines_of(self.templates[home : home + 1], home)
        return own[line - int(self._first_lines[home])][0]

    def _asked_before(self, prompt: str, lines: Ints, cosines: Floats) -> int | None:
        """The place of the template that has the prompt among its asks; None where none has."""
        form = same_ask(prompt)
        for line in lines[cosines > SAME].tolist():
            if same_ask(self.text(line)) == form:
                return int(self.index.homes[line])
        return None

    def _match(self, place: int, score: float, line: int) -> Match:
        template = self.templates[place]
        why = f"like “{self.text(line)}”"
        return Match(template_id=template.id, dataset=template.dataset, score=score, why=why)


def lines_of(templates: Sequence[TemplateWords], first: int) -> list[tuple[str, int]]:
    """The asks and titles of the templates, with their places counted from `first`."""
    return [
        (text, place)
        for place, one in enumerate(templates, first)
        for text in (*one.asks, one.title)
        if text.strip()
    ]


def calibrated(chances: Floats, cosines: Floats, known: float, templates: int) -> Floats:
    """How likely each template is meant, given the classifier's shares and how near its nearest line is."""
    least = 1.0 / (1.0 + np.exp(WIDEST))
    shares = np.clip(chances.astype(np.float64), least, 1.0 - least)
    odds = np.log(shares / (1.0 - shares))
    few = (FEW + FEW_ODDS * odds + FEW_COSINE * cosines) / np.sqrt(templates)
    found: Floats = 1.0 / (1.0 + np.exp(-(CONSTANT + ODDS * odds + KNOWN * known + few)))
    return found
