"""The demo's story holds together: each law as SQL that counts what breaks it, and what must be there."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from oracle_kit.demo import viewers
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.tables import VELOCITY, key_of
from tests.demo.conftest import Count

NOW = "TIMESTAMP '2026-04-19 09:00:00'"
START = "TIMESTAMP '2024-04-19 09:00:00'"

FOREIGN_KEYS = [
    "crm_leads.person_id crm_people.person_id",
    "crm_leads.owner_id crm_users.user_id",
    "crm_opportunities.lead_id crm_leads.lead_id",
    "crm_opportunities.unit_id inventory_units.unit_id",
    "crm_stage_history.lead_id crm_leads.lead_id",
    "crm_stage_history.changed_by crm_users.user_id",
    "crm_property_interests.lead_id crm_leads.lead_id",
    "crm_property_interests.unit_id inventory_units.unit_id",
    "intel_interactions.lead_id crm_leads.lead_id",
    "intel_interactions.user_id crm_users.user_id",
    "intel_reminders.lead_id crm_leads.lead_id",
    "intel_reminders.owner_id crm_users.user_id",
    "intel_visits.lead_id crm_leads.lead_id",
    "intel_visits.project_id inventory_projects.project_id",
    "intel_visits.user_id crm_users.user_id",
    "intel_qd_scores.lead_id crm_leads.lead_id",
    "intel_qd_timeseries.lead_id crm_leads.lead_id",
    "inventory_units.project_id inventory_projects.project_id",
    "inventory_pricing_history.unit_id inventory_units.unit_id",
]

# What may not be there: the name of the law, and SQL that counts the rows that break it.
LAWS = {
    "stage history ends at the lead's stage": """
        SELECT count(*) FROM crm_leads l JOIN (
            SELECT lead_id, last(to_stage ORDER BY history_id) AS stage FROM crm_stage_history GROUP BY lead_id
        ) h USING (lead_id) WHERE h.stage <> l.stage""",
    "each lead has a stage history": """
        SELECT count(*) FROM crm_leads WHERE lead_id NOT IN (SELECT lead_id FROM crm_stage_history)""",
    "stage history is a chain from the creation on": """
        SELECT count(*) FROM (
            SELECT from_stage, lag(to_stage) OVER (PARTITION BY lead_id ORDER BY history_id) AS before
            FROM crm_stage_history) WHERE from_stage IS DISTINCT FROM before""",
    "stage history goes forward in time": """
        SELECT count(*) FROM (
            SELECT changed_at, lag(changed_at) OVER (PARTITION BY lead_id ORDER BY history_id) AS before
            FROM crm_stage_history) WHERE changed_at <= before""",
    "stage history never stays where it is": "SELECT count(*) FROM crm_stage_history WHERE from_stage = to_stage",
    "stage history begins with the lead": """
        SELECT count(*) FROM crm_stage_history h JOIN crm_leads l USING (lead_id)
        WHERE h.from_stage IS NULL AND (h.changed_at <> l.created_at OR h.to_stage <> 'new')""",
    "a won opportunity's unit is sold on the day it was won": """
        SELECT count(*) FROM crm_opportunities o JOIN inventory_units u USING (unit_id)
        WHERE o.stage = 'won' AND (u.status <> 'sold' OR u.sold_on <> CAST(o.closed_at AS DATE))""",
    "no unit is won twice": """
        SELECT count(*) FROM (SELECT unit_id FROM crm_opportunities WHERE stage = 'won'
        GROUP BY unit_id HAVING count(*) > 1)""",
    "a booked lead has one won opportunity, others none": """
        SELECT count(*) FROM (
            SELECT l.stage, count(o.lead_id) AS won FROM crm_leads l
            LEFT JOIN crm_opportunities o ON o.lead_id = l.lead_id AND o.stage = 'won'
            GROUP BY l.lead_id, l.stage) WHERE won <> CASE stage WHEN 'booked' THEN 1 ELSE 0 END""",
    "a lost lead has no open opportunity": """
        SELECT count(*) FROM crm_opportunities o JOIN crm_leads l USING (lead_id)
        WHERE l.stage = 'lost' AND o.stage <> 'lost'""",
    "an open opportunity's unit is not sold": """
        SELECT count(*) FROM crm_opportunities o JOIN inventory_units u USING (unit_id)
        WHERE o.closed_at IS NULL AND u.status = 'sold'""",
    "a unit at booking is reserved": """
        SELECT count(*) FROM crm_opportunities o JOIN inventory_units u USING (unit_id)
        WHERE o.stage = 'booking' AND u.status <> 'reserved'""",
    "closed_at is null while open and only then": """
        SELECT count(*) FROM crm_opportunities
        WHERE (closed_at IS NULL) = (stage IN ('won', 'lost')) OR closed_at <= opened_at""",
    "probability is 1 of won, 0 of lost, between of open ones": """
        SELECT count(*) FROM crm_opportunities WHERE CASE stage WHEN 'won' THEN probability <> 1
        WHEN 'lost' THEN probability <> 0 ELSE probability <= 0 OR probability >= 1 END""",
    "an opportunity is opened in its lead's life, not before": """
        SELECT count(*) FROM crm_opportunities o JOIN crm_leads l USING (lead_id)
        WHERE o.opened_at < l.created_at""",
    "an opportunity's unit was on the market when it was opened": """
        SELECT count(*) FROM crm_opportunities o JOIN inventory_units u USING (unit_id)
        WHERE CAST(o.opened_at AS DATE) < u.listed_on""",
    "last_contacted_at is the latest interaction": """
        SELECT count(*) FROM crm_leads l LEFT JOIN (
            SELECT lead_id, max(occurred_at) AS latest FROM intel_interactions GROUP BY lead_id
        ) i USING (lead_id) WHERE l.last_contacted_at IS DISTINCT FROM i.latest""",
    "a lead beyond new has been contacted": """
        SELECT count(*) FROM crm_leads WHERE stage NOT IN ('new', 'lost') AND last_contacted_at IS NULL""",
    "nobody is contacted before coming in": """
        SELECT count(*) FROM intel_interactions i JOIN crm_leads l USING (lead_id)
        WHERE i.occurred_at < l.created_at""",
    "a reminder is completed after its lead came in and not after now": f"""
        SELECT count(*) FROM intel_reminders r JOIN crm_leads l USING (lead_id)
        WHERE r.completed_at <= l.created_at OR r.completed_at > {NOW} OR r.due_at <= l.created_at""",
    "an outcome is there when a reminder is completed and only then": """
        SELECT count(*) FROM intel_reminders WHERE (outcome IS NULL) <> (completed_at IS NULL)""",
    "a lost lead has no open reminder": """
        SELECT count(*) FROM intel_reminders r JOIN crm_leads l USING (lead_id)
        WHERE l.stage = 'lost' AND r.completed_at IS NULL""",
    "an open reminder is with somebody active": """
        SELECT count(*) FROM intel_reminders r JOIN crm_users u ON u.user_id = r.owner_id
        WHERE r.completed_at IS NULL AND NOT u.is_active""",
    "lost_reason is null unless lost": """
        SELECT count(*) FROM crm_leads WHERE (lost_reason IS NULL) = (stage = 'lost')""",
    "rating is null unless completed": """
        SELECT count(*) FROM intel_visits
        WHERE (rating IS NULL) = (status = 'completed') OR rating NOT BETWEEN 1 AND 5""",
    "scheduled visits lie ahead, all others behind": f"""
        SELECT count(*) FROM intel_visits WHERE (status = 'scheduled') <> (scheduled_at > {NOW})""",
    "a lead at the site visit or beyond has completed one": """
        SELECT count(*) FROM crm_leads WHERE stage IN ('site_visit', 'negotiation', 'booked')
        AND lead_id NOT IN (SELECT lead_id FROM intel_visits WHERE status = 'completed')""",
    "sold_on is null unless sold, and after the listing": f"""
        SELECT count(*) FROM inventory_units
        WHERE (sold_on IS NULL) = (status = 'sold') OR sold_on < listed_on OR sold_on > CAST({NOW} AS DATE)""",
    "the list price is the last of the price history": """
        SELECT count(*) FROM inventory_units u LEFT JOIN (
            SELECT unit_id, last(price_inr ORDER BY effective_on) AS price, min(effective_on) AS first
            FROM inventory_pricing_history GROUP BY unit_id
        ) p USING (unit_id) WHERE p.price IS DISTINCT FROM u.list_price_inr OR p.first <> u.listed_on""",
    "a price changes only until the sale": f"""
        SELECT count(*) FROM inventory_pricing_history p JOIN inventory_units u USING (unit_id)
        WHERE p.effective_on > coalesce(u.sold_on, CAST({NOW} AS DATE))""",
    "each lead has one person and one current QD score": """
        SELECT (SELECT count(*) FROM crm_leads) * 3 - (SELECT count(DISTINCT person_id) FROM crm_leads)
        - (SELECT count(*) FROM crm_people) - (SELECT count(DISTINCT lead_id) FROM intel_qd_scores)""",
    "the QD score is the last of the weekly series": """
        SELECT count(*) FROM intel_qd_scores s LEFT JOIN (
            SELECT lead_id, last(qd_score ORDER BY week_start) AS score FROM intel_qd_timeseries GROUP BY lead_id
        ) t USING (lead_id) WHERE t.score IS DISTINCT FROM s.qd_score""",
    "the weeks of a series are Mondays without a gap": """
        SELECT count(*) FROM (
            SELECT week_start, lag(week_start) OVER (PARTITION BY lead_id ORDER BY week_start) AS before
            FROM intel_qd_timeseries) WHERE isodow(week_start) <> 1 OR week_start - before <> 7""",
    "scores run from 0 to 100, sentiment from -1 to 1": """
        SELECT (SELECT count(*) FROM crm_leads WHERE intent_score NOT BETWEEN 0 AND 100)
        + (SELECT count(*) FROM intel_qd_scores WHERE qd_score NOT BETWEEN 0 AND 100)
        + (SELECT count(*) FROM intel_qd_timeseries WHERE qd_score NOT BETWEEN 0 AND 100)
        + (SELECT count(*) FROM intel_interactions WHERE sentiment NOT BETWEEN -1 AND 1)""",
    "a duration is null for text and only for text": """
        SELECT count(*) FROM intel_interactions
        WHERE (duration_s IS NULL) = (channel IN ('call', 'meeting')) OR duration_s <= 0""",
    "the least budget is below the most": """
        SELECT count(*) FROM crm_leads WHERE budget_min_inr > budget_max_inr OR budget_min_inr <= 0""",
    "buyers at home live in India, the others abroad": """
        SELECT count(*) FROM crm_people WHERE (residency = 'nri') = (country = 'IN')""",
    "a lead is worked by an advisor of its city": """
        SELECT count(*) FROM crm_leads l JOIN crm_users u ON u.user_id = l.owner_id
        WHERE u.role <> 'advisor' OR u.city <> l.preferred_city""",
    "a team has one manager, one team lead and one city": """
        SELECT count(*) FROM (SELECT team FROM crm_users GROUP BY team
        HAVING count(*) FILTER (role = 'manager') <> 1 OR count(*) FILTER (role = 'team_lead') <> 1
        OR count(DISTINCT city) <> 1)""",
    "a project's status follows from its dates": f"""
        SELECT count(*) FROM inventory_projects WHERE (status = 'pre_launch') <> (launched_on > CAST({NOW} AS DATE))
        OR (status = 'completed' AND possession_on > CAST({NOW} AS DATE)) OR possession_on <= launched_on""",
    "history lies within the 24 months to now": f"""
        SELECT (SELECT count(*) FROM crm_leads WHERE created_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM crm_people WHERE created_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM intel_interactions WHERE occurred_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM crm_stage_history WHERE changed_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM crm_property_interests WHERE noted_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM crm_opportunities WHERE opened_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM crm_opportunities WHERE closed_at NOT BETWEEN {START} AND {NOW})
        + (SELECT count(*) FROM intel_qd_scores WHERE scored_at NOT BETWEEN {START} AND {NOW})""",
    "reminders and visits reach no more than 30 days ahead": f"""
        SELECT (SELECT count(*) FROM intel_reminders WHERE due_at > {NOW} + INTERVAL 30 DAY)
        + (SELECT count(*) FROM intel_visits WHERE scheduled_at > {NOW} + INTERVAL 30 DAY)""",
}

# What must be there, so that a demo has something to say: SQL that gives a number, and the least of it.
PLENTY = {
    "overdue follow-ups of high-QD leads": (
        f"""SELECT count(*) FROM intel_reminders JOIN intel_qd_scores USING (lead_id) WHERE kind = 'follow_up'
        AND completed_at IS NULL AND due_at < {NOW} AND qd_score >= 70""",
        15,
    ),
    "stages of the pipeline of high-intent NRI buyers": (
        """SELECT count(DISTINCT o.stage) FROM crm_opportunities o JOIN crm_leads l USING (lead_id)
        JOIN crm_people p USING (person_id) WHERE intent_score >= 70 AND residency = 'nri'
        AND o.stage NOT IN ('won', 'lost')""",
        5,
    ),
    "luxury projects in Kolkata": (
        "SELECT count(*) FROM inventory_projects WHERE city = 'Kolkata' AND segment = 'luxury'",
        3,
    ),
    "available luxury units in Kolkata": (
        """SELECT count(*) FROM inventory_units u JOIN inventory_projects USING (project_id)
        WHERE city = 'Kolkata' AND segment = 'luxury' AND u.status = 'available'""",
        10,
    ),
    "pairs of a city and a segment with available units": (
        """SELECT count(DISTINCT (city, segment)) FROM inventory_units u JOIN inventory_projects USING (project_id)
        WHERE u.status = 'available'""",
        30,
    ),
    "months in which a deal was won": (
        "SELECT count(DISTINCT date_trunc('month', closed_at)) FROM crm_opportunities WHERE stage = 'won'",
        22,
    ),
    "months in which a lead came in": (
        "SELECT count(DISTINCT date_trunc('month', created_at)) FROM crm_leads",
        25,
    ),
    "days of the coming 30 on which a reminder is due": (
        f"SELECT count(DISTINCT CAST(due_at AS DATE)) FROM intel_reminders WHERE due_at > {NOW}",
        25,
    ),
    "visits in the coming week": (
        f"SELECT count(*) FROM intel_visits WHERE scheduled_at BETWEEN {NOW} AND {NOW} + INTERVAL 7 DAY",
        20,
    ),
    "leads never contacted": ("SELECT count(*) FROM crm_leads WHERE last_contacted_at IS NULL", 20),
    "hot leads that are open": (
        """SELECT count(*) FROM crm_leads JOIN intel_qd_scores USING (lead_id)
        WHERE intent_score >= 70 AND qd_score >= 70 AND stage NOT IN ('booked', 'lost')""",
        40,
    ),
    "project statuses": ("SELECT count(DISTINCT status) FROM inventory_projects", 5),
    "reasons why leads were lost": ("SELECT count(DISTINCT lost_reason) FROM crm_leads", 7),
}


@pytest.mark.parametrize("law", LAWS)
def test_nothing_breaks_the_law(law: str, count: Count) -> None:
    assert count(LAWS[law]) == 0


@pytest.mark.parametrize("what", PLENTY)
def test_there_is_enough_to_see(what: str, count: Count) -> None:
    query, least = PLENTY[what]
    assert count(query) >= least


@pytest.mark.parametrize("pair", FOREIGN_KEYS)
def test_a_foreign_key_resolves(pair: str, count: Count) -> None:
    (table, column), (target, key) = (one.split(".") for one in pair.split())
    query = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {target})"
    assert count(query) == 0


@pytest.mark.parametrize("table", [name for name in VELOCITY.tables if name != "oracle_demo"])
def test_a_key_tells_rows_apart(table: str, count: Count) -> None:
    key = ", ".join(key_of(VELOCITY.tables[table]))
    query = f"SELECT count(*) - count(DISTINCT ({key})) FROM {table}"
    assert count(query) == 0
    assert count(f"SELECT count(*) FROM {table}") > 0


def test_prices_rise_with_the_segment_in_each_city(velocity_duckdb: str) -> None:
    by_segment = sa.text("""
        SELECT city, segment, sum(list_price_inr) / sum(carpet_area_sqft) AS psf
        FROM inventory_units JOIN inventory_projects USING (project_id) GROUP BY city, segment""")
    with reading(open_url(velocity_duckdb)) as connection:
        psf = {(city, segment): rate for city, segment, rate in connection.execute(by_segment)}
    cities = {city for city, _ in psf}
    assert len(cities) == 8
    for city in cities:
        rates = [psf[city, segment] for segment in ("affordable", "mid", "premium", "luxury")]
        assert rates == sorted(rates)
        assert rates[3] > 3 * rates[0]
    for segment in ("affordable", "mid", "premium", "luxury"):
        assert psf["Mumbai", segment] == max(psf[city, segment] for city in cities)
        assert psf["Ahmedabad", segment] == min(psf[city, segment] for city in cities)


def test_the_demo_advisor_and_manager(velocity_duckdb: str, count: Count) -> None:
    found = viewers(velocity_duckdb)
    advisor, manager = found["advisor"].attributes, found["manager"].attributes
    assert set(found) == {
        "viewer", "analyst", "author", "reviewer", "operator", "admin", "advisor", "manager",
    }  # fmt: skip
    lowest = "SELECT min(user_id) FROM crm_users WHERE role = 'advisor' AND is_active"
    assert advisor["user_id"] == count(lowest)
    assert manager["team"] == advisor["team"]
    assert count(f"SELECT count(*) FROM crm_leads WHERE owner_id = {advisor['user_id']}") > 10
    role = f"SELECT count(*) FROM crm_users WHERE role = 'manager' AND user_id = {manager['user_id']}"
    assert count(role) == 1
