"""`oracle init`: somebody's own data to a first answer, whatever the file looks like."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from oracle_kit import open_oracle, read_settings
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.errors import ContentError, NotFound, WarehouseUnavailable
from oracle_kit.starting import start


def written(file: Path, *lines: list[object]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(lines)
    return file


def orders(folder: Path) -> Path:
    head: list[object] = ["Order ID", "Ordered At", "Branch", "Cups", "Price INR", "Customer Email"]
    rows: list[list[object]] = [
        [
            at,
            f"2026-0{at % 6 + 1}-11 09:00:00",
            ("Pune", "Goa", "Kochi")[at % 3],
            at % 4,
            f"{at}.50",
            f"c{at}@x.org",
        ]
        for at in range(1, 121)
    ]
    return written(folder / "Coffee Orders.csv", head, *rows)


def test_csv_to_a_first_answer_that_agrees_with_the_file(tmp_path: Path) -> None:
    made = start(str(orders(tmp_path)), tmp_path / "wb")
    assert (made.dataset, made.rows) == ("coffee_orders", 120)
    guesses = dict(made.guesses)
    assert guesses["price_inr"] == "number, float; in INR"
    assert guesses["customer_email"] == "dimension, text; personal: masked"
    oracle = open_oracle(read_settings(config=tmp_path / "wb" / "oracle.toml"))
    try:
        assert not [one for one in oracle.check() if one.level == "error"]
        for ask in made.asks:
            assert oracle.ask(ask, viewer=oracle.viewer("analyst")).status != "refused", ask
        answer = oracle.ask("price by branch", viewer=oracle.viewer("analyst"))
        found = {row[0]: float(str(row[1])) for row in answer.blocks[0].rows}
        cities = ("Pune", "Goa", "Kochi")
        assert found == {
            name: sum(at + 0.5 for at in range(1, 121) if cities[at % 3] == name) for name in cities
        }
    finally:
        oracle.close()


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (["Näme", "size (m²)", "Order.No"], ["Ä", 3, "x"]),
        (["select", "and", "count", ""], [1, 2, 3, 4]),
        (["a b", "A-B", "a_b"], [1, 2, 3]),
        (["x" * 90, "<script>", "=1+1"], ["<script>alert(1)</script>", '"', "'; drop table x"]),
    ],
)
def test_odd_names_load(tmp_path: Path, head: list[object], line: list[object]) -> None:
    start(str(written(tmp_path / "2026 odd.csv", head, line, line)), tmp_path / "wb")
    catalog = Catalog.load(tmp_path / "wb" / "datasets")
    (dataset,) = catalog.datasets.values()
    assert len(dataset.fields) == len(head) + 1  # rows are equal, so they are numbered
    assert dataset.key == "row_number"


def test_table_of_a_database(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table orders (order_id integer, placed_on date, state varchar, tags varchar[])"
        )
        connection.execute(
            "insert into orders select i, date '2026-01-01' + i::integer, 's' || (i % 3), [] from range(50) t(i)"
        )
        connection.execute("create table other (x integer)")
    url = f"duckdb:///{path}"
    with pytest.raises(NotFound, match="2 tables"):
        start(url, tmp_path / "wb")
    with pytest.raises(NotFound) as error:
        start(url, tmp_path / "wb", table="order")
    assert "orders" in error.value.hint
    made = start(url, tmp_path / "wb", table="orders")
    assert made.rows == 50
    assert [name for name, _ in made.left_out] == ["tags"]


def test_table_of_postgresql(tmp_path: Path, postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "create table visits (visit_id bigint, seen_at timestamptz, place text, fee numeric(10,2))"
            )
        )
        connection.execute(
            sa.text("insert into visits select i, now(), 'p' || (i % 4), i from generate_series(1, 40) i")
        )
    engine.dispose()
    made = start(postgres_url, tmp_path / "wb")
    assert dict(made.guesses)["seen_at"] == "time, timestamp"
    oracle = open_oracle(read_settings(config=tmp_path / "wb" / "oracle.toml", warehouse_url=postgres_url))
    try:
        assert not [one for one in oracle.check() if one.level == "error"]
        answer = oracle.ask("visits by place", viewer=oracle.viewer("analyst"))
        assert [row[1] for row in answer.blocks[0].rows] == [10, 10, 10, 10]
    finally:
        oracle.close()


def test_password_is_not_written(tmp_path: Path) -> None:
    from oracle_kit.starting import _settings

    text = _settings(tmp_path, "postgresql+psycopg://me:hunter2@host/shop")
    assert "hunter2" not in text
    assert "ORACLE_WAREHOUSE_URL" in text


def test_what_cannot_be_begun_with(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="neither a file nor a database URL"):
        start(str(tmp_path / "nothing.csv"), tmp_path / "wb")
    with pytest.raises(WarehouseUnavailable):
        start("nonsense://x", tmp_path / "wb")
    with pytest.raises(ContentError, match="no rows"):
        start(str(written(tmp_path / "empty.csv", ["a", "b"])), tmp_path / "wb1")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(ContentError):
        start(str(binary), tmp_path / "wb2")
    with pytest.raises(ContentError, match="does not tell every row apart"):
        start(str(orders(tmp_path)), tmp_path / "wb3", key="Branch")


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    file = str(orders(tmp_path))
    start(file, tmp_path / "wb")
    mended = tmp_path / "wb" / "datasets" / "coffee_orders.yaml"
    mended.write_text("mine")
    with pytest.raises(ContentError, match="already"):
        start(file, tmp_path / "wb")
    assert mended.read_text() == "mine"
    start(file, tmp_path / "wb", overwrite=True)
    assert mended.read_text() != "mine"


def test_the_command(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ORACLE_")}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "oracle_kit",
            "init",
            str(orders(tmp_path)),
            "--into",
            str(tmp_path / "wb"),
            "--json",
        ],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["findings"] == []
    assert told["asks"]
