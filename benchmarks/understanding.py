"""Understanding a prompt at 100, 10,000 and 100,000 templates: words, ranking, selection and plan, nothing fetched.

How to read it: `in all` is what a prompt waits for before its statements run (to reach: p50 2, 5 and 20 ms); `names`
is the share of selection that asks the database for words that nothing explains, which grows with the database and not
with the templates, and is left out of `in all`. The floor cuts the same prompts into words and looks each up in one
dictionary of all known phrases, in the same run. Templates beyond those that ship are made up of their words.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.ranker_speed import many
from oracle_kit import Settings, open_oracle
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.ranked_words import template_words
from oracle_kit.codebook.template import Template
from oracle_kit.demo import build
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.spans import find_spans
from oracle_kit.language.tokens import tokenise
from oracle_kit.model import Context, Retrieved
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.plan_codebook import CodebookPlanner
from oracle_kit.pipeline.plan_suggest import SuggestionPlanner
from oracle_kit.pipeline.retrieve import MOST_MATCHES
from oracle_kit.pipeline.select import select
from oracle_kit.query import Scalar
from oracle_kit.usecases.rights import allowed_words

SIZES = (100, 10_000, 100_000)
TO_REACH = {100: 2, 10_000: 5, 100_000: 20}
SEED = 5
PROMPTS = 150
ROUNDS = 3
STAGES = ("words", "ranking", "selection", "plan", "in all", "floor")
HERE = Path(__file__).parent
Times = dict[str, list[float]]


class Desk:
    """What understanding needs of the demo: its words as an analyst may use them."""

    def __init__(self, folder: Path, scale: float) -> None:
        url = f"duckdb:///{folder / 'velocity.duckdb'}"
        build(url, scale=scale)
        self.oracle = open_oracle(Settings(warehouse_url=url, home=folder))
        parts = self.oracle._parts  # the benchmark times the stages one by one
        knowledge = parts.knowledge.current()
        viewer = self.oracle.viewer("analyst")
        self.context = Context(viewer=viewer, clock=parts.clock())
        self.lexicon: Lexicon = knowledge.lexicon
        self.words = allowed_words(parts.catalog, knowledge.words, viewer)
        self.templates: Mapping[str, Template] = knowledge.codebook.templates

    def codebook(self, count: int) -> tuple[Ranker, dict[str, Template]]:
        """So many templates, ranked and ready to be bound: those that ship first, then made-up ones like them."""
        known = [template_words(one, self.words) for one in self.templates.values()]
        made = many(known, count)
        kinds = list(self.templates.values())
        templates = {
            one.id: self.templates.get(one.id) or _like(kinds, one.dataset, at, one.id, one.asks)
            for at, one in enumerate(made)
        }
        return Ranker.of(made), templates


def _like(kinds: Sequence[Template], dataset: str, at: int, name: str, asks: tuple[str, ...]) -> Template:
    """A template of the dataset under another name, with other asks."""
    same = [one for one in kinds if one.dataset == dataset and not one.general]
    return same[at % len(same)].model_copy(update={"id": name, "asks": asks})


def no_names(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
    """A database in which nobody has that name."""
    return ()


def measure(desk: Desk, count: int, prompts: Sequence[str]) -> Times:
    """Milliseconds of every stage, a figure for each prompt and round."""
    ranker, templates = desk.codebook(count)
    planners = (CodebookPlanner(desk.lexicon, templates), SuggestionPlanner(desk.lexicon, templates))
    phrases = dict.fromkeys(desk.lexicon.exact, True)
    times: Times = {stage: [] for stage in STAGES}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        started = perf_counter()
        value = work()
        times[stage].append((perf_counter() - started) * 1000)
        return value

    def understand(prompt: str) -> None:
        spans = timed("words", lambda: find_spans(prompt, desk.lexicon, desk.context.clock))
        matches = timed("ranking", lambda: ranker.rank(prompt, MOST_MATCHES))
        found = Retrieved(spans=spans, matches=matches)
        chosen = timed(
            "selection",
            lambda: select(prompt, found, desk.lexicon, desk.words.get, no_names, desk.context),
        )
        timed("plan", lambda: plan(prompt, chosen, desk.context, planners))

    for at in range(ROUNDS + 1):
        for prompt in prompts:
            timed("in all", lambda prompt=prompt: understand(prompt))  # type: ignore[misc]  # bound now
            timed("floor", lambda prompt=prompt: [t.text in phrases for t in tokenise(prompt)])  # type: ignore[misc]
        if at == 0:  # the first round fills the caches that the second person finds filled
            times.update({stage: [] for stage in STAGES})
    return times


def main() -> None:
    """Print the figures of every size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, choices=SIZES)
    parser.add_argument("--scale", type=float, default=0.1, help="of the demo")
    given, _ = parser.parse_known_args()
    lines = (HERE / "devset.jsonl").read_text(encoding="utf-8").splitlines()
    said = [case["prompt"] for line in lines if not (case := json.loads(line)).get("on")]
    prompts = random.Random(SEED).sample(said, PROMPTS)  # noqa: S311  # a sample that can be repeated
    print(
        "milliseconds; `in all` is to be read beside the floor of the same run: words cut and looked up once"
    )
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), given.scale)
        for size in given.sizes:
            _report(size, measure(desk, size, prompts))
        desk.oracle.close()


def _report(size: int, times: Times) -> None:
    print(f"{size:,} templates, {len(times['in all'])} prompts (to reach: p50 at most {TO_REACH[size]} ms)")
    for stage, values in times.items():
        p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(f"  {stage:<10} p50 {p50:7.3f}   p95 {p95:7.3f}")


if __name__ == "__main__":
    main()
