"""Datasets under a viewer's rights: which there are, and one with its fields, words and policies."""

from __future__ import annotations

from oracle_kit.datasets.policy import access
from oracle_kit.errors import NotFound, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.model import Viewer
from oracle_kit.query import Value
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.rights import allowed_words
from oracle_kit.words import DatasetWords


class Projection(Value):
    """A dataset as one viewer may use it: its words, why it was approved, and the policies that hold for them."""

    words: DatasetWords
    why: str
    grain: str
    policies: tuple[str, ...]


class Datasets:
    """The approved projections of one workbench."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self, *, viewer: Viewer) -> tuple[DatasetWords, ...]:
        """The datasets that the viewer may read."""
        require(viewer, "prompt")
        parts, known = self._parts, self._parts.knowledge.current().words
        words = parts.words.of(viewer, known, lambda: allowed_words(parts.catalog, known, viewer))
        return tuple(words.values())

    def read(self, dataset_id: str, *, viewer: Viewer) -> Projection:
        """One dataset; NotFound where there is none for this viewer."""
        known = {one.id: one for one in self.list(viewer=viewer)}
        if dataset_id not in known:
            hint = did_you_mean(dataset_id, known)
            raise NotFound(f"There is no dataset {dataset_id!r}.", hint=hint)
        dataset = self._parts.catalog.datasets[dataset_id]
        granted = access(dataset, viewer)
        labels = granted.labels if granted is not None else ()
        masks = tuple(f"{one.label} masked" for one in known[dataset_id].fields if one.masked)
        return Projection(
            words=known[dataset_id],
            why=dataset.file.why,
            grain=dataset.file.grain,
            policies=tuple(label for label in (*labels, *masks) if label),
        )
