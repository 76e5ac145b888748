"""Answers equal those of SQL written by hand, on both databases; the SQL knows nothing of the compiler."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.windows import Clock
from tests.datasets.conftest import Ask
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import SHAPES

LOANS = """loans l LEFT JOIN members m ON m.member_id = l.member_id
  LEFT JOIN branches b ON b.branch_id = m.branch_id LEFT JOIN books k ON k.book_id = l.book_id"""
ROWS = f"FROM {LOANS} WHERE l.status <> 'draft'"
NOW = "TIMESTAMP '2026-04-19 09:00:00'"
LATE = f"l.returned_at IS NULL AND l.due_at < {NOW}"
MEMBER = "SELECT m.member_id, m.name FROM members m WHERE"
LOAN_OF = "FROM loans l WHERE l.member_id = m.member_id AND l.status <> 'draft'"

SQL: dict[str, str] = {
    "list": f"""SELECT l.loan_id, m.name, b.city, l.fee {ROWS}
        ORDER BY l.fee DESC NULLS LAST, l.loan_id LIMIT 7""",
    "list in business order": f"""SELECT l.loan_id, l.status, k.genre {ROWS} ORDER BY
        CASE l.status WHEN 'lost' THEN 1 WHEN 'returned' THEN 2 ELSE 3 END,
        CASE k.genre WHEN 'fiction' THEN 1 WHEN 'science' THEN 2 WHEN 'history' THEN 3 WHEN 'Zen' THEN 4
          WHEN 'éclair' THEN 5 END NULLS LAST, l.loan_id LIMIT 40""",
    "list by nulls": f"""SELECT l.loan_id, l.fee, m.score {ROWS}
        ORDER BY m.score DESC NULLS LAST, l.fee NULLS LAST, l.loan_id LIMIT 60""",
    "count": f"SELECT count(*) {ROWS}",
    "every declared measure": f"""SELECT count(*), sum(l.fee), avg(l.fee),
        sum(l.fee * CAST(CASE WHEN l.risk BETWEEN 0 AND 1 THEN l.risk END AS DECIMAL(9, 6))),
        CAST(count(*) FILTER (WHERE l.status = 'lost') AS DOUBLE PRECISION)
          / count(*) FILTER (WHERE l.status IN ('lost', 'returned')),
        sum(k.price) / sum(k.pages), count(DISTINCT l.member_id), avg(m.score),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY k.pages),
        count(*) FILTER (WHERE {LATE}), max(l.due_at), 'Kolkata',
        sum(CAST(k.weight AS DECIMAL(9, 3))) FILTER (WHERE k.weight > 0.75 AND NOT coalesce({LATE}, false)),
        (sum(l.fee) - sum(l.fee) FILTER (WHERE l.status = 'lost')) * 2 - count(*) * 0.5 {ROWS}""",
    "by week": f"""SELECT CAST(date_trunc('week', l.due_at) AS DATE), count(*), sum(l.fee) {ROWS}
        GROUP BY 1 ORDER BY 1""",
    "by fiscal year": f"""SELECT CASE WHEN extract(month FROM l.due_at) >= 4
        THEN DATE '2026-04-01' ELSE DATE '2025-04-01' END, count(*) {ROWS} GROUP BY 1 ORDER BY 1""",
    "by bucket of money": f"""SELECT CAST(floor(l.fee / 50) * 50 AS DECIMAL(16, 2)), count(*) {ROWS}
        GROUP BY 1 ORDER BY 1 NULLS LAST""",
    "by computed band": f"""SELECT CAST(floor(l.fee / 50) * 50 AS DECIMAL(16, 2)),
        CASE WHEN k.pages >= 300 THEN 300 WHEN k.pages >= 100 THEN 100 WHEN k.pages >= 0 THEN 0 END,
        count(*), sum(l.fee) {ROWS} GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST""",
    "top": f"""SELECT m.name, sum(l.fee) {ROWS} GROUP BY m.member_id, m.name
        ORDER BY 2 DESC NULLS LAST, m.member_id LIMIT 5""",
    "having": f"""SELECT m.name, count(*), sum(l.fee) {ROWS}
        GROUP BY m.member_id, m.name HAVING count(*) >= 8 ORDER BY m.name, m.member_id""",
    "share": f"""SELECT b.city, count(*), sum(l.fee),
        CAST(count(*) AS DOUBLE PRECISION) / sum(count(*)) OVER (),
        CAST(sum(l.fee) AS DOUBLE PRECISION) / CAST(sum(sum(l.fee)) OVER () AS DOUBLE PRECISION) {ROWS}
        GROUP BY b.city ORDER BY 5 DESC""",
    "share of a cut": f"""SELECT m.name, count(*), CAST(count(*) AS DOUBLE PRECISION) / 240 {ROWS}
        GROUP BY m.member_id, m.name ORDER BY 2 DESC, m.member_id LIMIT 3""",
    "running": f"""SELECT CAST(date_trunc('month', l.due_at) AS DATE) d, count(*), sum(l.fee),
        sum(count(*)) OVER (ORDER BY CAST(date_trunc('month', l.due_at) AS DATE)),
        sum(sum(l.fee)) OVER (ORDER BY CAST(date_trunc('month', l.due_at) AS DATE)) {ROWS}
        GROUP BY 1 ORDER BY 1""",
    "others": f"""WITH top AS (SELECT b.city {ROWS} GROUP BY b.city ORDER BY sum(l.fee) DESC LIMIT 2)
        SELECT city, count(*), sum(fee), CAST(count(*) FILTER (WHERE status = 'lost') AS DOUBLE PRECISION)
          / count(*) FILTER (WHERE status IN ('lost', 'returned')), avg(fee),
          count(DISTINCT member_id), percentile_cont(0.5) WITHIN GROUP (ORDER BY pages)
        FROM (SELECT CASE WHEN b.city IN (SELECT city FROM top) THEN b.city END AS city, l.fee, l.status,
          l.member_id, k.pages {ROWS}) AS folded GROUP BY city ORDER BY city IS NULL, sum(fee) DESC""",
    "periods": " UNION ALL ".join(
        f"""SELECT '{name}', count(*), sum(l.fee),

        CAST(count(*) FILTER (WHERE l.status = 'lost') AS DOUBLE PRECISION)
        / count(*) FILTER (WHERE l.status IN ('lost', 'returned')) {ROWS}
        AND l.due_at >= TIMESTAMP '{start}' AND l.due_at < TIMESTAMP '{end}'"""
        for name, start, end in (
            ("January", "2026-01-01", "2026-02-01"),
            ("February", "2026-02-01", "2026-03-01"),
            ("March", "2026-03-01", "2026-04-01"),
        )
    ),
    "window on a date": f"""SELECT CAST(date_trunc('month', CAST(l.borrowed_on AS TIMESTAMP)) AS DATE),
        count(*)
        {ROWS} AND l.borrowed_on >= DATE '2026-01-01' AND l.borrowed_on < DATE '2026-02-15'
        GROUP BY 1 ORDER BY 1""",
    "measure where": f"""SELECT b.region, count(*), sum(l.fee) FILTER (WHERE l.status = 'open') {ROWS}
        GROUP BY b.region ORDER BY b.region NULLS LAST""",
    "measure where related": f"""SELECT b.region, count(*) FILTER (WHERE (SELECT count(*) FROM loans s
        WHERE s.member_id = l.member_id AND s.status <> 'draft') > 6) {ROWS}
        GROUP BY b.region ORDER BY b.region NULLS LAST""",
    "terms": f"""SELECT l.status, count(*) {ROWS} AND ({LATE}) AND NOT coalesce(l.fee >= 100, false)
        GROUP BY l.status ORDER BY CASE l.status WHEN 'open' THEN 1 WHEN 'returned' THEN 2 ELSE 3 END""",
    "term of terms": f"""SELECT count(*), count(*) FILTER (WHERE {LATE}) {ROWS}
        AND (({LATE} AND l.fee >= 100) OR l.status = 'lost' OR k.genre = 'Zen')""",
    "not is not unknown": f"SELECT count(*) {ROWS} AND (m.score IS NULL OR m.score <= 20)",
    "between days": f"""SELECT count(*) {ROWS} AND l.due_at >= TIMESTAMP '2026-02-01'
        AND l.due_at < TIMESTAMP '2026-02-04'""",
    "after a day": f"SELECT count(*) {ROWS} AND l.due_at >= TIMESTAMP '2026-02-03'",
    "null tests": f"SELECT count(*) {ROWS} AND l.fee IS NULL AND l.risk IS NOT NULL",
    "computed compared": f"SELECT count(*) {ROWS} AND l.due_at < {NOW} - INTERVAL '14' DAY",
    "related": f"{MEMBER} EXISTS (SELECT 1 {LOAN_OF}) ORDER BY 1",
    "related, none": f"{MEMBER} NOT EXISTS (SELECT 1 {LOAN_OF}) ORDER BY 1",
    "related, exactly": f"{MEMBER} (SELECT count(*) {LOAN_OF}) = 9 ORDER BY 1",
    "related, at most": f"{MEMBER} (SELECT count(*) {LOAN_OF}) <= 8 ORDER BY 1",
    "related, not so many": f"{MEMBER} (SELECT count(*) {LOAN_OF}) <> 9 ORDER BY 1",
    "related with a filter": f"""{MEMBER} (SELECT count(*) {LOAN_OF} AND l.fee > 100
        AND l.due_at >= TIMESTAMP '2026-02-01' AND l.due_at < TIMESTAMP '2026-03-01') >= 2 ORDER BY 1""",
    "related of related": f"""{MEMBER} EXISTS (SELECT 1 {LOAN_OF} AND (SELECT count(*) FROM loans s
        WHERE s.member_id = l.member_id AND s.status <> 'draft' AND s.returned_at IS NULL
        AND s.due_at < {NOW}) >= 3) ORDER BY 1""",
    "related and terms": f"""{MEMBER} m.active AND m.score >= 12
        AND (SELECT count(*) {LOAN_OF} AND l.status = 'lost') < 3 ORDER BY 1""",
}


def by_hand(warehouse: Warehouse, clock: Clock, sql: str) -> list[list[Any]]:
    with warehouse.snapshot(clock) as snapshot:
        return [[plain(value) for value in row] for row in snapshot.execute(sa.text(sql))]  # type: ignore[arg-type]  # any statement runs


def plain(value: Any) -> Any:
    """Numbers of any kind as numbers, times as text; text stays."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    try:
        return value if isinstance(value, bool | None) else pytest.approx(float(value), rel=1e-9, abs=1e-12)
    except ValueError:
        return value


def number(value: Any) -> Any:
    """A decimal's text as a number, to compare it with what a driver gave."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


@pytest.mark.parametrize("name", SQL)
def test_equals_the_sql_written_by_hand(name: str, ask: Ask, warehouse: Warehouse, clock: Clock) -> None:
    got = [[number(value) for value in row] for row in ask(SHAPES[name]).rows]
    assert got
    assert got == by_hand(warehouse, clock, SQL[name])


@pytest.mark.parametrize(
    ("viewer", "rows"),
    [
        ("clerk", "b.manager_id = 101"),
        ("lead", "b.region = 'east'"),
        ("clerk and lead", "(b.manager_id = 101 OR b.region = 'east')"),
    ],
)
def test_a_row_filter_is_the_same_as_asking_for_those_rows(
    viewer: str, rows: str, ask: Ask, warehouse: Warehouse, clock: Clock
) -> None:
    got = [list(row) for row in ask(SHAPES["related, at most"], VIEWERS[viewer]).rows]
    sql = f"""SELECT m.member_id, m.name FROM members m LEFT JOIN branches b ON b.branch_id = m.branch_id
        WHERE {rows} AND (SELECT count(*) {LOAN_OF}) <= 8 ORDER BY 1"""
    assert got == by_hand(warehouse, clock, sql)


def test_enough_queries_are_checked_by_hand() -> None:
    assert len(SQL) >= 25
