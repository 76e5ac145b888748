"""What is known of files, with further templates: those stored in state, or a trial's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oracle_kit.codebook.load import Chapter, Codebook
from oracle_kit.codebook.ranked_words import template_words
from oracle_kit.codebook.template import Template
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.pipeline.knowledge import Knowledge
from oracle_kit.pipeline.plan import Planner
from oracle_kit.pipeline.plan_codebook import CodebookPlanner
from oracle_kit.pipeline.plan_suggest import SuggestionPlanner


def stocked(known: Knowledge, templates: Sequence[Template], chapters: Sequence[Chapter] = ()) -> Knowledge:
    """The knowledge with further templates, in the place of those of the same id; nothing is weighed anew."""
    if not templates and not chapters:
        return known
    codebook = known.codebook.with_stored(templates, chapters)
    return replace(
        known,
        codebook=codebook,
        ranker=known.ranker.with_templates(template_words(one, known.words) for one in templates),
        planners=codebook_planners(known.lexicon, codebook),
    )


def codebook_planners(lexicon: Lexicon, codebook: Codebook) -> tuple[Planner, ...]:
    """The rungs of the ladder that stand on content alone, first to last."""
    return CodebookPlanner(lexicon, codebook.templates), SuggestionPlanner(lexicon, codebook.templates)
