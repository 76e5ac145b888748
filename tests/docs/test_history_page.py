"""The page on history is run as it stands."""

from __future__ import annotations

from pathlib import Path

from tests.docs.test_tutorial import run_page


def test_two_people_work_on_a_page(velocity_duckdb: str, tmp_path: Path) -> None:
    said = [output for _, output in run_page("history.md", tmp_path, ORACLE_WAREHOUSE_URL=velocity_duckdb)]
    made, shared, forked, asked, shown, approved, log, back = said
    assert made.startswith("April review: rev_")
    assert "viewers    author" in shared
    assert "~ Units by city: Mumbai" in forked
    assert "open  Mumbai alone  by author" in asked
    assert "author" in shown
    assert "merged  Mumbai alone" in approved
    assert "|\\" in log
    assert "rollback" in back
