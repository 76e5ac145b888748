"""Forty prompts of the bike shop with answers in SQL written by hand, past the product."""

# ruff: noqa: E501  (a statement reads best on one line)
from __future__ import annotations

from oracle_kit.evaluate import Case

_RENTALS = (
    "rentals r JOIN bikes b USING (bike_id) JOIN stations s ON s.station_id = r.station_id "
    "JOIN riders p USING (rider_id)"
)
_WEEK = "r.started_at >= TIMESTAMP '2026-06-08' AND r.started_at < TIMESTAMP '2026-06-15'"
_MONTH = "r.started_at >= TIMESTAMP '2026-05-01' AND r.started_at < TIMESTAMP '2026-06-01'"
_BIKES = "bikes b JOIN stations s USING (station_id)"


def _of(prompt: str, *gold: str, compare: str = "set", **more: object) -> Case:
    fields = {"id": prompt, "prompt": prompt, "gold": gold, "compare": compare, **more}
    return Case.model_validate(fields)


def _rows(prompt: str, *gold: str) -> Case:
    return _of(prompt, *gold)


def _ordered(prompt: str, *gold: str) -> Case:
    return _of(prompt, *gold, compare="ordered")


ANSWERED = (
    _of("how many bikes do we have", "SELECT count(*) FROM bikes"),
    _of("number of broken bikes", "SELECT count(*) FROM bikes WHERE condition = 'broken'"),
    _of("how many bikes are not broken", "SELECT count(*) FROM bikes WHERE condition <> 'broken'"),
    _rows("bikes by kind", "SELECT kind, count(*) FROM bikes GROUP BY kind"),
    _rows("broken bikes per station", f"SELECT s.name, count(*) FROM {_BIKES} WHERE b.condition = 'broken' GROUP BY 1"),
    _of("average price of cargo bikes", "SELECT avg(price_eur) FROM bikes WHERE kind = 'cargo'"),
    _of("fleet value in the west", f"SELECT sum(b.price_eur) FROM {_BIKES} WHERE s.district = 'West'"),
    _rows("e-bikes above 1950 euros", "SELECT bike_id FROM bikes WHERE kind = 'electric' AND price_eur > 1950"),
    _of(
        "how many bikes without a repair",
        "SELECT count(*) FROM bikes b WHERE NOT EXISTS (SELECT 1 FROM repairs x WHERE x.bike_id = b.bike_id)",
    ),
    _rows(
        "bikes with at least 4 repairs",
        "SELECT bike_id FROM repairs GROUP BY bike_id HAVING count(*) >= 4",
    ),
    _rows("retired bikes", "SELECT bike_id FROM bikes WHERE is_retired"),
    _of("share of bikes that are electric", "SELECT avg((kind = 'electric')::INT) FROM bikes"),
    _of("how many rentals last week", f"SELECT count(*) FROM rentals r WHERE {_WEEK}"),
    _of("revenue last month", f"SELECT sum(fee_eur) FROM rentals r WHERE {_MONTH}"),
    _rows("takings by district", f"SELECT s.district, sum(r.fee_eur) FROM {_RENTALS} GROUP BY 1"),
    _rows(
        "monthly revenue this year",
        "SELECT date_trunc('month', started_at), sum(fee_eur) FROM rentals "
        "WHERE started_at >= TIMESTAMP '2026-01-01' AND started_at < TIMESTAMP '2027-01-01' GROUP BY 1",
    ),
    _ordered(
        "top 3 stations by revenue",
        "SELECT s.name, sum(r.fee_eur) FROM rentals r JOIN stations s USING (station_id) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3",
    ),
    _of(
        "average rating of e-bike rides in altona",
        f"SELECT avg(r.rating) FROM {_RENTALS} WHERE b.kind = 'electric' AND s.name = 'Altona'",
    ),
    _rows("rentals by plan and kind", f"SELECT p.plan, b.kind, count(*) FROM {_RENTALS} GROUP BY 1, 2"),
    _of("rides longer than 100 minutes last month", f"SELECT count(*) FROM rentals r WHERE minutes > 100 AND {_MONTH}",
        f"SELECT rental_id FROM rentals r WHERE minutes > 100 AND {_MONTH}"),
    _of("how many rentals are still out", "SELECT count(*) FROM rentals WHERE minutes IS NULL"),
    _of(
        "how many rides of yearly members from kiel",
        f"SELECT count(*) FROM {_RENTALS} WHERE p.plan = 'yearly' AND p.home_town = 'Kiel'",
    ),
    _rows("share of rentals by kind", f"SELECT b.kind, count(*), count(*) / (SELECT count(*)::DOUBLE FROM rentals) FROM {_RENTALS} GROUP BY 1"),
    _rows(
        "compare altona and harbour by revenue",
        f"SELECT s.name, sum(r.fee_eur) FROM {_RENTALS} WHERE s.name IN ('Altona', 'Harbour') GROUP BY 1",
    ),
    _rows(
        "rentals last week vs the week before",
        f"SELECT count(*) FROM rentals r WHERE {_WEEK} UNION ALL SELECT count(*) FROM rentals r WHERE "
        "r.started_at >= TIMESTAMP '2026-06-01' AND r.started_at < TIMESTAMP '2026-06-08'",
    ),
    _rows("unhappy rides by clerk", "SELECT clerk, count(*) FROM rentals WHERE rating <= 2 GROUP BY 1"),
    _rows("open repairs by part", "SELECT part, count(*) FROM repairs WHERE fixed_at IS NULL GROUP BY 1"),
    _of("how many tire repairs", "SELECT count(*) FROM repairs WHERE part = 'tyre'"),
    _of(
        "repair cost in Q1 2026",
        "SELECT sum(cost_eur) FROM repairs WHERE reported_at >= TIMESTAMP '2026-01-01' AND reported_at < TIMESTAMP '2026-04-01'",
    ),
    _of(
        "repairs fixed last month",
        "SELECT count(*) FROM repairs WHERE fixed_at >= TIMESTAMP '2026-05-01' AND fixed_at < TIMESTAMP '2026-06-01'",
        "SELECT repair_id FROM repairs WHERE fixed_at >= TIMESTAMP '2026-05-01' AND fixed_at < TIMESTAMP '2026-06-01'",
    ),
    _rows("workshop cost by mechanic", "SELECT mechanic, sum(cost_eur) FROM repairs GROUP BY 1"),
    _of("costly repairs except batteries", "SELECT count(*) FROM repairs WHERE cost_eur >= 100 AND part <> 'battery'",
        "SELECT repair_id FROM repairs WHERE cost_eur >= 100 AND part <> 'battery'"),
    _rows("riders per home town", "SELECT home_town, count(*) FROM riders GROUP BY 1"),
    _of("how many subscribers from bremen or kiel", "SELECT count(*) FROM riders WHERE plan <> 'casual' AND home_town IN ('Bremen', 'Kiel')"),
    _of(
        "riders who joined this year without a ride",
        "SELECT rider_id FROM riders p WHERE joined_at >= TIMESTAMP '2026-01-01' AND joined_at < TIMESTAMP '2027-01-01' "
        "AND NOT EXISTS (SELECT 1 FROM rentals r WHERE r.rider_id = p.rider_id)",
        "SELECT count(*) FROM riders p WHERE joined_at >= TIMESTAMP '2026-01-01' AND joined_at < TIMESTAMP '2027-01-01' "
        "AND NOT EXISTS (SELECT 1 FROM rentals r WHERE r.rider_id = p.rider_id)",
    ),
    _of(
        "number of open repairs and number of broken bikes",
        compare="set",
        steps=(
            ("SELECT count(*) FROM repairs WHERE fixed_at IS NULL",),
            ("SELECT count(*) FROM bikes WHERE condition = 'broken'",),
        ),
    ),
    _of(
        "now only electric",
        "SELECT s.name, count(*) FROM bikes b JOIN stations s USING (station_id) WHERE b.kind = 'electric' GROUP BY 1",
        on=("bikes by station",),
    ),
)  # fmt: skip
REFUSED = (
    _of("bikes with a basket", expect="refuse", must_mention=("basket",)),
    _of("rentals in Munich", expect="refuse", must_mention=("Munich",)),
    _of("delete all rentals", expect="refuse"),
    _of("email addresses of all riders", expect="refuse"),
)
PROMPTS = (*ANSWERED, *REFUSED)
