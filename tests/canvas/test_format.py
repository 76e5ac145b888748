"""Numbers, money, percents, areas, durations and days as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle_kit.canvas.format import exact_value, format_value, grouped, label_of, plain_text, short_number
from oracle_kit.model import Column
from tests.canvas.samples import dimension, field, measure

MONEY = measure("value", "Value", "decimal", "INR")
PERCENT = measure("rate", "Rate", "float", "percent")
COUNT = measure("count", "Count")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12500000.00", "₹1.25 Cr"),
        ("4850000.00", "₹48.5 L"),
        ("9999999.00", "₹1 Cr"),  # never "₹100 L"
        ("99999.60", "₹1 L"),
        ("99999.40", "₹99,999"),
        ("99600.00", "₹99,600"),
        ("1234.50", "₹1,235"),
        ("999.50", "₹999.5"),
        ("0.00", "₹0"),
        ("0.004", "₹0.004"),
        ("-12500000.00", "−₹1.25 Cr"),
        ("1234567890000.00", "₹1.23 lakh Cr"),
        ("45000000000000.00", "₹45 lakh Cr"),
        ("123450000000.00", "₹12,345 Cr"),
        (None, "–"),
    ],
)
def test_money_is_short_and_indian(value: str | None, text: str) -> None:
    assert format_value(value, MONEY) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234567, None, "12,34,567"),
        (999, None, "999"),
        (100000, None, "1,00,000"),
        ("1250000.00", "EUR", "€1.25 M"),
        ("48500.00", "EUR", "€48,500"),
        ("2500000000.00", "USD", "$2.5 bn"),
        ("1250.50", "AED", "AED 1,251"),
        (0.4253, "percent", "42.5%"),
        (0.00001, "percent", "0.001%"),
        (0.0000001, "percent", "under 0.001%"),
        (0.99999, "percent", "99.999%"),
        (1.0, "percent", "100%"),
        (-0.05, "percent", "−5%"),
        (1250, "sqft", "1,250 sq ft"),
        ("9850.4", "INR/sqft", "₹9,850/sq ft"),
        (1, "day", "1 day"),
        (12.44, "day", "12.4 days"),
        (45, "second", "45 s"),
        (200, "second", "3 min 20 s"),
        (7500, "second", "2 h 5 min"),
        (72.44, "score", "72.4"),
        (3.14159, None, "3.14"),
        (1e-9, None, "0.000000001"),
    ],
)
def test_each_unit_has_its_own_reading(value: object, unit: str | None, text: str) -> None:
    kind = "decimal" if isinstance(value, str) else "float" if isinstance(value, float) else "integer"
    assert format_value(value, measure("m", "M", kind, unit)) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        ("2026-04-19", field("on", "On", "date"), "19 Apr 2026"),
        ("2026-04-19T09:05:00", field("at", "At", "timestamp"), "19 Apr 2026, 09:05"),
        ("2026-04-19T00:00:00", field("at", "At", "timestamp"), "19 Apr 2026"),
        ("2026-04-01", dimension("m", "M", type="date", grain="month"), "Apr 2026"),
        ("2026-04-01", dimension("q", "Q", type="date", grain="quarter"), "Apr–Jun 2026"),
        ("2026-04-01", dimension("y", "Y", type="date", grain="year"), "FY 2026-27"),
        ("2026-01-01", dimension("y", "Y", type="date", grain="year"), "2026"),
        ("0001-01-01", field("on", "On", "date"), "1 Jan 1"),
        ("9999-12-31", field("on", "On", "date"), "31 Dec 9999"),
        ("no date", field("on", "On", "date"), "no date"),
        (True, field("is_active", "Active", "boolean"), "Yes"),
        (
            "site_visit",
            dimension("s", "S", values=("site_visit",), labels=("Visit of the site",)),
            "Visit of the site",
        ),
        ("site_visit", dimension("s", "S", values=("site_visit",)), "Site visit"),
        ("site_visit", dimension("s", "S"), "site_visit"),
        ("  ", dimension("s", "S"), "(blank)"),
        (1234567, field("lead_id", "Lead", "integer"), "1234567"),
    ],
)
def test_dates_labels_and_ids(value: object, column: Column, text: str) -> None:
    assert format_value(value, column) == text  # type: ignore[arg-type]


def test_the_exact_value_keeps_every_digit() -> None:
    assert exact_value("12543210.50", MONEY) == "₹1,25,43,210.50"
    assert exact_value("98765432109876543210.12", MONEY) == "₹9,87,65,43,21,09,87,65,43,210.12"
    assert exact_value(0.425312, PERCENT) == "42.5312%"
    assert exact_value(95, measure("d", "D", "integer", "second")) == "95 seconds"
    assert exact_value("2026-04-19T09:05:07", field("at", "At", "timestamp")) == "19 Apr 2026, 09:05:07 UTC"
    assert (
        exact_value("2026-04-01", dimension("m", "M", type="date", grain="month"))
        == "1 Apr 2026 to 30 Apr 2026"
    )
    assert exact_value(None, MONEY) == "no value"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**20, places=2))
def test_groups_lose_no_digit(number: Decimal) -> None:
    for indian in (True, False):
        assert Decimal(grouped(number, indian=indian).replace(",", "")) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=2))
def test_short_money_is_within_half_a_percent(number: Decimal) -> None:
    text = format_value(str(number), MONEY).replace("₹", "").replace(",", "").replace("−", "-")
    scale = {"lakh Cr": 10**12, "Cr": 10**7, "L": 10**5}
    figure, _, word = text.partition(" ")
    read = Decimal(figure) * scale.get(word, 1)
    assert abs(read - number) <= abs(number) * Decimal("0.006")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_nothing_but_zero_reads_as_zero(number: float) -> None:
    if number != 0:
        for column in (COUNT.model_copy(update={"type": "float"}), MONEY):
            figure = format_value(number, column)
            assert any(digit in figure for digit in "123456789"), figure


def test_axis_texts_are_short() -> None:
    assert short_number(Decimal(120000), None) == "1.2 L"
    assert short_number(Decimal("0.45"), "percent") == "45%"
    assert short_number(Decimal(30000000), "INR") == "₹3 Cr"
    assert short_number(Decimal("0.0"), None) == "0"


def test_control_characters_are_replaced_and_listed_names_are_read() -> None:
    assert plain_text("a\x00b\x1b[31m\ud800") == "a�b�[31m�"
    assert (
        label_of("nri", dimension("r", "R", values=("resident", "nri"), labels=("Resident", "NRI"))) == "NRI"
    )
