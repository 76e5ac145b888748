"""The last rung: it says what was not understood, and shows the nearest templates as suggestions, never as the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from oracle_kit.codebook.template import Template
from oracle_kit.errors import nearest
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.reading import Left
from oracle_kit.language.sentence import Sentence
from oracle_kit.model import Candidates, Context, Mode, Plan, Refusal, Step
from oracle_kit.pipeline.plan import notice

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
        templates = [self._templates[m.template_id] for m in candidates.matches if m.template_id in self._templates]
        refusal = self._refusal(sentence, left, candidates, templates[:MOST_SUGGESTIONS])
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
        if not left:
            return Refusal(code="not_understood", message=f"{sentence.not_understood().capitalize()}.", suggestions=asks)
        words = ", ".join(f"“{word.text}”" for word in left)
        hint = self._hint(left)
        message = f"Not understood: {words}. {hint}".strip()
        return Refusal(code="not_understood", message=message, suggestions=asks)

    def _hint(self, left: tuple[Left, ...]) -> str:
        close = nearest(left[0].text, self._lexicon.content, 2)
        return f"Did you mean {' or '.join(close)}?" if close else "Say it with a field, a value or a measure that is known here."


def _suggestion(template: Template) -> Step:
    """The template's first block as it stands, marked as a suggestion."""
    block = template.blocks[0]
    return Step(
        kind=block.kind,
        title=block.title,
        template_id=template.id,
        queries=block.queries,
        props=block.props,
        width=block.width,
        mode="deterministic_fallback",
        suggestion=True,
    )
