"""The demo is built the same everywhere, whole or not at all, and never over something else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.demo import DEMO_NOW, build, digest, viewers
from oracle_kit.demo.counter import Draws, mix
from oracle_kit.demo.generate import generate
from oracle_kit.demo.lists import read_lists
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.story import Story
from oracle_kit.demo.tables import VELOCITY
from oracle_kit.errors import Refused, WarehouseUnavailable
from oracle_kit.windows import Calendar, Clock

SMALL = 0.01
# Of the rows at scale 0.01 and seed 151; it changes only when the demo is meant to change.
SMALL_DIGEST = "978ad5ae51098ee4e38f9dbdb1d78db803f05e9c64a7d993018907e9d99ba997"
COUNTS = {  # at scale 1, as the warehouse is specified
    "inventory_units": 5_000,
    "crm_people": 20_000,
    "crm_leads": 20_000,
    "crm_opportunities": 12_000,
    "intel_interactions": 120_000,
    "intel_reminders": 30_000,
    "intel_qd_timeseries": 250_000,
}


def place(folder: Path) -> str:
    return f"duckdb:///{folder / 'demo.duckdb'}"


def rows_of(story: Story, chunk: int) -> dict[str, dict[str, list[object]]]:
    """All rows by table and column, whatever the parts they came in."""
    found: dict[str, dict[str, list[object]]] = {}
    for part in generate(story, chunk):
        columns = found.setdefault(part.table.name, {})
        for name, values in part.rows.items():
            columns.setdefault(name, []).extend(values.tolist())
    return found


def test_the_counter_hash_is_splitmix64() -> None:
    """The first numbers of the reference implementation, seeded with 0 and with 1234567."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    steps = np.arange(1, 4, dtype=np.uint64) * golden
    assert [hex(one) for one in mix(steps).tolist()] == [
        "0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4", "0x6c45d188009454f",
    ]  # fmt: skip
    assert mix(np.uint64(1234567) + steps[:1]).tolist() == [6457827717110365317]


def test_draws_depend_on_seed_table_column_and_row_alone() -> None:
    rows = np.arange(1000, dtype=np.int64)
    draws = Draws(1, "leads").below("city", rows, 1 << 31)
    assert (Draws(1, "leads").below("city", rows[500:], 1 << 31) == draws[500:]).all()
    for other in (Draws(2, "leads"), Draws(1, "units")):
        assert (other.below("city", rows, 1 << 31) != draws).mean() > 0.99
    assert (Draws(1, "leads").below("stage", rows, 1 << 31) != draws).mean() > 0.99


def test_draws_keep_to_their_bounds_and_weights() -> None:
    rows, draws = np.arange(20_000, dtype=np.int64), Draws(1, "x")
    assert set(draws.between("a", rows, -2, 2).tolist()) == {-2, -1, 0, 1, 2}
    assert set(draws.below("b", rows, 0).tolist()) == {0}
    bell = draws.bell("c", rows, 10)
    assert bell.min() >= -10
    assert bell.max() <= 10
    assert abs(float(bell.mean())) < 0.2
    picked = np.bincount(draws.pick("d", rows, (1, 0, 3)), minlength=3) / len(rows)
    assert picked[1] == 0
    assert abs(picked[2] - 0.75) < 0.02


def test_two_builds_are_the_same_and_as_ever(tmp_path: Path) -> None:
    build(place(tmp_path / "one"), scale=SMALL)
    build(place(tmp_path / "two"), scale=SMALL)
    assert digest(place(tmp_path / "one")) == digest(place(tmp_path / "two")) == SMALL_DIGEST


def test_both_databases_hold_the_same_rows(velocity_duckdb: str, velocity_postgres: str) -> None:
    assert digest(velocity_duckdb) == digest(velocity_postgres)


def test_another_seed_gives_other_rows(tmp_path: Path) -> None:
    build(place(tmp_path), scale=SMALL, seed=152)
    assert digest(place(tmp_path)) != SMALL_DIGEST


def test_rows_do_not_depend_on_the_size_of_the_parts() -> None:
    story = Story(151, 0.02, read_lists())
    assert rows_of(story, 100) == rows_of(story, 10_000)


def test_parts_without_any_text_in_a_nullable_column_are_written(tmp_path: Path) -> None:
    """The last leads of a large demo are all new: a stretch of them has no reason for a loss at all."""
    from oracle_kit.demo.duckdb_load import load_duckdb

    load_duckdb(tmp_path / "demo.duckdb", generate(Story(151, SMALL, read_lists()), chunk=3))
    assert digest(place(tmp_path)) == SMALL_DIGEST


def test_there_are_as_many_rows_as_specified() -> None:
    found = rows_of(Story(151, 1.0, read_lists()), 20_000)
    for table, count in COUNTS.items():
        assert len(next(iter(found[table].values()))) == pytest.approx(count, rel=0.05), table
    assert len(found["inventory_projects"]["project_id"]) == 60


@pytest.mark.parametrize("scale", [0.01, 0.03, 3.0])
@pytest.mark.parametrize("seed", [0, 7, 2**63, -5])
def test_every_seed_and_scale_finds_units_for_those_who_book(scale: float, seed: int) -> None:
    from oracle_kit.demo.projects import make_projects
    from oracle_kit.demo.stock import SOLD, make_stock
    from oracle_kit.demo.team import make_team
    from oracle_kit.demo.units import make_units

    story = Story(seed, scale, read_lists())
    projects = make_projects(story)
    stock = make_stock(story, make_team(story), projects, make_units(story, projects))
    assert len(set(stock.claimed.tolist())) == len(stock.claimants) > 0
    assert 0.25 < (stock.status == SOLD).mean() < 0.65


def test_columns_have_the_types_of_the_specification(velocity_url: str) -> None:
    """Ids are BIGINT, money DECIMAL(16,2), times TIMESTAMP, days DATE; nullable where the story says so."""
    spelled = {"DOUBLE PRECISION": "DOUBLE", "DATETIME": "TIMESTAMP", "DECIMAL": "NUMERIC"}
    with reading(open_url(velocity_url)) as connection:
        for name, table in VELOCITY.tables.items():
            found = sa.inspect(connection).get_columns(name)
            assert [one["name"] for one in found] == list(table.columns.keys())
            for one, column in zip(found, table.columns, strict=True):
                shown, meant = str(one["type"]), str(column.type)
                for odd, plain in spelled.items():
                    shown, meant = shown.replace(odd, plain), meant.replace(odd, plain)
                assert shown.split(" COLLATE")[0] == meant, (name, column.name)
                assert one["nullable"] == column.nullable, (name, column.name)
                assert not column.name.endswith("_inr") or meant == "NUMERIC(16, 2)"
                assert not column.name.endswith("_at") or meant == "TIMESTAMP"
                assert not column.name.endswith("_on") or meant == "DATE"


def test_postgresql_has_keys_indexes_and_statistics(velocity_postgres: str) -> None:
    with reading(open_url(velocity_postgres)) as connection:
        inspector = sa.inspect(connection)
        for name, table in VELOCITY.tables.items():
            if name == "oracle_demo":
                continue
            assert inspector.get_pk_constraint(name)["constrained_columns"] == table.info["key"]
            indexed = {tuple(one["column_names"]) for one in inspector.get_indexes(name)}
            assert indexed >= {(column,) for column in table.info["indexes"]}
        guessed = connection.scalar(sa.text("SELECT reltuples FROM pg_class WHERE relname = 'crm_leads'"))
        assert guessed == 2000


def test_the_mark_says_seed_scale_and_now(velocity_url: str) -> None:
    with reading(open_url(velocity_url)) as connection:
        assert connection.execute(sa.select(VELOCITY.tables["oracle_demo"])).one() == (151, 0.1, DEMO_NOW)


def test_progress_names_tables_and_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    build(place(tmp_path), scale=SMALL, progress=lambda table, done: told.append((table, done)))
    shares = [done for _, done in told]
    assert {table for table, _ in told} == set(VELOCITY.tables)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("at", ["crm_users", "crm_leads", "intel_qd_timeseries"])
def test_an_interrupted_build_leaves_what_was_there(at: str, tmp_path: Path, postgres_url: str) -> None:
    """Ctrl-C in the middle: a demo that stands is whole afterwards, and no half one is left."""

    def interrupt(table: str, done: float) -> None:
        if table == at:
            os.kill(os.getpid(), signal.SIGINT)

    for url in (place(tmp_path), postgres_url):
        with pytest.raises(KeyboardInterrupt):
            build(url, scale=SMALL, progress=interrupt)
        assert list(tmp_path.iterdir()) == []
        assert viewers(url) == {}
    for url in (place(tmp_path), postgres_url):
        build(url, scale=SMALL)
        with pytest.raises(KeyboardInterrupt):
            build(url, scale=0.02, seed=3, overwrite=True, progress=interrupt)
        assert digest(url) == SMALL_DIGEST
        assert [one.name for one in tmp_path.iterdir()] == ["demo.duckdb"]


def test_a_demo_is_replaced_only_when_asked(tmp_path: Path, postgres_url: str) -> None:
    for url in (place(tmp_path), postgres_url):
        build(url, scale=SMALL, seed=1)
        with pytest.raises(Refused, match=r"already stands.*overwrite"):
            build(url, scale=SMALL)
        build(url, scale=SMALL, overwrite=True)
        assert digest(url) == SMALL_DIGEST


def test_nothing_but_a_demo_is_ever_replaced(tmp_path: Path, postgres_url: str) -> None:
    for url in (place(tmp_path), postgres_url):
        engine = sa.create_engine(open_url(url))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE crm_leads (lead_id BIGINT)"))
            connection.execute(sa.text("INSERT INTO crm_leads VALUES (42)"))
        engine.dispose()
        with pytest.raises(Refused, match="not a demo"):
            build(url, scale=SMALL, overwrite=True)
        with reading(open_url(url)) as connection:
            assert connection.scalar(sa.text("SELECT lead_id FROM crm_leads")) == 42


def test_a_demo_file_that_holds_something_else_too_is_kept(tmp_path: Path) -> None:
    build(place(tmp_path), scale=SMALL)
    with reading(open_url(place(tmp_path)), write=True) as connection:
        connection.execute(sa.text("CREATE TABLE my_notes (note TEXT)"))
    with pytest.raises(Refused, match="not a demo"):
        build(place(tmp_path), scale=SMALL, overwrite=True)


def test_other_tables_of_a_database_are_left_alone(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE my_notes (note TEXT)"))
    build(postgres_url, scale=SMALL)
    build(postgres_url, scale=SMALL, overwrite=True)
    assert sa.inspect(engine).has_table("my_notes")
    engine.dispose()


@pytest.mark.parametrize("content", [b"", b"not a database at all"])
def test_a_file_that_is_no_database_is_kept(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "demo.duckdb").write_bytes(content)
    with pytest.raises(Refused, match="cannot be read"):
        build(place(tmp_path), scale=SMALL, overwrite=True)
    assert (tmp_path / "demo.duckdb").read_bytes() == content


def test_a_folder_in_the_way_is_kept(tmp_path: Path) -> None:
    (tmp_path / "demo.duckdb").mkdir()
    with pytest.raises(Refused, match="cannot be read"):
        build(place(tmp_path), scale=SMALL, overwrite=True)


@pytest.mark.parametrize("scale", [0, -1, 0.001, 1001, float("nan")])
def test_scales_out_of_reach_are_refused(scale: float, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"scale.*0\.01 to 1000"):
        build(place(tmp_path), scale=scale)


@pytest.mark.parametrize(
    "url", ["sqlite:///demo.db", "mysql://localhost/demo", "duckdb:///:memory:", "duckdb://", "?"]
)
def test_places_where_no_demo_can_stand_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        build(url, scale=SMALL)


def test_a_place_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WarehouseUnavailable, match="cannot be written"):
        build(f"duckdb:///{tmp_path / 'file' / 'demo.duckdb'}", scale=SMALL)
    with pytest.raises(WarehouseUnavailable):
        build("postgresql://nobody@127.0.0.1:1/nothing", scale=SMALL)


def test_the_password_of_a_url_is_not_told(postgres_url: str) -> None:
    secret = postgres_url.replace("postgres@", "postgres:hunter2@")
    build(secret, scale=SMALL)
    with pytest.raises(Refused) as refused:
        build(secret, scale=SMALL)
    assert "hunter2" not in str(refused.value)


def test_a_digest_needs_a_demo(tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match=r"no demo warehouse.*oracle demo build"):
        digest(place(tmp_path))


def test_a_demo_is_read_while_a_warehouse_has_it_open(velocity_duckdb: str) -> None:
    warehouse = Warehouse(velocity_duckdb)
    with warehouse.snapshot(Clock(now=DEMO_NOW, calendar=Calendar())):
        assert viewers(velocity_duckdb)["advisor"].attributes["user_id"] == 103
    warehouse.close()
