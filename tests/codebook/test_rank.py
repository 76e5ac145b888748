"""Ranking: the meant template first, nothing where nothing fits, the same everywhere, bounded for any prompt."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest

from oracle_kit.codebook.rank import LEAST, SURE, Ranker
from oracle_kit.codebook.reach import reach
from oracle_kit.words import TemplateWords
from tests.codebook.desk import ROOT

ASKS = {
    "bikes.rentals.overdue": ("overdue rentals", "bikes not returned yet", "which rentals are late"),
    "bikes.rentals.by_city": ("rentals by city", "city wise rentals", "how many rentals in each city"),
    "bikes.stock.by_model": ("bikes by model", "model wise stock", "how many bikes of each model"),
    "bikes.money.revenue": ("revenue this month", "how much did we earn", "total takings"),
}


def named(identity: str, *asks: str, words: tuple[str, ...] = ()) -> TemplateWords:
    """What the ranker is told of a template."""
    return TemplateWords(id=identity, title="", dataset=identity.split(".")[1], asks=asks, words=words)


def shop() -> Ranker:
    """The templates of a small shop."""
    return Ranker.of(named(identity, *asks) for identity, asks in ASKS.items())


def first(ranker: Ranker, prompt: str) -> str:
    """The best template's id; empty where nothing fits."""
    return next((one.template_id for one in ranker.rank(prompt, 5)), "")


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        ("late rentals please", "bikes.rentals.overdue"),
        ("overdu rentls", "bikes.rentals.overdue"),
        ("RENTALS PER CITY?", "bikes.rentals.by_city"),
        ("stock of every model", "bikes.stock.by_model"),
        ("what did we earn in march", "bikes.money.revenue"),
    ],
)
def test_other_words_and_slips_of_the_pen_reach_the_meant_template(prompt: str, meant: str) -> None:
    assert first(shop(), prompt) == meant


def test_an_ask_reaches_its_template_surely_and_says_why() -> None:
    for identity, asks in ASKS.items():
        for ask in asks:
            best, *others = shop().rank(ask.upper() + "!", 5)
            assert (best.template_id, best.why) == (identity, f"like “{ask}”")
            assert best.score >= SURE
            assert all(one.score < best.score for one in others)


@pytest.mark.parametrize("prompt", ["", "   ", "?!", "🚲🚲", "\x00", "\ud800", "qqq zzz", "9", "的的的"])
def test_nothing_fits(prompt: str) -> None:
    assert shop().rank(prompt, 5) == ()


def test_a_prompt_of_other_words_scores_low() -> None:
    for prompt in ("who won the football match", "translate good morning into french", "play some jazz"):
        assert all(one.score < 0.3 for one in shop().rank(prompt, 5))


def test_scores_fall_and_the_limit_holds() -> None:
    matches = shop().rank("rentals", 5)
    assert all(one.score >= two.score for one, two in pairwise(matches))
    assert matches[0].score >= LEAST
    assert [one.template_id for one in shop().rank("rentals", 1)] == [matches[0].template_id]
    assert shop().rank("rentals", 0) == ()


def test_a_codebook_of_one_template_and_of_none() -> None:
    one = Ranker.of([named("a.b.c", "overdue rentals")])
    assert first(one, "overdue rentals") == "a.b.c"
    assert first(one, "rentals overdue now") == "a.b.c"
    assert one.rank("football scores", 5) == ()
    assert Ranker.of([]).rank("overdue rentals", 5) == ()


def test_a_template_of_one_word_and_asks_that_are_equal_in_two() -> None:
    ranker = Ranker.of([named("a.b.c", "map"), named("a.b.d", "list"), named("a.b.e", "list")])
    assert first(ranker, "map") == "a.b.c"
    assert first(ranker, "list") == "a.b.d"


def test_the_words_of_a_dataset_decide_between_like_asks() -> None:
    lists = [
        named("a.b.bikes", "show me what is late", words=("bike", "rental")),
        named("a.b.payments", "list of what is late", words=("payment", "invoice")),
        named("a.b.words", "bike and payment"),
    ]
    assert first(Ranker.of(lists), "what is late payment") == "a.b.payments"
    assert first(Ranker.of(lists), "what is late bike") == "a.b.bikes"


def test_a_prompt_of_any_length_takes_bounded_work() -> None:
    ranker = shop()
    for prompt in ("overdue rentals " * 50_000, "x" * 1_000_000, " ".join(f"w{at}" for at in range(10_000))):
        start = time.monotonic()
        ranker.rank(prompt, 12)
        assert time.monotonic() - start < 5


def test_more_matches_than_the_classifier_weighs() -> None:
    ranker = Ranker.of(named(f"a.b.t{at}", f"rentals of shop {at}") for at in range(300))
    matches = ranker.rank("rentals of shop 7", 200)
    assert len(matches) == 200
    assert len({one.template_id for one in matches}) == 200
    assert matches[0].template_id == "a.b.t7"


PROMPTS = ("late rentals", "city", "how many bikes", "earnings of the model in each city", "overdu")
PRINT = """
from tests.codebook.test_rank import PROMPTS, shop
print([[(m.template_id, m.score, m.why) for m in shop().rank(p, 5)] for p in PROMPTS])
"""


def test_every_process_ranks_alike() -> None:
    said = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(  # this interpreter, this file's own words
            [sys.executable, "-c", PRINT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        said.add(run.stdout)
    here = [[(m.template_id, m.score, m.why) for m in shop().rank(p, 5)] for p in PROMPTS]
    assert said == {f"{here}\n"}


def test_threads_share_a_ranker() -> None:
    ranker, alone = shop(), [shop().rank(prompt, 5) for prompt in PROMPTS]
    together: list[list[object]] = []

    def ask() -> None:
        together.extend([ranker.rank(prompt, 5) for prompt in PROMPTS] for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 20


# stored templates


def test_templates_come_and_go_without_a_rebuild() -> None:
    ranker = shop()
    more = ranker.with_templates([named("bikes.repairs.open", "open repairs", "zumba wheels to mend")])
    assert first(more, "zumba wheels") == "bikes.repairs.open"
    assert first(ranker, "zumba wheels") != "bikes.repairs.open"
    assert first(more, "overdue rentals") == "bikes.rentals.overdue"
    without = more.with_templates(removed=["bikes.repairs.open", "bikes.rentals.overdue"])
    found = {one.template_id for ask in ("open repairs", "overdue rentals") for one in without.rank(ask, 9)}
    assert not found & {"bikes.repairs.open", "bikes.rentals.overdue"}


def test_a_newer_template_stands_in_the_place_of_the_one_with_its_id() -> None:
    newer = shop().with_templates([named("bikes.rentals.overdue", "penalties outstanding")])
    assert first(newer, "penalties outstanding") == "bikes.rentals.overdue"
    assert first(newer, "bikes not returned yet") != "bikes.rentals.overdue"
    (best, *_) = newer.rank("penalties outstanding", 3)
    assert best.why == "like “penalties outstanding”"


def test_adding_ranks_nearly_as_building_afresh_does() -> None:
    all_of_them = [named(identity, *asks) for identity, asks in ASKS.items()]
    grown = Ranker.of(all_of_them[:2]).with_templates(all_of_them[2:])
    for identity, asks in ASKS.items():
        for ask in asks:
            assert first(grown, f"{ask} today") == identity


# asks held out


def test_held_out_asks_say_where_they_would_lead_and_which_say_the_same() -> None:
    ranker = Ranker.of(
        [
            named("a.b.late", "late rentals", "rentals that are late", "football"),
            named("a.b.city", "rentals by city", "Football"),
        ]
    )
    reached = {(one.template_id, one.ask): one for one in reach(ranker)}
    assert reached["a.b.late", "late rentals"].matches[0].template_id == "a.b.late"
    lost = reached["a.b.late", "football"]
    assert lost.matches[0].template_id == "a.b.city"
    assert lost.twins == (("a.b.city", "Football"),)
    assert lost.score < lost.matches[0].score
