"""The shipped datasets on the demo warehouse: everything they declare, on both databases, for every role."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.constructs import exact
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.tree import Attribute, walk
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.demo import viewers as demo_viewers
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.language.lexicon import dataset_phrases
from oracle_kit.model import Viewer
from oracle_kit.query import Dimension, Measure, Not, Query, Related, Term
from oracle_kit.windows import Clock
from tests.datasets.lending import NOW

CATALOG = Catalog.load(Path(__file__).parents[2] / "datasets")
CLOCK = Clock(now=NOW, calendar=CATALOG.calendar)


@pytest.fixture(scope="module")
def databases(velocity_duckdb: str, velocity_postgres: str) -> Iterator[tuple[Warehouse, Warehouse]]:
    both = Warehouse(velocity_duckdb), Warehouse(velocity_postgres)
    yield both
    for one in both:
        one.close()


@pytest.fixture(scope="module")
def viewers(velocity_duckdb: str) -> dict[str, Viewer]:
    """One viewer for each role; the advisor and the manager are those of the demo."""
    found = demo_viewers(velocity_duckdb)
    assert set(found) == set(CATALOG.workbench.roles)
    return found


def queries(dataset: Dataset) -> Iterator[Query]:
    """A query for everything that the dataset declares, alone and by its dimensions."""
    every = tuple(Measure(name=name) for name in dataset.measures)
    shown = tuple(name for name in dataset.fields)
    plain = [name for name in dataset.fields if name not in dataset.restricted]
    yield Query(dataset=dataset.id, columns=dataset.file.list_columns, limit=200)
    yield Query(dataset=dataset.id, columns=shown, limit=100)
    yield Query(dataset=dataset.id, measures=every)
    for name in plain:
        field = dataset.fields[name]
        grain = "month" if field.role == "time" else None
        by = (Dimension(field=name, grain=grain),)
        yield Query(dataset=dataset.id, measures=every, dimensions=by, limit=40)
    for name, field in ((name, dataset.fields[name]) for name in plain):
        if field.role == "number":
            asked = tuple(
                Measure(fn=fn, field=name) for fn in ("sum", "avg", "min", "max", "median", "count")
            )
            yield Query(dataset=dataset.id, measures=asked)
    for name in dataset.terms:
        for where in (Term(name=name), Not(part=Term(name=name))):
            yield Query(dataset=dataset.id, measures=(Measure(fn="count"),), where=where)
    for name in dataset.relations:
        for op, count in (("ge", 1), ("eq", 0), ("ge", 2), ("le", 3)):
            related = Related(relation=name, op=op, count=count)
            yield Query(dataset=dataset.id, measures=(Measure(fn="count"),), where=related)


@pytest.mark.parametrize("name", CATALOG.datasets)
def test_both_databases_answer_alike(
    name: str, databases: tuple[Warehouse, Warehouse], viewers: dict[str, Viewer]
) -> None:
    dataset = CATALOG.datasets[name]
    for role in ("admin", "advisor") if "advisor" in dataset.row_filters else ("admin",):
        for query in queries(dataset):
            statement = compile_query(query, CATALOG, viewers[role], CLOCK)
            with databases[0].snapshot(CLOCK) as left, databases[1].snapshot(CLOCK) as right:
                assert left.run(statement) == right.run(statement), query.model_dump_json(
                    exclude_defaults=True
                )


@pytest.mark.parametrize("name", CATALOG.datasets)
def test_each_role_reads_what_the_policy_gives_it(
    name: str, databases: tuple[Warehouse, Warehouse], viewers: dict[str, Viewer]
) -> None:
    """Rows under a filter are fewer than all and more than none; roles that are not listed read nothing."""
    from oracle_kit.datasets.policy import access

    dataset = CATALOG.datasets[name]
    count = Query(dataset=name, measures=(Measure(fn="count"),))
    found = {}
    for role, viewer in viewers.items():
        assert (access(dataset, viewer) is not None) == (role in dataset.row_filters)
        if role in dataset.row_filters:
            with databases[0].snapshot(CLOCK) as snapshot:
                found[role] = snapshot.run(compile_query(count, CATALOG, viewer, CLOCK)).rows[0][0]
    for role, node in dataset.row_filters.items():
        filtered = node is not None and any(isinstance(part, Attribute) for part in walk(node))
        assert (0 < found[role] < found["admin"]) if filtered else found[role] == found["admin"]  # type: ignore[operator]  # counts


def test_the_shipped_datasets_fit_the_demo_warehouse(databases: tuple[Warehouse, Warehouse]) -> None:
    for one in databases:
        assert CATALOG.verify(one) == ()


def test_floats_between_two_decimals_are_rounded_alike(velocity_duckdb: str, velocity_postgres: str) -> None:
    """27 seconds in days end in half a millionth; so do many other floats, and what is large or negative."""
    asked = [27 * k / 86400 for k in range(-2001, 2001, 2)] + [
        0.0000005,
        -0.0000005,
        1.0000015,
        123456789.1234565,
    ]
    asked += [8.9e12, -8.9e12, 9.1e12 + 0.25, 1e18, -8e18, 667071.7099725, 0.1 + 0.2, 0.9999999, -0.9999999]
    source = sa.values(sa.column("place", sa.BigInteger), sa.column("number", sa.Double), name="asked")
    rows = source.data([(place, number) for place, number in enumerate(asked)])
    found = []
    for url in (velocity_duckdb, velocity_postgres):
        with reading(open_url(url)) as connection:
            number = sa.cast(rows.c.number, sa.Double)
            found.append(connection.scalars(sa.select(exact(number)).order_by(rows.c.place)).all())
    assert found[0] == found[1]
    assert all(
        math.isclose(float(got), number, rel_tol=1e-15, abs_tol=6e-13)
        for got, number in zip(found[0], asked, strict=True)
    )


def test_a_home_city_is_meant_only_where_it_is_said(databases: tuple[Warehouse, Warehouse]) -> None:
    """ "Leads in Delhi" asks for a city that leads do not have; "living in Delhi" for where the buyer lives."""
    words = {one.id: one for one in CATALOG.words(databases[0].live_values(CATALOG, CLOCK))}
    phrases: dict[str, set[str]] = {}
    for phrase, entry in dataset_phrases(words["crm.leads"]):
        phrases.setdefault(phrase, set()).add(entry.name)
    assert "Delhi" not in phrases
    assert phrases["living in Delhi"] == phrases["based in bangalore"] == {"home_city"}
    assert phrases["bangalore"] == {"city"}


def test_codes_of_countries_are_no_words() -> None:
    """The code IN is no value of "leads in Pune", nor US of "show us leads"; their names are."""
    words = {one.id: one for one in CATALOG.words()}
    for name in ("crm.leads", "crm.opportunities", "intel.reminders", "intel.visits", "intel.interactions"):
        phrases = {phrase: entry.value for phrase, entry in dataset_phrases(words[name])}
        assert not {"IN", "US", "DE", "CA", "AU"} & set(phrases)
        assert (phrases["India"], phrases["uae"], phrases["usa"]) == ("IN", "AE", "US")


def test_declared_values_are_those_of_the_demo(databases: tuple[Warehouse, Warehouse]) -> None:
    """Every declared value of every field stands in the data, and no other does."""
    for dataset in CATALOG.datasets.values():
        for name, field in dataset.fields.items():
            if field.file.values == "database" or not field.file.values:
                continue
            declared = {getattr(one, "value", one) for one in field.file.values}
            query = Query(
                dataset=dataset.id, dimensions=(Dimension(field=name),), measures=(Measure(fn="count"),)
            )
            with databases[0].snapshot(CLOCK) as snapshot:
                rows = snapshot.run(
                    compile_query(query, CATALOG, Viewer(id="a", roles=("admin",)), CLOCK)
                ).rows
            found = {value for value, count in rows if value is not None and count}
            assert found <= declared, (dataset.id, name)
            if "." not in (field.file.column or ".") and name != "from_stage":  # of its own table, all occur
                assert found == declared, (dataset.id, name)
