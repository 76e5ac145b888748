"""The first rung: readings of the prompt, bound to templates; it answers only when every content
word is explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from oracle_kit.codebook.template import Template
from oracle_kit.language.choice import Chosen
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.sentence import Sentence
from oracle_kit.model import Candidates, Context, Mode, Plan, Step
from oracle_kit.pipeline.plan import Handover, refused
from oracle_kit.pipeline.plan_asked import plan_ask
from oracle_kit.pipeline.plan_bind import Shelf, bind_steps
from oracle_kit.pipeline.plan_followup import plan_followup


class CodebookPlanner:
    """Answers from content alone: exact, quick, the same each time."""

    mode: ClassVar[Mode] = "codebook_retrieval"

    def __init__(self, lexicon: Lexicon, templates: Mapping[str, Template]) -> None:
        self._lexicon, self._shelf = lexicon, Shelf.of(templates)

    def plan(self, prompt: str, candidates: Candidates, context: Context) -> Plan | Handover:
        """Steps for the reading that explains every content word, or which words none explains."""
        sentence = Sentence.of(prompt, candidates, context, self._lexicon)
        changed = plan_followup(sentence, candidates, context)
        if changed is not None:
            return changed
        parts = sentence.understood()
        if not parts:
            masked = sentence.best.reading.refusals if sentence.best is not None else ()
            if masked:
                return refused(masked)
            asked = plan_ask(prompt, self._shelf.by_id, candidates)
            return asked or Handover(reason=sentence.not_understood())
        if not context.blocks and sentence.only_changes():
            return Handover(reason="there is nothing on the page yet that this could change")
        refusals = tuple(refusal for part in parts for refusal in part.reading.refusals)
        if refusals:
            return refused(refusals)
        return self._answer(parts, candidates, context)

    def _answer(self, parts: tuple[Chosen, ...], candidates: Candidates, context: Context) -> Plan:
        steps: list[Step] = []
        for part in parts:
            reading = part.reading
            if len(parts) > 1:  # the scores are of the whole prompt: they choose no shape for a part of it
                reading = reading.model_copy(update={"implicit": False})
            bound = bind_steps(reading, self._shelf, candidates, context.clock)
            steps.extend(bound[:1] if len(parts) > 1 else bound)  # one block for each of several questions
        ties = tuple(tie for part in parts for tie in part.ties)
        reservations = tuple(r for part in parts for r in part.reading.reservations)
        if ties:
            other = ", ".join(tie.title for tie in ties)
            reservations += (f"This could also mean: {other}.",)
        return Plan(
            steps=tuple(steps),
            reservations=reservations,
            choices=tuple(c for part in parts for c in part.reading.choices) + tuple(t.title for t in ties),
        )
