"""A spooled batch checked whole, before anything of it is stored: every fault named by its item."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from pydantic import ValidationError

from oracle_kit.errors import NotFound, Refused
from oracle_kit.jobs.job import ItemAsked, JobAsked
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.spool import BatchRefused, Spool
from oracle_kit.query import canonical_json, digest

MOST_FAULTS = 100  # that one answer names


@dataclass(frozen=True)
class StoredItem:
    """An item as it is kept: its payload as JSON, without its id, and the hash of that."""

    request_id: str
    position: int
    payload: dict[str, Any]
    payload_hash: str


class Submission:
    """A batch that may be stored: what was asked, how many items, and the hash over all of it."""

    def __init__(self, asked: JobAsked, count: int, payload_hash: str, file: IO[bytes]) -> None:
        self.asked, self.count, self.payload_hash, self._file = asked, count, payload_hash, file

    def items(self) -> Iterator[StoredItem]:
        """The items in order, read from the file as they are wanted."""
        self._file.seek(0)
        for position, line in enumerate(self._file):
            request_id, payload, payload_hash = json.loads(line)
            yield StoredItem(request_id, position, payload, payload_hash)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def checked(spool: Spool, types: JobTypes, most_items: int, asked: JobAsked | None = None) -> Submission:
    """The batch, ready to be stored; `asked` is what a form without it (NDJSON) came with.

    BatchRefused where anything of it cannot be: no items, too many, an id that is empty or stands twice, an item
    that the job's type does not take. Each fault has the item's path.
    """
    job = asked or _job(spool)
    _check_job(job, types)
    file: IO[bytes] = tempfile.TemporaryFile(prefix="oracle-batch-")  # noqa: SIM115  # the submission closes it
    try:
        check = _Check(job, types, most_items, file)
        for kind, value in spool.parts():
            if kind == "item":
                check.add(value)
        return check.done()
    except BaseException:
        file.close()
        raise


def _job(spool: Spool) -> JobAsked:
    for kind, value in spool.parts():
        if kind == "job":
            return job_of(value)
    raise AssertionError  # every object has a part beside its items, if an empty one


def job_of(value: Any) -> JobAsked:
    """What was asked of a whole batch; BatchRefused names the first field that is wrong."""
    try:
        return JobAsked.model_validate(value)
    except ValidationError as error:
        faults = [_fault(f"/{_path(one['loc'])}", one) for one in error.errors()]
        raise _refused(faults, len(faults)) from None


def _check_job(job: JobAsked, types: JobTypes) -> None:
    try:
        types.of(job.job_type).check_job(job)
    except NotFound as error:
        raise BatchRefused(error.message, hint=error.hint, errors=[]) from None


class _Check:
    def __init__(self, job: JobAsked, types: JobTypes, most: int, file: IO[bytes]) -> None:
        self._job, self._type, self._most, self._file = job, types.of(job.job_type), most, file
        self._seen: set[bytes] = set()
        self._faults: list[dict[str, Any]] = []
        self._count = self._wrong = 0
        self._hash = hashlib.sha256(canonical_json(job.model_dump(mode="json")).encode())

    def add(self, value: Any) -> None:
        at = self._count
        self._count += 1
        if self._count > self._most:
            raise BatchRefused(f"A batch holds at most {self._most:,} items.", hint="Submit it in parts.")
        try:
            item = ItemAsked.model_validate(value)
            self._type.check_item(self._job, item)
        except ValidationError as error:
            for one in error.errors()[:3]:
                self._note(_fault(f"/items/{at}/{_path(one['loc'])}", one))
            return
        except Refused as error:
            self._note({"path": f"/items/{at}", "code": error.code, "message": str(error)})
            return
        if self._is_new(item.request_id, at):
            self._keep(item, at)

    def _is_new(self, request_id: str, at: int) -> bool:
        path = f"/items/{at}/request_id"
        if not request_id.strip() or not request_id.isprintable():
            self._note({"path": path, "code": "empty", "message": "a request_id is visible characters"})
            return False
        short = hashlib.blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if short in self._seen:
            message = f"the request_id {request_id!r} stands twice"
            self._note({"path": path, "code": "duplicate", "message": message})
            return False
        self._seen.add(short)
        return True

    def _keep(self, item: ItemAsked, at: int) -> None:
        payload = item.model_dump(mode="json", exclude={"request_id"}, exclude_defaults=True)
        try:
            hashed = digest(payload)
        except UnicodeEncodeError:  # half of a pair of surrogates
            self._note(
                {"path": f"/items/{at}", "code": "text", "message": "it holds something that is no text"}
            )
            return
        line = json.dumps([item.request_id, payload, hashed], separators=(",", ":"))
        self._hash.update(f"\n{json.dumps(item.request_id)} {hashed}".encode())
        self._file.write(line.encode() + b"\n")

    def _note(self, fault: dict[str, Any]) -> None:
        self._wrong += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)

    def done(self) -> Submission:
        if not self._count:
            raise BatchRefused("A batch has at least one item.", hint="Send `items`.", errors=[])
        if self._faults:
            raise _refused(self._faults, self._wrong)
        return Submission(self._job, self._count, f"sha256:{self._hash.hexdigest()}", self._file)


def _refused(faults: list[dict[str, Any]], count: int) -> BatchRefused:
    first = faults[0]
    more = f" ({count} faults in all)" if count > 1 else ""
    hint = "Mend what `errors` names and submit it again; nothing was stored."
    return BatchRefused(f"{first['path']}: {first['message']}{more}.", hint=hint, errors=faults)


def _fault(path: str, fault: Any) -> dict[str, Any]:
    return {"path": path, "code": fault["type"], "message": fault["msg"]}


def _path(location: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in location)
