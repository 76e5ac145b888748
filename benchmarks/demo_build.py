"""How long the demo warehouse takes to build on DuckDB, and how much memory, beside a floor.

    python benchmarks/demo_build.py [SCALE ...]

The floor writes as many rows of as many numbers from DuckDB's own range() to a file, with no story in them;
`x` is how many times the floor the build took. Each build and each floor has a process of its own, so that
the peak is its own. Wall and processor seconds both stand, since other work may share the machine.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from oracle_kit.demo import build
from oracle_kit.demo.reading import open_url, reading
from oracle_kit.demo.tables import VELOCITY

Figures = dict[str, float]
TABLES = [table for name, table in VELOCITY.tables.items() if name != "oracle_demo"]


def counts(path: Path) -> dict[str, int]:
    """How many rows each table of a demo holds."""
    with reading(open_url(f"duckdb:///{path}")) as connection:
        found = {t.name: connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in TABLES}
    return {name: count or 0 for name, count in found.items()}


def write_demo(path: Path, scale: float) -> None:
    """The demo itself."""
    build(f"duckdb:///{path}", scale=scale)


def write_floor(path: Path, rows: dict[str, int]) -> None:
    """The same tables' worth of numbers: so many rows of so many columns, from range()."""
    engine = sa.create_engine(sa.URL.create("duckdb", database=str(path)))
    with engine.begin() as connection:
        for table in TABLES:
            plain = sa.Table(
                table.name, sa.MetaData(), *(sa.Column(one.name, sa.BigInteger) for one in table.columns)
            )
            plain.create(connection)
            number = sa.func.range(rows[table.name]).table_valued("range").c.range
            columns = [(number * (place + 1)).label(one.name) for place, one in enumerate(plain.columns)]
            connection.execute(plain.insert().from_select(list(plain.columns.keys()), sa.select(*columns)))
    engine.dispose()


def measured(kind: str, path: Path, argument: str) -> Figures:
    """Seconds, processor seconds and peak memory of one build or floor, in a process of its own."""
    command = [sys.executable, __file__, "--one", kind, str(path), argument]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def one(kind: str, path: Path, argument: str) -> Figures:
    """What `measured` measures, in this process."""
    before, processor = time.perf_counter(), time.process_time()
    if kind == "demo":
        write_demo(path, float(argument))
    else:
        write_floor(path, json.loads(argument))
    return {
        "seconds": time.perf_counter() - before,
        "processor": time.process_time() - processor,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "file_mib": path.stat().st_size / 2**20,
    }


def compare(scale: float, folder: Path) -> str:
    """One line of the report: the build at a scale, and its floor."""
    path, floor = folder / "demo.duckdb", folder / "floor.duckdb"
    built = measured("demo", path, str(scale))
    rows = counts(path)
    path.unlink()
    least = measured("floor", floor, json.dumps(rows))
    floor.unlink()
    return (
        f"{scale:>6g} {sum(rows.values()):>12,} {built['seconds']:>9.2f} {built['processor']:>9.2f} "
        f"{built['peak_mib']:>9.0f} {built['file_mib']:>9.0f} {least['seconds']:>9.2f} "
        f"{least['processor']:>9.2f} {least['peak_mib']:>9.0f} {built['seconds'] / least['seconds']:>6.1f}"
    )


def main(scales: list[float] | None = None) -> None:
    """Print a line for each scale, 1 unless told."""
    print(f"{'':>19} {'demo':>9} {'':>29} {'floor':>9}")
    print(
        f"{'scale':>6} {'rows':>12} {'wall s':>9} {'cpu s':>9} {'peak MiB':>9} {'file MiB':>9} "
        f"{'wall s':>9} {'cpu s':>9} {'peak MiB':>9} {'x':>6}"
    )
    for scale in scales or [1.0]:
        with tempfile.TemporaryDirectory() as folder:
            print(compare(scale, Path(folder)), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2], Path(sys.argv[3]), sys.argv[4])))
    else:
        main([float(scale) for scale in sys.argv[1:]])
