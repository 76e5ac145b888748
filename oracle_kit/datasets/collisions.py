"""Words of one dataset that could mean two things, and fields that nothing can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.finding import Finding
from oracle_kit.datasets.projection import ValueFile
from oracle_kit.datasets.tree import names

Path_ = tuple[str | int, ...]


def collisions(dataset: Dataset) -> Iterator[Finding]:
    """A warning for each word that names two things of the dataset and that no default decides."""
    said: dict[str, list[tuple[str, Path_]]] = defaultdict(list)
    for word, what, path in _words(dataset):
        said[" ".join(word.casefold().split())].append((what, path))
    for word, meanings in said.items():
        different = list(dict.fromkeys(what for what, _ in meanings))
        if len(different) > 1 and word not in dataset.file.defaults and not _decided(different):
            hint = f"Write `{word}` under `defaults`, or leave it out of one."
            listed = " and ".join(different[:3])
            yield _warning(dataset, meanings[1][1], f"{word!r} is {listed}", hint)


def _decided(meanings: list[str]) -> bool:
    """A measure and the dataset's own noun may share a word, and so may the values of several fields."""
    kinds = {meaning.split()[1] for meaning in meanings}
    return kinds <= {"value"} or kinds == {"noun", "measure"}


def _words(dataset: Dataset) -> Iterator[tuple[str, str, Path_]]:
    file = dataset.file
    for word in file.words:
        yield word, "the noun of its rows", ("words",)
    for name, field in file.fields.items():
        for word in field.words:
            yield word, f"the field {name}", ("fields", name, "words")
        for position, item in enumerate(field.values if field.values != "database" else ()):
            if isinstance(item, ValueFile):
                for word in (str(item.value), *item.words):
                    yield word, f"a value of {name}", ("fields", name, "values", position)
    for name, measure in file.measures.items():
        for word in measure.words:
            yield word, f"the measure {name}", ("measures", name, "words")
    for name, term in file.glossary.items():
        for word in term.words:
            yield word, f"the term {name}", ("glossary", name, "words")
    for name, relation in file.relations.items():
        for word in relation.words:
            yield word, f"the relation {name}", ("relations", name, "words")


def unused(dataset: Dataset) -> Iterator[Finding]:
    """A warning for each field that no word, list, expression, relation or policy names."""
    file = dataset.file
    reached = {
        file.key,
        file.owner,
        file.default_time,
        *file.list_columns,
        *(step for path in file.drill for step in path),
    }
    reached |= {name.removeprefix("-") for name in file.list_order}
    reached |= {(file.default_dimension or "").partition(":")[0], file.best.by if file.best else None}
    reached |= {key for one in file.relations.values() for key in one.keys}
    nodes = [dataset.where, *dataset.row_filters.values(), *(one.node for one in dataset.measures.values())]
    nodes += [one.node for one in dataset.terms.values()] + [one.node for one in dataset.fields.values()]
    reached |= {name for node in nodes for name in names(node)[0]}
    for name, field in dataset.fields.items():
        said = field.file.words or field.file.past or field.file.values
        if name not in reached and not said:
            hint = "Give it words, or leave it out."
            yield _warning(dataset, ("fields", name), f"nothing names the field {name!r}", hint)


def unread(dataset: Dataset) -> Iterator[Finding]:
    """A warning for a dataset without a policy."""
    if dataset.file.policy is None or not dataset.file.policy.roles:
        yield _warning(
            dataset, (), f"{dataset.id} has no policy: nobody may read it", "Write `policy: {roles: …}`."
        )


def _warning(dataset: Dataset, path: Path_, message: str, hint: str) -> Finding:
    return Finding(
        level="warning",
        file=dataset.document.file,
        line=dataset.document.line(path),
        field=".".join(map(str, path)),
        message=message,
        hint=hint,
    )
