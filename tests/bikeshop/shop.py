"""A bike-rental business in Hamburg on DuckDB: stations, bikes, riders, rentals and repairs, the same at each build."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

CONTENT = Path(__file__).parent
NOW = datetime(2026, 6, 17, 12, 0)  # a Wednesday

_TABLES = """
CREATE TABLE stations AS
SELECT i AS station_id,
       ['Altona', 'Baumwall', 'Central', 'Dockland', 'Elbpark', 'Fish Market', 'Grindel', 'Harbour'][i] AS name,
       ['West', 'South', 'Centre', 'West', 'West', 'South', 'North', 'South'][i] AS district,
       (10 + (i * 7) % 15)::INTEGER AS docks,
       DATE '2023-03-01' + INTERVAL (i * 40) DAY AS opened_on
FROM range(1, 9) t(i);

CREATE TABLE bikes AS
SELECT i AS bike_id,
       ['City Cruiser', 'E-Glide', 'Cargo Max', 'Kid Sprint'][1 + i % 4] AS model,
       ['standard', 'electric', 'cargo', 'child'][1 + i % 4] AS kind,
       (1 + (i * 5) % 8)::INTEGER AS station_id,
       CASE WHEN i % 17 = 0 THEN 'broken' WHEN i % 5 = 0 THEN 'worn' ELSE 'good' END AS condition,
       ([420, 1890, 2650, 240][1 + i % 4] + (i * 13) % 90)::DECIMAL(10, 2) AS price_eur,
       (DATE '2023-04-01' + INTERVAL ((i * 11) % 1000) DAY)::DATE AS bought_on,
       (i % 29 = 0) AS is_retired
FROM range(1, 241) t(i);

CREATE TABLE riders AS
SELECT i AS rider_id,
       ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Finn', 'Greta', 'Hannes'][1 + i % 8] || ' ' ||
       ['Albers', 'Brandt', 'Claasen', 'Dreyer', 'Ehlers', 'Friese', 'Gerdes', 'Hinrichs', 'Jessen'][1 + (i * 7) % 9]
           AS full_name,
       ['casual', 'monthly', 'yearly'][1 + (i * 3 + i % 5) % 3] AS plan,
       ['Hamburg', 'Bremen', 'Kiel', 'Berlin'][1 + (i * 5 // 3) % 4] AS home_town,
       'rider' || i || '@example.org' AS email,
       (TIMESTAMP '2024-01-01' + INTERVAL ((i * 53) % 880) DAY) AS joined_at
FROM range(1, 401) t(i);

CREATE TABLE rentals AS
SELECT i AS rental_id,
       (1 + (i * 31) % 240)::INTEGER AS bike_id,
       (1 + (i * 17) % 400)::INTEGER AS rider_id,
       (1 + (i * i // 5) % 8)::INTEGER AS station_id,
       (TIMESTAMP '2025-06-01' + INTERVAL ((i * 7919) % 549000) MINUTE) AS started_at,
       CASE WHEN i % 97 = 0 THEN NULL ELSE (8 + (i * 37) % 170)::INTEGER END AS minutes,
       CASE WHEN i % 97 = 0 THEN NULL ELSE ((150 + (i * 37) % 170 * 12) / 100.0)::DECIMAL(8, 2) END AS fee_eur,
       CASE WHEN i % 3 = 0 THEN NULL ELSE (1 + (i * 11) % 5)::INTEGER END AS rating,
       ['Ines', 'Jonas', 'Katrin'][1 + i % 3] AS clerk
FROM range(1, 5001) t(i);

CREATE TABLE repairs AS
SELECT i AS repair_id,
       (1 + (i * 19) % 240)::INTEGER AS bike_id,
       ['brake', 'tyre', 'chain', 'battery', 'light'][1 + (i * 3) % 5] AS part,
       ['Lars', 'Mira'][1 + i % 2] AS mechanic,
       (TIMESTAMP '2025-06-05' + INTERVAL ((i * 5003) % 543000) MINUTE) AS reported_at,
       CASE WHEN i % 6 = 0 THEN NULL
            ELSE TIMESTAMP '2025-06-05' + INTERVAL ((i * 5003) % 543000 + 600 + (i * 71) % 9000) MINUTE END AS fixed_at,
       (15 + (i * 23) % 140)::DECIMAL(8, 2) AS cost_eur
FROM range(1, 481) t(i);
"""


def build_shop(path: Path) -> str:
    """The URL of the shop's database, built at `path`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(_TABLES)
    return f"duckdb:///{path}"
