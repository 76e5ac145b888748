"""What the ranker is told of a template: its asks, its title, and the words of what it shows."""

from __future__ import annotations

from collections.abc import Mapping

from oracle_kit.codebook.template import Template
from oracle_kit.words import DatasetWords, TemplateWords


def template_words(template: Template, datasets: Mapping[str, DatasetWords]) -> TemplateWords:
    """The template's words; those of its dataset are the nouns for its rows."""
    words = datasets.get(template.dataset)
    return TemplateWords(
        id=template.id,
        title=template.title,
        dataset=template.dataset,
        asks=template.asks,
        words=words.words if words is not None else (),
    )
