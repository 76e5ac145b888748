"""The last rung: it says what was not understood, and shows the nearest templates as suggestions,
never as the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from oracle_kit.codebook.template import Template
from oracle_kit.language.explaining import explain_left
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.reading import Left
from oracle_kit.language.sentence import Sentence
from oracle_kit.model import Candidates, Context, Mode, Plan, Refusal, Step
from oracle_kit.pipeline.plan import notice
from oracle_kit.pipeline.plan_asked import step_of
from oracle_kit.pipeline.select import can_ask

MOST_SUGGESTIONS = 3


class SuggestionPlanner:
    """Always plans: a notice that names the words, then templates titled by what they do show."""

    mode: ClassVar[Mode] = "deterministic_fallback"

    def __init__(self, lexicon: Lexicon, templates: Mapping[str, Template]) -> None:
        self._lexicon, self._templates = lexicon, templates

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan:
        """A notice first, then at most three suggestion steps."""
        sentence = Sentence.of(prompt, candidates, context, self._lexicon)
        left = sentence.left()
        allowed = {words.id for words in candidates.datasets}
        known = [
            self._templates[m.template_id] for m in candidates.matches if m.template_id in self._templates
        ]
        templates = [t for t in known if all(q.dataset in allowed for q in t.blocks[0].queries.values())]
        refusal = self._refusal(sentence, left, candidates, templates[:MOST_SUGGESTIONS])
        if not refusal.suggestions:
            instead = can_ask(tuple(words.title for words in candidates.datasets))
            refusal = refusal.model_copy(update={"suggestions": instead})
        steps = [notice(refusal, self.mode)]
        steps += [_suggestion(template) for template in templates[:MOST_SUGGESTIONS]]
        return Plan(
            steps=tuple(steps),
            refusals=(refusal,),
            not_understood=tuple(dict.fromkeys(word.text for word in left)),
        )

    def _refusal(
        self, sentence: Sentence, left: tuple[Left, ...], candidates: Candidates, templates: list[Template]
    ) -> Refusal:
        asks = tuple(template.asks[0] for template in templates)
        if not left or sentence.best is None:
            message = f"{sentence.not_understood().capitalize()}."
            return Refusal(code="not_understood", message=message, suggestions=asks)
        datasets = {words.id: words for words in candidates.datasets}
        words = datasets[sentence.best.reading.query.dataset]
        prompt, spans = sentence.prompt, candidates.spans
        refusal = explain_left(
            prompt, sentence.tokens, spans, left, words, candidates.datasets, self._lexicon
        )
        return refusal.model_copy(update={"suggestions": (*refusal.suggestions, *asks)})


def _suggestion(template: Template) -> Step:
    """The template's first block as it stands, marked as a suggestion."""
    step = step_of(template, template.blocks[0], "deterministic_fallback")
    return step.model_copy(update={"suggestion": True})
