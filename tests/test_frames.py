"""Rows as a DataFrame with exact types."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import pytest

from oracle_kit.errors import NotInstalled
from oracle_kit.frames import to_pandas
from tests.canvas import samples
from tests.canvas.samples import field


def test_types_are_exact() -> None:
    frame = samples.table().to_pandas()
    assert list(frame.columns) == [column.name for column in samples.LIST]
    assert frame["amount"][0] == Decimal("98450000.00")
    assert frame["expected_close_on"][0] == date(2026, 5, 1)
    assert str(frame["opportunity_id"].dtype) == "Int64"
    assert str(frame["opened_at"].dtype).startswith("datetime64")


def test_nothing_stays_nothing_and_no_rows_keep_their_columns() -> None:
    columns = (
        field("n", "N", "integer"),
        field("d", "D", "decimal"),
        field("f", "F", "float"),
        field("b", "B", "boolean"),
        field("at", "At", "timestamp"),
        field("t", "T"),
    )
    named = [(one.name, one.type) for one in columns]
    frame = to_pandas(named, [(None,) * 6])
    assert frame.isna().all().all()
    assert to_pandas(named, []).shape == (0, 6)


def test_without_pandas_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NotInstalled, match="notebook"):
        samples.table().to_pandas()
