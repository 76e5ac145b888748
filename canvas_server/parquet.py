"""Results as a Parquet file that is gone when it was sent."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask

from oracle_kit import Oracle, Viewer


def parquet_file(
    oracle: Oracle, viewer: Viewer, job_id: str, after: str | None
) -> tuple[Path, BackgroundTask]:
    """The file, and what removes it."""
    folder = Path(tempfile.mkdtemp(prefix="oracle-results-"))
    file = folder / f"{job_id}.parquet"
    oracle.jobs.parquet(job_id, file, viewer=viewer, after=after)

    def remove() -> None:
        file.unlink(missing_ok=True)
        folder.rmdir()

    return file, BackgroundTask(remove)
