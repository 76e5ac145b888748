"""Ranking at 100, 10,000 and 100,000 templates: building the index, reading it from disk, ranking one prompt.

Beside each figure its floor in the same run: scikit-learn's TF-IDF of the same features for building and ranking
(nearest ask by a sparse product), the bare reading of the file's bytes for loading. Templates are the ones that ship,
then combinations of their words, six asks each; the prompts are those of the development set.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only wait for each other

from benchmarks.intent_sets import vectors
from oracle_kit.codebook.features import words_of
from oracle_kit.codebook.kept import content, kept_ranker
from oracle_kit.codebook.load import Codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.words import TemplateWords

SIZES = (100, 10_000, 100_000)
ASKS = 6
LIMIT = 12  # matches of a prompt, as the pipeline asks for
PROMPTS = 200
SEED = 5
FLOOR_UP_TO = 10_000  # templates; the floor needs minutes and gigabytes above
TO_REACH = {100: "2 ms", 10_000: "5 ms; built in 5 s, loaded in 0.3 s", 100_000: "20 ms"}
HERE = Path(__file__).parent


def shipped() -> list[TemplateWords]:
    """The templates that ship, as the ranker is told of them."""
    from oracle_kit.bootstrap import open_catalog, open_clock, open_codebook
    from oracle_kit.canvas.kinds import standard_kinds
    from oracle_kit.codebook.ranked_words import template_words
    from oracle_kit.settings import read_settings

    settings = read_settings()
    catalog = open_catalog(settings)
    codebook: Codebook = open_codebook(
        settings, catalog, standard_kinds(), open_clock(settings, catalog, demo=True)()
    )
    datasets = {one.id: one for one in catalog.words()}
    return [template_words(one, datasets) for one in codebook.templates.values()]


def many(known: Sequence[TemplateWords], count: int) -> list[TemplateWords]:
    """So many templates: the known ones first, then new ones out of words that stand beside each other in them."""
    draw = random.Random(SEED)  # noqa: S311  # made-up templates that can be repeated, no secret
    asks = [words_of(ask) for one in known for ask in one.asks]
    names = [
        f"{one}{two}"
        for one in ("ka", "to", "mi", "re", "su", "ne", "lo")
        for two in ("ra", "vik", "den", "po")
    ]
    made = list(known[:count])
    while len(made) < count:
        like = draw.choice(known)
        own = [draw.choice(names) + draw.choice(names), *draw.choice(asks)[:2]]
        said = []
        for ask in range(ASKS):
            words = [*words_of(draw.choice(like.asks)), *own[: 1 + ask % 3]]
            said.append(" ".join(draw.sample(words, len(words))))
        made.append(like.model_copy(update={"id": f"made.up.t{len(made)}", "title": "", "asks": tuple(said)}))
    return made


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds, and what came back."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def each(ask: Callable[[str], object], prompts: Sequence[str]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    took = sorted(timed(lambda prompt=prompt: ask(prompt))[0] * 1000 for prompt in prompts)  # type: ignore[misc]
    return statistics.median(took), took[int(len(took) * 0.95)]


def measure(templates: list[TemplateWords], prompts: Sequence[str], folder: Path) -> None:
    """The figures at one size, printed."""
    size = len(templates)
    built, ranker = timed(lambda: Ranker.of(templates))
    assert isinstance(ranker, Ranker)
    written, _ = timed(lambda: kept_ranker(templates, folder))
    loaded, kept = timed(lambda: kept_ranker(templates, folder))
    assert isinstance(kept, Ranker)
    first, _ = timed(lambda: kept.rank(prompts[0], LIMIT))
    file = folder / f"ranker-{content(templates)[:32]}.npz"
    bare, _ = timed(file.read_bytes)
    p50, p95 = each(lambda prompt: kept.rank(prompt, LIMIT), prompts)
    grown, more = timed(lambda: kept.with_templates(templates[:1], removed=[templates[1].id]))
    assert isinstance(more, Ranker)
    again, _ = timed(lambda: more.rank(prompts[0], LIMIT))
    print(
        f"\n{size:,} templates, {len(ranker.index.homes):,} lines   (to reach, a prompt in all: {TO_REACH[size]})"
    )
    print(f"  built {built:.2f} s; built and written {written:.2f} s")
    print(f"  loaded {loaded:.3f} s, its first prompt {first * 1000:.0f} ms", end="")
    print(f"; bare bytes {bare:.3f} s, {file.stat().st_size / 1e6:.0f} MB")
    print(
        f"  one template replaced and one removed {grown * 1000:.0f} ms, the next prompt {again * 1000:.0f} ms"
    )
    print(f"  ranking p50 {p50:.2f} ms, p95 {p95:.2f} ms")
    if size <= FLOOR_UP_TO:
        floor(templates, prompts)


def floor(templates: list[TemplateWords], prompts: Sequence[str]) -> None:
    """The floor, printed."""
    asks = [ask for one in templates for ask in (*one.asks, one.title)]
    made = vectors()
    built, known = timed(lambda: made.fit_transform(asks).T.tocsr())
    p50, p95 = each(lambda prompt: (made.transform([prompt]) @ known).toarray().argmax(), prompts)
    print(f"  floor, TF-IDF nearest ask: built {built:.2f} s; ranking p50 {p50:.2f} ms, p95 {p95:.2f} ms")


def main() -> None:
    """Print the figures of every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, choices=SIZES)
    chosen = parser.parse_args()
    lines = (HERE / "devset.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line)["prompt"] for line in lines]
    prompts = [one if isinstance(one, str) else one[0] for one in said]
    prompts = random.Random(SEED).sample(prompts, PROMPTS)  # noqa: S311  # as above
    known = shipped()
    with tempfile.TemporaryDirectory() as folder:
        for size in chosen.sizes:
            measure(many(known, size), prompts, Path(folder) / str(size))


if __name__ == "__main__":
    main()
