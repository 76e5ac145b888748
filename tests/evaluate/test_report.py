"""Totals, confusions and the risk-coverage curve, over results made by hand."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from oracle_kit.evaluate import Result, curve_svg, report_text
from oracle_kit.evaluate.report import report_of

SVG = "{http://www.w3.org/2000/svg}"


def result(number: int, outcome: str, **given: Any) -> Result:
    told = {"prompt": f"prompt {number}", "category": "numbers", "viewer": "analyst", **given}
    return Result(id=f"r{number}", outcome=outcome, **told)  # type: ignore[arg-type]  # outcomes are named in the tests


EVERY = (
    result(1, "right", score=0.9, template="a.b.one", second="a.b.two", margin=0.4),
    result(2, "right_reserved", score=0.8),
    result(3, "wrong_unwarned", score=0.3, template="a.b.one", second="a.b.two", margin=0.05),
    result(4, "refused_rightly", category="refusals"),
    result(5, "refused_wrongly", category="refusals", reason="not understood: balcony [x]"),
)


def test_totals_and_categories() -> None:
    report = report_of(EVERY, 1.5)
    assert (report.cases, report.right, report.wrong_unwarned) == (5, 0.6, 1)
    assert [(one.category, one.cases, one.right) for one in report.categories] == [
        ("numbers", 3, pytest.approx(2 / 3)),
        ("refusals", 2, 0.5),
    ]
    assert sum(report.outcomes.values()) == 5


def test_confusions_name_the_pair_its_wrongs_and_its_least_margin() -> None:
    (one,) = report_of(EVERY).confusions
    assert (one.hit, one.second, one.cases, one.wrong, one.least_margin) == ("a.b.one", "a.b.two", 2, 1, 0.05)
    assert one.prompts == ("prompt 3",)


def test_the_curve_takes_the_surest_first_and_leaves_refusals_out() -> None:
    curve = report_of(EVERY).curve
    assert [(point.coverage, point.risk) for point in curve] == [
        (0.2, 0.0),
        (0.4, 0.5),
        (0.6, pytest.approx(1 / 3)),
    ]
    assert [point.confidence for point in curve] == sorted((p.confidence for p in curve), reverse=True)


def test_equal_confidence_is_one_point() -> None:
    curve = report_of([result(1, "right", score=0.5), result(2, "wrong_unwarned", score=0.5)]).curve
    assert [(point.coverage, point.risk) for point in curve] == [(1.0, 0.5)]


def test_the_picture_is_svg_with_a_point_for_each_value() -> None:
    root = ElementTree.fromstring(curve_svg(report_of(EVERY).curve, "Risk & coverage"))  # noqa: S314  # our own text
    assert root.find(f"{SVG}title").text == "Risk & coverage"  # type: ignore[union-attr]  # it is there, or this fails
    points = root.find(f"{SVG}polyline").get("points").split()  # type: ignore[union-attr]  # likewise
    assert len(points) == 3
    assert all(0 <= float(x) <= 640 and 0 <= float(y) <= 400 for x, y in (p.split(",") for p in points))


def test_a_picture_of_nothing_says_so() -> None:
    assert "nothing was answered" in curve_svg(())


@pytest.mark.parametrize(
    ("min_right", "most", "passes"),
    [(None, None, True), (0.6, None, True), (0.61, None, False), (None, 1, True), (None, 0, False)],
)
def test_thresholds(min_right: float | None, most: int | None, passes: bool) -> None:
    assert report_of(EVERY).passes(min_right, most) is passes


def test_the_printed_report_has_totals_failures_and_confusions() -> None:
    screen = Console(width=160, record=True)
    screen.print(report_text(report_of(EVERY, 2.0)))
    text = screen.export_text()
    assert "3 of 5 right (60.0%), 1 wrong without a warning, in 2.0 s." in text
    assert "not understood: balcony [x]" in text
    assert "a.b.two" in text


def test_golds_that_prove_little_are_named() -> None:
    screen = Console(width=160, record=True)
    screen.print(report_text(report_of([result(1, "right", empty_gold=True)])))
    assert "prove little: r1" in screen.export_text()
