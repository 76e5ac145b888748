"""Batches under a viewer's rights: submit, watch, read, cancel, retry; and the worker of this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from oracle_kit.errors import NotFound, Refused
from oracle_kit.identity.roles import may, require
from oracle_kit.jobs.delivery import check_delivery
from oracle_kit.jobs.job import NO_PROVIDER, Job, JobAsked, Resolved, Result
from oracle_kit.jobs.ledger import Ledger, topic
from oracle_kit.jobs.moves import JobStatus
from oracle_kit.jobs.spool import Form, Spool
from oracle_kit.jobs.submission import checked, job_of
from oracle_kit.jobs.worker import Worker
from oracle_kit.llm.policy import Wanted
from oracle_kit.model import Viewer
from oracle_kit.query import digest
from oracle_kit.state.feed import Subscription
from oracle_kit.usecases.approvals import Approvals
from oracle_kit.usecases.batch import Batch
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.proposing import Proposing
from oracle_kit.usecases.repeats import Keeping, done_once
from oracle_kit.usecases.results import as_csv, write_parquet
from oracle_kit.usecases.working import OpenAt, job_types, limit_of, pace_of

PAGE = 1_000  # results read at a time


class Jobs:
    """The batches of one workbench."""

    def __init__(self, parts: Parts, open_at: OpenAt, approvals: Approvals) -> None:
        self._parts, self._ledger, self._proposing = parts, Ledger(parts.state), Proposing(approvals)
        self._types = job_types(parts, open_at, self._ledger, self._proposing.schema)
        self._worker: Worker | None = None
        self._starting = threading.Lock()

    # submit ------------------------------------------------------------------------------------

    def spool(self, form: Form) -> Spool:
        """A place for a batch to be put while it arrives; Refused above the limit of bytes."""
        return Spool(form, self._parts.batch.most_bytes)

    @property
    def arrival_seconds(self) -> float:
        """How long a batch may take to arrive."""
        return self._parts.batch.arrival_seconds

    def submit(
        self,
        spool: Spool,
        *,
        viewer: Viewer,
        asked: JobAsked | Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Job:
        """The job, stored whole; the same idempotency `key` with the same batch gives the job that it made before.

        `asked` is what lines (NDJSON) come with. Raises BatchRefused with every fault by its path, NotPermitted,
        NotFound for an unknown provider, KeyReused.
        """
        require(viewer, "batch")
        job = job_of(asked) if isinstance(asked, Mapping) else asked
        with closing(checked(spool, self._types, self._parts.batch.most_items, job)) as submission:
            self._proposing.check(submission.asked, viewer)
            resolved = self._resolved(submission.asked, viewer)

            def do(keeping: Keeping) -> tuple[str, Callable[[], Any]]:
                also = keeping(lambda job_id: job_id) or (lambda connection, job_id: None)
                job_id = self._ledger.submit(submission, resolved, key=key, also=also)
                return job_id, lambda: job_id

            payload = ["batch", submission.payload_hash]
            job_id = done_once(self._parts, viewer, key, payload, do, lambda stored: str(stored))
        return self._ledger.job(job_id)

    def submit_items(
        self, asked: JobAsked, items: Iterable[tuple[str, str]], *, viewer: Viewer, key: str | None = None
    ) -> Job:
        """A job of user messages by their request ids, as `submit`."""
        with self.spool("ndjson") as spool:
            for request_id, text in items:
                item = {"request_id": request_id, "messages": [{"role": "user", "content": text}]}
                spool.add(json.dumps(item).encode() + b"\n")
            return self.submit(spool, viewer=viewer, asked=asked, key=key)

    def batch(
        self,
        prompts: Iterable[str] | None = None,
        *,
        viewer: Viewer,
        job_id: str | None = None,
        page: str | None = None,
        job_type: str = "oracle_canvas_planning",
        key: str | None = None,
        **asked: Any,
    ) -> Batch:
        """A handle on a new batch of prompts, or with `job_id` on one that was submitted before.

        A worker of this process is started where there is none, so that the batch runs; NotInstalled where it cannot.
        """
        self.check_worker()
        if job_id is None:
            job = JobAsked(job_type=job_type, page_id=page, **asked)
            items = ((str(number), prompt) for number, prompt in enumerate(prompts or ()))
            job_id = self.submit_items(job, items, viewer=viewer, key=key).job_id
        else:
            self._seen(job_id, viewer)
        self.start_worker()
        return Batch(self, viewer, job_id)

    # read --------------------------------------------------------------------------------------

    def list(
        self,
        *,
        viewer: Viewer,
        status: JobStatus | None = None,
        job_type: str | None = None,
        mine: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Job, ...], str | None]:
        """Jobs, newest first: one's own, and those of others for whoever may see them, unless `mine`."""
        require(viewer, "batch")
        own = mine or not may(viewer, "see_jobs_of_others")
        return self._ledger.jobs(
            submitted_by=viewer.id if own else None,
            status=status,
            job_type=job_type,
            limit=limit,
            cursor=cursor,
        )

    def read(self, job_id: str, *, viewer: Viewer) -> Job:
        """A job as it stands; NotFound where it is not there for this viewer."""
        return self._seen(job_id, viewer)

    def results(
        self, job_id: str, *, viewer: Viewer, after: str | None = None, limit: int = PAGE
    ) -> tuple[Result, ...]:
        """Items that have ended, in the order in which they did, after a cursor; Refused for a cursor that is none."""
        self._read_whole(job_id, viewer)
        try:
            return self._ledger.ended(job_id, after=after, limit=limit)
        except ValueError:
            raise Refused("This cursor is not one that a result gave; begin without one.") from None

    def every_result(self, job_id: str, *, viewer: Viewer, after: str | None = None) -> Iterator[Result]:
        """All items that have ended by now, read a page at a time."""
        while page := self.results(job_id, viewer=viewer, after=after):
            yield from page
            after = page[-1].cursor

    def follow(self, job_id: str, *, viewer: Viewer, after: str | None = None) -> Iterator[Result]:
        """Each item once it has ended, until the job has."""
        with self.watch(job_id, viewer=viewer) as news:
            while True:
                ended = self.read(job_id, viewer=viewer).ended
                for one in self.every_result(job_id, viewer=viewer, after=after):
                    yield one
                    after = one.cursor
                if ended:
                    return
                news.get(timeout=1.0)
                if news.overflowed:
                    news.resume()

    def csv(self, job_id: str, *, viewer: Viewer, after: str | None = None) -> Iterator[str]:
        """What has ended by now as CSV text, piece by piece."""
        return as_csv(self.every_result(job_id, viewer=viewer, after=after))

    def parquet(self, job_id: str, path: Path, *, viewer: Viewer, after: str | None = None) -> None:
        """Write what has ended by now as a Parquet file."""
        write_parquet(self.every_result(job_id, viewer=viewer, after=after), path)

    def item(self, job_id: str, request_id: str, *, viewer: Viewer) -> Result:
        """One item as it stands; NotFound."""
        self._read_whole(job_id, viewer)
        return self._ledger.item(job_id, request_id)

    def watch(self, job_id: str, *, viewer: Viewer, wake: Callable[[], None] | None = None) -> Subscription:
        """What is told when items of the job end or its status changes; read on with `results` and `read`."""
        self._seen(job_id, viewer)
        return self._parts.state.feed.subscribe(topic(job_id), wake=wake)

    # change ------------------------------------------------------------------------------------

    def cancel(self, job_id: str, *, viewer: Viewer) -> Job:
        """The job, of which nothing more begins; what is done stays. Conflict where it has ended."""
        self._seen(job_id, viewer)
        self._ledger.cancel(job_id, by=viewer.id)
        return self._ledger.job(job_id)

    def retry(self, job_id: str, *, viewer: Viewer) -> Job:
        """The job, whose failed items are queued again; Conflict while it runs or where none failed."""
        self._read_whole(job_id, viewer)
        self._ledger.retry(job_id, by=viewer.id)
        return self._ledger.job(job_id)

    # the worker of this process ----------------------------------------------------------------

    @property
    def worker(self) -> Worker | None:
        """The worker of this process, where one was started."""
        return self._worker

    def check_worker(self) -> None:
        """Returns where this process could run batches; NotInstalled on PostgreSQL without pgqueuer."""
        check_delivery(self._parts.state)

    def start_worker(self, *, threads: int | None = None) -> Worker:
        """The worker of this process, started where there is none; NotInstalled as `check_worker`."""
        with self._starting:
            if self._worker is None or not self._worker.alive:
                pace = pace_of(self._parts, threads)
                self._worker = Worker(
                    self._parts.state,
                    self._types,
                    limit_of(self._parts),
                    pace=pace,
                    proposing=self._proposing,
                )
                self._worker.start()
            return self._worker

    def providers(self) -> tuple[str, ...]:
        """The model providers that chats may be answered by."""
        return tuple(self._parts.router.lanes) if self._parts.router is not None else ()

    def anything_to_do(self) -> bool:
        """Whether some job has not ended."""
        return any(
            self._ledger.jobs(submitted_by=None, status=status, limit=1)[0]
            for status in ("queued", "running", "cancelling")
        )

    def close(self, drain: float = 5.0) -> None:
        """Stop the worker of this process, where there is one."""
        if self._worker is not None:
            self._worker.stop(drain)
            self._worker = None

    # -------------------------------------------------------------------------------------------

    def _seen(self, job_id: str, viewer: Viewer) -> Job:
        """The job, for its submitter and for those who may see others' jobs."""
        job = self._ledger.job(job_id)
        if viewer.id != job.submitted_by and not may(viewer, "see_jobs_of_others"):
            raise _not_there(job_id)
        return job

    def _read_whole(self, job_id: str, viewer: Viewer) -> Job:
        """The job with all that is in it: for its submitter and an administrator."""
        job = self._seen(job_id, viewer)
        if viewer.id != job.submitted_by and not may(viewer, "administer"):
            raise _not_there(job_id, "results")
        return job

    def _resolved(self, asked: JobAsked, viewer: Viewer) -> Resolved:
        content = digest([self._parts.catalog.digest, self._parts.knowledge.current().codebook.digest])
        found = {"content_digest": content, "clock": self._parts.clock().now, "viewer": viewer}
        router = self._parts.router
        if router is None or not self._types.of(asked.job_type).asks_models:
            return Resolved(**found)
        wanted = Wanted(workload="batch", private=asked.private, provider=asked.provider, model=asked.model)
        rungs, _ = router.order(wanted, 0)
        first = next(iter(rungs), None)
        provider, model = (first.provider, first.model) if first else (NO_PROVIDER, NO_PROVIDER)
        return Resolved(provider=provider, model=model, **found)


def _not_there(job_id: str, what: str = "job") -> NotFound:
    told = (
        f"There is no job {job_id}." if what == "job" else f"There are no {what} of the job {job_id} for you."
    )
    return NotFound(told, hint="`oracle batch list` lists those that you may see.")
