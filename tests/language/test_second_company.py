"""Another company's words, of another kind, with no line of Python changed."""

from __future__ import annotations

import pytest

from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.sentence import Sentence
from oracle_kit.language.spans import find_spans
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Candidates, Context
from oracle_kit.query import Measure, Order
from oracle_kit.words import DatasetWords, Default, MeasureWords, RelationWords, TermWords, ValueWords
from tests.language.company import field
from tests.language.desk import ANALYST, CLOCK, line

STATIONS = ("Central", "Harbour", "North Park", "Old Town")
BIKES = DatasetWords(
    id="fleet.bikes",
    title="Bikes",
    words=("bike", "bicycle"),
    key="bike_id",
    fields=(
        field("bike_id", "Bike", "integer", "id", lookup="exact"),
        field("model", "Model", "text", "dimension", words=("model",), values=("City Cruiser", "E-Rider")),
        field(
            "kind",
            "Kind",
            "text",
            "dimension",
            words=("type", "kind"),
            listed=True,
            values=("standard", "electric", "cargo"),
        ),
        field("station", "Station", "text", "dimension", words=("station", "dock"), values=STATIONS),
        field(
            "condition",
            "Condition",
            "text",
            "dimension",
            words=("condition",),
            listed=True,
            values=("good", "worn", "broken"),
        ),
        field("price", "Purchase price", "decimal", "number", unit="EUR", words=("price", "cost")),
        field("bought_on", "Bought", "date", "time", past=("bought", "purchased")),
        field("is_retired", "Retired", "boolean", "dimension", words=("retired",)),
    ),
    measures=(
        MeasureWords(name="bikes", label="Bikes", type="integer", words=("number of bikes",)),
        MeasureWords(
            name="utilisation",
            label="Utilisation",
            type="float",
            unit="percent",
            words=("utilisation", "usage rate"),
            better="high",
            additive=False,
        ),
    ),
    relations=(
        RelationWords(name="rentals", dataset="shop.rentals", words=("rental", "ride"), time="started_at"),
    ),
    default_time="bought_on",
    default_measure=Measure(name="bikes"),
    best=Order(by="utilisation", descending=True),
    list_columns=("bike_id", "model", "station"),
    list_order=(Order(by="bike_id"),),
)
RENTALS = DatasetWords(
    id="shop.rentals",
    title="Rentals",
    words=("rental", "ride", "trip", "hire"),
    key="rental_id",
    fields=(
        field("rental_id", "Rental", "integer", "id"),
        field(
            "station",
            "Start station",
            "text",
            "dimension",
            words=("station", "start station"),
            values=STATIONS,
        ),
        field(
            "end_station",
            "End station",
            "text",
            "dimension",
            words=("end station", "station", "returned to"),
            values=STATIONS,
        ),
        field(
            "kind",
            "Bike type",
            "text",
            "dimension",
            words=("type", "bike type"),
            values=("standard", "electric", "cargo"),
        ),
        field(
            "plan",
            "Plan",
            "text",
            "dimension",
            words=("membership",),
            listed=True,
            values=(ValueWords(value="casual", words=("walk up",)), "monthly", "annual"),
        ),
        field("minutes", "Duration", "integer", "number", unit="minutes", words=("duration",)),
        field("fee", "Fee", "decimal", "number", unit="EUR", words=("fee", "fare")),
        field("started_at", "Started", "timestamp", "time", past=("started", "taken")),
    ),
    measures=(
        MeasureWords(
            name="rides", label="Rides", type="integer", words=("rides", "number of rides", "trips")
        ),
        MeasureWords(
            name="revenue", label="Revenue", type="decimal", unit="EUR", words=("revenue", "turnover")
        ),
    ),
    terms=(TermWords(name="late", label="Late return", words=("late", "returned late")),),
    defaults=(Default(word="station", name="station", alternatives=("end_station",)),),
    default_time="started_at",
    default_measure=Measure(name="rides"),
    list_columns=("rental_id", "station", "minutes"),
    list_order=(Order(by="started_at", descending=True),),
)
COMPANY = (BIKES, RENTALS)
LEXICON = Lexicon.compile(COMPANY, load_tongue(), load_speech())
CASES = {
    "how many rides last month": "rentals rides | when started_at last month",
    "rides by station": "rentals rides | by station",
    "electric bikes at harbour": "bikes list | where (kind eq electric and station eq Harbour)",
    "bikes that are not retired": "bikes list | where is_retired eq False",
    "bikes without rides this year": "bikes list | where rentals[eq 0 started_at this year]",
    "bikes with more than 3 rides": "bikes list | where rentals[gt 3]",
    "top 3 stations by revenue": "rentals revenue | by station | where station not_null | top 3 of revenue",
    "average fee of casual rides": "rentals avg_fee | where plan eq casual",
    "rides longer than 30 minutes": "rentals list | where minutes gt 30",
    "rides under 1 hour": "rentals list | where minutes lt 60.0",
    "revenue this month vs last month": "rentals revenue | periods started_at this month / started_at last month",
    "share of annual rides": "rentals share(plan eq annual)",
    "which station has the most rides": "rentals rides | by station | where station not_null | top 1 of rides",
    "late rides yesterday": "rentals list | where <late> | when started_at yesterday",
    "rides returned to harbour": "rentals list | where end_station eq Harbour",
    "bikes costing more than 500 euros": "bikes list | where price gt 500",
    "bikes bought since January": "bikes list | when bought_on since January",
    "monthly revenue": "rentals revenue | by started_at_month",
    "rides per day last week": "rentals rides | by started_at_day | when started_at last week",
    "what's our turnover": "rentals revenue",
    "turnover by bike type": "rentals revenue | by kind",
    "median duration": "rentals median_minutes",
    "longest rides": "rentals list | top 10 of minutes",
    "cheapest 5 bikes": "bikes list | bottom 5 of price",
    "best bikes": "bikes utilisation | by bike_id | top 10 of utilisation",
    "worst models": "bikes utilisation | by model | where model not_null | bottom 10 of utilisation",
    "e rider": "bikes list | where model eq E-Rider",
    "compare electric and cargo bikes on utilisation": "bikes utilisation | by kind | where kind in electric,cargo",
    "broken or worn bikes": "bikes list | where condition in broken,worn",
    "bikes by model and station": "bikes bikes | by model,station",
}


def sentence(prompt: str) -> Sentence:
    """The prompt as this company understands it."""
    spans = find_spans(prompt, LEXICON, CLOCK)
    context = Context(viewer=ANALYST, clock=CLOCK)
    return Sentence.of(prompt, Candidates(datasets=COMPANY, spans=spans), context, LEXICON)


@pytest.mark.parametrize(("prompt", "expected"), CASES.items(), ids=list(CASES))
def test_its_prompts_become_its_queries(prompt: str, expected: str) -> None:
    parts = sentence(prompt).understood()
    assert [line(part.reading.query) for part in parts] == [expected]


@pytest.mark.parametrize(
    "prompt", ["rides in Paris", "unicycles", "busiest station", "leads by city", "rides by colour"]
)
def test_what_it_does_not_have_is_left_over(prompt: str) -> None:
    assert not sentence(prompt).understood()
