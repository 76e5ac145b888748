"""Prompts answered end to end on a database, against SQL written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.lookup import lookup
from oracle_kit.datasets.policy import access
from oracle_kit.datasets.vocabulary import words_for
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Context, Plan, Rows
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.plan_codebook import CodebookPlanner
from oracle_kit.pipeline.plan_suggest import SuggestionPlanner
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.query import Scalar
from oracle_kit.words import DatasetWords
from tests.datasets import lending
from tests.language.desk import FixedRanker


@dataclass
class Library:
    """The lending library, asked in words."""

    url: str
    catalog: Catalog
    warehouse: Warehouse
    lexicon: Lexicon

    def ask(self, prompt: str, role: str = "analyst") -> tuple[Plan, list[Rows]]:
        """The plan of a prompt, and the rows of each step's main query."""
        viewer, clock = lending.VIEWERS[role], lending.clock()
        context = Context(viewer=viewer, clock=clock)

        def allowed(name: str) -> DatasetWords | None:
            granted = access(self.catalog.datasets[name], viewer)
            return words_for(self.lexicon.datasets[name], granted) if granted else None

        with self.warehouse.snapshot(clock) as snapshot:

            def find(dataset: str, field: str, words: str) -> tuple[Scalar, ...]:
                return lookup(self.catalog, snapshot, viewer, dataset, field, words, 21)

            found = retrieve(prompt, self.lexicon, FixedRanker(), context)
            candidates = select(prompt, found, self.lexicon, allowed, find, context)
            planners = (CodebookPlanner(self.lexicon, {}), SuggestionPlanner(self.lexicon, {}))
            planned = plan(prompt, candidates, context, planners)
            queries = [step.queries["main"] for step in planned.steps if "main" in step.queries]
            rows = [snapshot.run(compile_query(q, self.catalog, viewer, clock)) for q in queries]
        return planned, rows

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a statement written by hand, read past the product."""
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(text))]
        engine.dispose()
        return rows


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    path: Path = tmp_path_factory.mktemp("library") / "library.duckdb"
    url = f"duckdb:///{path}"
    lending.build(url)
    warehouse = Warehouse(url)
    catalog = lending.catalog()
    words = catalog.words(warehouse.live_values(catalog, lending.clock()))
    copy = path.with_name("copy.duckdb")
    copy.write_bytes(path.read_bytes())
    yield Library(
        f"duckdb:///{copy}", catalog, warehouse, Lexicon.compile(words, load_tongue(), load_speech())
    )
    warehouse.close()


FROM = (
    "from loans l left join members m using (member_id) left join branches b on b.branch_id = m.branch_id "
    "left join books k using (book_id) where l.status <> 'draft'"
)
NUMBERS = {
    "how many loans": f"select count(*) {FROM}",
    "how many overdue loans": (
        f"select count(*) {FROM} and returned_at is null and due_at < '2026-04-19 09:00'"
    ),
    "how many loans last month": (
        f"select count(*) {FROM} and due_at >= '2026-03-01' and due_at < '2026-04-01'"
    ),
    "how many fiction or science loans": f"select count(*) {FROM} and genre in ('fiction', 'science')",
    "how many loans with fee above 100": f"select count(*) {FROM} and fee > 100",
    "number of loans with fee between 50 and 80": f"select count(*) {FROM} and fee between 50 and 80",
    "how many loans never returned": f"select count(*) {FROM} and returned_at is null",
    "how many active members": "select count(*) from members where active",
    "how many members without loans": (
        "select count(*) from members m where not exists "
        "(select 1 from loans l where l.member_id = m.member_id and l.status <> 'draft')"
    ),
    "what percentage of loans are returned": (
        f"select count(*) filter (where l.status = 'returned') * 1.0 / count(*) {FROM}"
    ),
}


@pytest.mark.parametrize(("prompt", "sql"), NUMBERS.items(), ids=list(NUMBERS))
def test_a_number_equals_hand_written_sql(library: Library, prompt: str, sql: str) -> None:
    planned, rows = library.ask(prompt)
    assert planned.mode == "codebook_retrieval"
    assert float(str(rows[0].rows[0][0])) == pytest.approx(float(library.sql(sql)[0][0]), abs=1e-5)


def test_groups_equal_hand_written_sql(library: Library) -> None:
    _, (rows,) = library.ask("top 3 cities by loans")
    gold = library.sql(f"select b.city, count(*) {FROM} group by 1 order by 2 desc, 1 limit 3")
    assert [tuple(row) for row in rows.rows] == gold


def test_every_spelling_of_a_value_is_taken_where_the_prompt_does_not_tell_them_apart(
    library: Library,
) -> None:
    planned, _ = library.ask("loans in kolkata")
    assert planned.reservations
    _, (rows,) = library.ask("how many loans in kolkata")
    assert rows.rows[0][0] == library.sql(f"select count(*) {FROM} and lower(b.city) = 'kolkata'")[0][0]


def test_names_are_found_under_the_viewers_own_rights(library: Library) -> None:
    _, (rows,) = library.ask("how many loans of Asha Rao")
    gold = library.sql(f"select count(*) {FROM} and m.name like 'Asha Rao%'")
    assert rows.rows[0][0] == gold[0][0]
    planned, _ = library.ask("loans of Zanzibar", "clerk")
    assert planned.refusals[0].code == "not_permitted"
