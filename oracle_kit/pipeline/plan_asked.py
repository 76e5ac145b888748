"""Prompts that are an ask of a template word for word: its author has said what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from oracle_kit.codebook.asks import same_ask
from oracle_kit.codebook.template import Template, TemplateBlock
from oracle_kit.model import Candidates, Mode, Plan, Step


def plan_ask(prompt: str, templates: Mapping[str, Template], candidates: Candidates) -> Plan | None:
    """The template whose ask the prompt is, as it stands; None where there is none, or where it has places to fill."""
    said = same_ask(prompt)
    ranked = (templates[match.template_id] for match in candidates.matches if match.template_id in templates)
    template = next((one for one in ranked if said in map(same_ask, one.asks)), None)
    if template is None or template.general:
        return None
    allowed = {words.id for words in candidates.datasets}
    blocks = [
        block
        for block in template.blocks
        if not block.slots and all(query.dataset in allowed for query in block.queries.values())
    ]
    if not blocks or blocks[0] is not template.blocks[0]:
        return None
    return Plan(steps=tuple(step_of(template, block) for block in blocks))


def step_of(template: Template, block: TemplateBlock, mode: Mode = "codebook_retrieval") -> Step:
    """A block of a template as it stands."""
    return Step(
        kind=block.kind,
        title=block.title,
        template_id=template.id,
        queries=block.queries,
        props=block.props,
        width=block.width,
        mode=mode,
    )
