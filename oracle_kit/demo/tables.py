"""The tables of the Velocity warehouse, as SQLAlchemy writes them for either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
)
from sqlalchemy.schema import AddConstraint, CreateIndex, ExecutableDDLElement
from sqlalchemy.types import TypeEngine

Type = TypeEngine[Any] | type[TypeEngine[Any]]
MONEY = Numeric(16, 2)
FRACTION = Numeric(4, 2)  # probability 0..1, sentiment -1..1
DEGREES = Numeric(9, 6)

VELOCITY = MetaData()


def _table(name: str, key: str, columns: dict[str, Type], *, nullable: str = "", indexes: str = "") -> Table:
    """A table whose columns are NOT NULL unless named; words are parted by spaces."""
    empty = nullable.split()
    parts: list[Column[Any]] = [
        Column(column, type_, nullable=column in empty) for column, type_ in columns.items()
    ]
    return Table(name, VELOCITY, *parts, info={"key": key.split(), "indexes": indexes.split()})


def key_of(table: Table) -> tuple[str, ...]:
    """The names of the columns that tell rows apart; none for the one-row mark."""
    return tuple(table.info.get("key", ()))


def keys_and_indexes(table: Table) -> list[ExecutableDDLElement]:
    """What is added to a table once its rows are in: the primary key, then the indexes."""
    loaded = table.to_metadata(MetaData())
    if not key_of(table):
        return []
    key = PrimaryKeyConstraint(*(loaded.c[name] for name in key_of(table)), name=f"{table.name}_key")
    indexes = [Index(f"{table.name}_{name}", loaded.c[name]) for name in table.info["indexes"]]
    return [AddConstraint(key), *(CreateIndex(index) for index in indexes)]


users = _table(
    "crm_users",
    "user_id",
    {
        "user_id": BigInteger,
        "full_name": String,
        "role": String,
        "team": String,
        "city": String,
        "is_active": Boolean,
    },
)
people = _table(
    "crm_people",
    "person_id",
    {
        "person_id": BigInteger,
        "full_name": String,
        "email": String,
        "phone": String,
        "residency": String,
        "country": String,
        "city": String,
        "created_at": DateTime,
    },
    indexes="residency",
)
leads = _table(
    "crm_leads",
    "lead_id",
    {
        "lead_id": BigInteger,
        "person_id": BigInteger,
        "owner_id": BigInteger,
        "source": String,
        "stage": String,
        "intent_score": Integer,
        "budget_min_inr": MONEY,
        "budget_max_inr": MONEY,
        "preferred_city": String,
        "preferred_segment": String,
        "created_at": DateTime,
        "last_contacted_at": DateTime,
        "lost_reason": String,
    },
    nullable="last_contacted_at lost_reason",
    indexes="person_id owner_id stage preferred_city created_at last_contacted_at",
)
opportunities = _table(
    "crm_opportunities",
    "opportunity_id",
    {
        "opportunity_id": BigInteger,
        "lead_id": BigInteger,
        "unit_id": BigInteger,
        "stage": String,
        "amount_inr": MONEY,
        "probability": FRACTION,
        "opened_at": DateTime,
        "expected_close_on": Date,
        "closed_at": DateTime,
    },
    nullable="closed_at",
    indexes="lead_id unit_id stage closed_at expected_close_on",
)
stage_history = _table(
    "crm_stage_history",
    "history_id",
    {
        "history_id": BigInteger,
        "lead_id": BigInteger,
        "from_stage": String,
        "to_stage": String,
        "changed_at": DateTime,
        "changed_by": BigInteger,
    },
    nullable="from_stage",
    indexes="lead_id changed_by changed_at",
)
property_interests = _table(
    "crm_property_interests",
    "interest_id",
    {
        "interest_id": BigInteger,
        "lead_id": BigInteger,
        "unit_id": BigInteger,
        "level": String,
        "noted_at": DateTime,
    },
    indexes="lead_id unit_id noted_at",
)
interactions = _table(
    "intel_interactions",
    "interaction_id",
    {
        "interaction_id": BigInteger,
        "lead_id": BigInteger,
        "user_id": BigInteger,
        "channel": String,
        "direction": String,
        "sentiment": FRACTION,
        "duration_s": Integer,
        "occurred_at": DateTime,
    },
    nullable="duration_s",
    indexes="lead_id user_id occurred_at",
)
reminders = _table(
    "intel_reminders",
    "reminder_id",
    {
        "reminder_id": BigInteger,
        "lead_id": BigInteger,
        "owner_id": BigInteger,
        "kind": String,
        "priority": String,
        "due_at": DateTime,
        "completed_at": DateTime,
        "outcome": String,
    },
    nullable="completed_at outcome",
    indexes="lead_id owner_id due_at completed_at",
)
visits = _table(
    "intel_visits",
    "visit_id",
    {
        "visit_id": BigInteger,
        "lead_id": BigInteger,
        "project_id": BigInteger,
        "user_id": BigInteger,
        "scheduled_at": DateTime,
        "status": String,
        "rating": Integer,
    },
    nullable="rating",
    indexes="lead_id project_id user_id scheduled_at",
)
qd_scores = _table(
    "intel_qd_scores",
    "lead_id",
    {"lead_id": BigInteger, "qd_score": Integer, "scored_at": DateTime},
    indexes="qd_score",
)
qd_timeseries = _table(
    "intel_qd_timeseries",
    "lead_id week_start",
    {"lead_id": BigInteger, "week_start": Date, "qd_score": Integer},
    indexes="week_start",
)
projects = _table(
    "inventory_projects",
    "project_id",
    {
        "project_id": BigInteger,
        "name": String,
        "developer": String,
        "city": String,
        "micro_market": String,
        "segment": String,
        "status": String,
        "rera_id": String,
        "launched_on": Date,
        "possession_on": Date,
        "latitude": DEGREES,
        "longitude": DEGREES,
    },
    indexes="city",
)
units = _table(
    "inventory_units",
    "unit_id",
    {
        "unit_id": BigInteger,
        "project_id": BigInteger,
        "tower": String,
        "floor": Integer,
        "configuration": String,
        "carpet_area_sqft": Integer,
        "list_price_inr": MONEY,
        "status": String,
        "facing": String,
        "listed_on": Date,
        "sold_on": Date,
    },
    nullable="sold_on",
    indexes="project_id status listed_on sold_on",
)
pricing_history = _table(
    "inventory_pricing_history",
    "unit_id effective_on",
    {"unit_id": BigInteger, "effective_on": Date, "price_inr": MONEY},
    indexes="effective_on",
)
oracle_demo = Table(
    "oracle_demo",
    VELOCITY,
    Column("seed", BigInteger, nullable=False),
    Column("scale", Double, nullable=False),
    Column("now", DateTime, nullable=False),
)
