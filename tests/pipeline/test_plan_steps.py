"""The kind of block that a reading gets when no template has a say."""

from __future__ import annotations

import pytest

from tests.language.desk import ask

KINDS = {
    "how many leads": "kpi_tile",
    "how many leads and what is the conversion": "table",
    "leads by city": "bar_chart",
    "leads by month": "line_chart",
    "leads by city and month": "line_chart",
    "leads by city, source and stage": "table",
    "hot leads": "table",
    "compare Kolkata and Mumbai leads": "comparison",
    "compare cities by conversion": "bar_chart",
    "leads this month vs last month": "comparison",
    "leads this quarter vs last quarter by source": "table",
    "leads by source as a table": "table",
    "leads by month as a bar chart": "bar_chart",
    "leads by source as a line chart": "bar_chart",
    "share of leads by source": "bar_chart",
}


@pytest.mark.parametrize(("prompt", "kind"), KINDS.items(), ids=list(KINDS))
def test_the_kind_suits_the_shape(prompt: str, kind: str) -> None:
    assert ask(prompt).steps[0].kind == kind


def test_a_list_shows_its_first_rows_and_groups_are_not_cut() -> None:
    assert ask("hot leads").steps[0].queries["main"].limit == 50
    assert ask("leads by city").steps[0].queries["main"].limit is None
