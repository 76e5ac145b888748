"""A handle on a batch, for a notebook: progress, results as they come, a table, a small picture of how it went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from oracle_kit.errors import NotInstalled
from oracle_kit.frames import to_pandas
from oracle_kit.jobs.job import Job, Result
from oracle_kit.model import Viewer
from oracle_kit.usecases.batch_picture import Picture

if TYPE_CHECKING:
    from oracle_kit.usecases.jobs import Jobs

COLUMNS = ("request_id", "status", "reply", "latency_ms", "attempts", "provider", "model", "failure_reason")


class Batch:
    """One batch of a viewer; `job_id` finds it again after a restart of the kernel."""

    def __init__(self, jobs: Jobs, viewer: Viewer, job_id: str) -> None:
        self._jobs, self._viewer, self.job_id = jobs, viewer, job_id

    @property
    def job(self) -> Job:
        """The job as it stands."""
        return self._jobs.read(self.job_id, viewer=self._viewer)

    def results(self) -> Iterator[Result]:
        """Each item once it has ended, in the order in which they end, until the job has."""
        return self._jobs.follow(self.job_id, viewer=self._viewer)

    def wait(self, *, progress: bool = True) -> Job:
        """The job when it has ended, with a progress bar until then; NotInstalled without tqdm."""
        if not progress:
            for _ in self.results():
                pass
            return self.job
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            hint = 'pip install "oracle-kit[notebook]", or wait(progress=False).'
            raise NotInstalled("The progress bar needs tqdm.", hint=hint) from error
        failed = 0
        with tqdm(total=self.job.submitted_count, unit="item") as bar:
            for one in self.results():
                failed += one.status == "failed"
                bar.update()
                bar.set_postfix(failed=failed, refresh=False)
        return self.job

    def cancel(self) -> Job:
        """The job, of which nothing more begins."""
        return self._jobs.cancel(self.job_id, viewer=self._viewer)

    def retry(self) -> Job:
        """The job, whose failed items run again."""
        self._jobs.retry(self.job_id, viewer=self._viewer)
        self._jobs.start_worker()
        return self.job

    def to_pandas(self) -> Any:
        """What has ended so far, as a DataFrame; NotInstalled without pandas."""
        found = self._jobs.every_result(self.job_id, viewer=self._viewer)
        rows = [tuple(getattr(one, name) for name in COLUMNS) for one in found]
        types = {"latency_ms": "float", "attempts": "integer"}
        return to_pandas([(name, types.get(name, "text")) for name in COLUMNS], rows)

    def picture(self) -> Picture:
        """Outcomes and latencies of what has ended so far."""
        return Picture(tuple(self._jobs.every_result(self.job_id, viewer=self._viewer)))

    def __repr__(self) -> str:
        job = self.job
        ended = job.completed_count + job.failed_count
        return f"Batch({self.job_id!r}, {job.status}, {ended} of {job.submitted_count})"
