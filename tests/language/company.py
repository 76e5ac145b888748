"""Hand-written words of a small sales company: what understanding is tested on without a database."""

# ruff: noqa: E501  (a case reads best on one line)
from __future__ import annotations

from oracle_kit.query import Measure, Order
from oracle_kit.words import (
    DatasetWords,
    Default,
    FieldWords,
    MeasureWords,
    RelationWords,
    TermWords,
    ValueWords,
)

CITIES = ("Kolkata", "Mumbai", "Bengaluru", "Pune", "Gurugram")
ALIASES = {"Bengaluru": ("bangalore",), "Kolkata": ("calcutta",), "Gurugram": ("gurgaon",)}


def field(name: str, label: str, type_: str, role: str, **more: object) -> FieldWords:
    """A field, its values given plainly."""
    values = tuple(
        value if isinstance(value, ValueWords) else ValueWords(value=value, words=ALIASES.get(str(value), ()))
        for value in more.pop("values", ())  # type: ignore[attr-defined]
    )
    return FieldWords.model_validate(
        {"name": name, "label": label, "type": type_, "role": role, "values": values, **more}
    )


def city(**more: object) -> FieldWords:
    """A city field."""
    return field("city", "City", "text", "dimension", words=("city", "location"), values=CITIES, **more)


SEGMENT = field(
    "segment", "Segment", "text", "dimension", words=("segment",), listed=True,
    values=("affordable", "mid", "premium", "luxury"),
)  # fmt: skip
ADVISOR = field(
    "owner_name", "Advisor", "text", "dimension", words=("advisor", "owner", "rep", "owned by"), lookup="word"
)

LEADS = DatasetWords(
    id="crm.leads",
    title="Leads",
    words=("lead", "enquiry", "buyer", "prospect"),
    key="lead_id",
    fields=(
        field("lead_id", "Lead", "integer", "id", words=("lead id", "lead number"), lookup="exact"),
        field("person_name", "Name", "text", "dimension", words=("name", "person"), lookup="word"),
        field("email", "Email", "text", "dimension", words=("email", "mail"), masked=True),
        field("phone", "Phone", "text", "dimension", words=("phone", "mobile", "phone number"), masked=True),
        field(
            "residency", "Residency", "text", "dimension", words=("residency",), listed=True,
            values=(ValueWords(value="resident", label="Resident"), ValueWords(value="nri", label="NRI", words=("nri", "non resident"))),
        ),
        city(),
        field("home_city", "Home city", "text", "dimension", words=("city", "home city", "living in", "based in"), values=CITIES),
        SEGMENT,
        field(
            "source", "Source", "text", "dimension", words=("source", "channel"), listed=True,
            values=("website", "portal", "referral", ValueWords(value="broker", words=("brokers",)), "walk_in", "event", "social"),
        ),
        field(
            "stage", "Stage", "text", "dimension", words=("stage", "status"), listed=True,
            values=("new", "contacted", "qualified", "site_visit", "negotiation", "booked", "lost"),
        ),
        field("owner_id", "Advisor id", "integer", "id"),
        ADVISOR,
        field("intent_score", "Intent score", "integer", "number", unit="score", words=("intent", "intent score"), better="high"),
        field("qd_score", "QD score", "integer", "number", unit="score", words=("qd", "qd score"), better="high"),
        field("budget_min", "Minimum budget", "decimal", "number", unit="INR", words=("minimum budget",)),
        field("budget_max", "Budget", "decimal", "number", unit="INR", words=("budget", "maximum budget")),
        field("created_at", "Created", "timestamp", "time", words=("created", "created date"), past=("created", "new", "came in", "added")),
        field("last_contacted_at", "Last contacted", "timestamp", "time", words=("last contact",), past=("contacted", "last contacted")),
    ),
    measures=(
        MeasureWords(name="lead_count", label="Leads", type="integer", words=("number of leads", "leads")),
        MeasureWords(name="conversion", label="Conversion", type="float", unit="percent", words=("conversion rate", "conversion"), better="high", additive=False),
    ),
    terms=(
        TermWords(name="open", label="Open", words=("open", "active")),
        TermWords(name="high_qd", label="High QD", words=("high qd",)),
        TermWords(name="high_intent", label="High intent", words=("high intent",)),
        TermWords(name="hot", label="Hot", words=("hot",)),
        TermWords(name="stale", label="Stale", words=("stale",)),
    ),
    relations=(
        RelationWords(name="visits", dataset="intel.visits", words=("visit", "site visit"), time="scheduled_at"),
        RelationWords(name="calls", dataset="intel.interactions", words=("call", "phone call"), time="occurred_at"),
    ),
    defaults=(Default(word="city", name="city", alternatives=("home_city",)), Default(word="budget", name="budget_max")),
    drill=(("city", "segment"),),
    default_time="created_at",
    default_measure=Measure(name="lead_count"),
    best=Order(by="qd_score", descending=True),
    list_columns=("lead_id", "person_name", "city", "stage", "qd_score"),
    list_order=(Order(by="qd_score", descending=True),),
    owner="owner_id",
)  # fmt: skip

DEALS = DatasetWords(
    id="crm.deals",
    title="Deals",
    words=("deal", "opportunity"),
    key="deal_id",
    fields=(
        field("deal_id", "Deal", "integer", "id", words=("deal id",)),
        city(),
        SEGMENT,
        field(
            "stage", "Stage", "text", "dimension", words=("stage",), listed=True,
            values=("qualification", "site_visit", "proposal", "negotiation", "booking", "won", "lost"),
        ),
        field("residency", "Residency", "text", "dimension", words=("residency",), values=("resident", ValueWords(value="nri", label="NRI"))),
        ADVISOR,
        field("owner_id", "Advisor id", "integer", "id"),
        field("amount", "Amount", "decimal", "number", unit="INR", words=("amount", "value", "deal size")),
        field("opened_at", "Opened", "timestamp", "time", past=("opened", "created")),
        field("expected_close_on", "Expected close", "date", "time", words=("expected close",), past=("expected to close", "closing", "expected")),
        field("closed_at", "Closed", "timestamp", "time", past=("closed", "won", "lost")),
    ),
    measures=(
        MeasureWords(name="deal_count", label="Deals", type="integer", words=("number of deals",)),
        MeasureWords(name="pipeline_value", label="Pipeline value", type="decimal", unit="INR", words=("pipeline value", "pipeline amount")),
        MeasureWords(name="win_rate", label="Win rate", type="float", unit="percent", words=("win rate",), time="closed_at", better="high", additive=False),
    ),
    terms=(
        TermWords(name="pipeline", label="Pipeline", words=("pipeline", "open", "open deals"), noun=True),
        TermWords(name="won", label="Won", words=("won",), time="closed_at"),
    ),
    default_time="opened_at",
    default_measure=Measure(name="pipeline_value"),
    best=Order(by="amount", descending=True),
    list_columns=("deal_id", "stage", "amount"),
    list_order=(Order(by="amount", descending=True),),
    owner="owner_id",
)  # fmt: skip

REMINDERS = DatasetWords(
    id="intel.reminders",
    title="Reminders",
    words=("reminder", "task"),
    key="reminder_id",
    fields=(
        field("reminder_id", "Reminder", "integer", "id"),
        field(
            "kind", "Kind", "text", "dimension", words=("kind",), listed=True,
            values=(ValueWords(value="follow_up", label="Follow-up"), "payment", "document", "visit"),
        ),
        field("priority", "Priority", "text", "dimension", words=("priority",), listed=True, values=("low", "normal", "high")),
        city(),
        ADVISOR,
        field("owner_id", "Advisor id", "integer", "id"),
        field("qd_score", "QD score", "integer", "number", unit="score", words=("qd", "qd score"), better="high"),
        field("due_at", "Due", "timestamp", "time", words=("due date",), past=("due",)),
        field("completed_at", "Completed", "timestamp", "time", past=("completed", "done")),
    ),
    measures=(MeasureWords(name="reminder_count", label="Reminders", type="integer", words=("number of reminders",)),),
    terms=(
        TermWords(name="follow_up", label="Follow-up", words=("follow up", "followup"), noun=True),
        TermWords(name="overdue", label="Overdue", words=("overdue", "past due")),
        TermWords(name="open", label="Open", words=("open", "pending")),
        TermWords(name="high_qd", label="High QD", words=("high qd",)),
    ),
    default_time="due_at",
    default_measure=Measure(name="reminder_count"),
    list_columns=("reminder_id", "kind", "due_at"),
    list_order=(Order(by="due_at"),),
    owner="owner_id",
)  # fmt: skip

VISITS = DatasetWords(
    id="intel.visits",
    title="Visits",
    words=("visit", "site visit"),
    key="visit_id",
    fields=(
        field("visit_id", "Visit", "integer", "id"),
        field("lead_id", "Lead", "integer", "id", words=("lead", "buyer")),
        field("project", "Project", "text", "dimension", words=("project",), lookup="word"),
        city(),
        field("status", "Status", "text", "dimension", words=("status",), listed=True, values=("scheduled", "completed", ValueWords(value="no_show", words=("no shows", "missed")), "cancelled")),
        field("rating", "Rating", "integer", "number", words=("rating",), better="high"),
        field("scheduled_at", "Scheduled", "timestamp", "time", past=("scheduled", "visited", "happened")),
    ),
    measures=(
        MeasureWords(name="visit_count", label="Visits", type="integer", words=("number of visits", "visits")),
        MeasureWords(name="no_show_rate", label="No-show rate", type="float", unit="percent", words=("no show rate",), better="low", additive=False),
    ),
    default_time="scheduled_at",
    default_measure=Measure(name="visit_count"),
    list_columns=("visit_id", "project", "status"),
)  # fmt: skip

UNITS = DatasetWords(
    id="inventory.units",
    title="Inventory",
    words=("unit", "inventory", "stock", "flat", "apartment"),
    key="unit_id",
    fields=(
        field("unit_id", "Unit", "integer", "id"),
        field("project", "Project", "text", "dimension", words=("project",), lookup="word"),
        city(),
        SEGMENT,
        field("configuration", "Configuration", "text", "dimension", words=("configuration", "bhk"), values=("1BHK", "2BHK", "3BHK", "4BHK")),
        field("status", "Status", "text", "dimension", words=("status",), listed=True, values=("available", "reserved", "sold")),
        field("area", "Carpet area", "integer", "number", unit="sqft", words=("area", "carpet area", "size")),
        field("price", "Price", "decimal", "number", unit="INR", words=("price", "list price", "cost")),
        field("listed_on", "Listed", "date", "time", past=("listed",)),
        field("sold_on", "Sold", "date", "time", past=("sold",)),
    ),
    measures=(
        MeasureWords(name="unit_count", label="Units", type="integer", words=("number of units", "units")),
        MeasureWords(name="psf", label="Price per sq ft", type="float", unit="INR", words=("price per sq ft", "psf"), additive=False),
        MeasureWords(name="absorption", label="Absorption", type="float", unit="percent", words=("absorption",), better="high", additive=False),
    ),
    terms=(TermWords(name="unsold", label="Unsold", words=("unsold",)),),
    drill=(("city", "project"),),
    default_time="listed_on",
    default_measure=Measure(name="unit_count"),
    best=Order(by="absorption", descending=True),
    list_columns=("unit_id", "project", "price"),
    list_order=(Order(by="price"),),
)  # fmt: skip

INTERACTIONS = DatasetWords(
    id="intel.interactions",
    title="Interactions",
    words=("interaction", "conversation", "call"),
    key="interaction_id",
    fields=(
        field("interaction_id", "Interaction", "integer", "id"),
        field("channel", "Channel", "text", "dimension", words=("channel",), values=("call", "whatsapp", "email")),
        field("direction", "Direction", "text", "dimension", values=("inbound", "outbound")),
        field("occurred_at", "Occurred", "timestamp", "time", past=("happened", "made")),
    ),
    measures=(MeasureWords(name="interaction_count", label="Interactions", type="integer"),),
    default_time="occurred_at",
    default_measure=Measure(name="interaction_count"),
    list_columns=("interaction_id", "channel"),
)  # fmt: skip

COMPANY = (LEADS, DEALS, REMINDERS, VISITS, UNITS, INTERACTIONS)
