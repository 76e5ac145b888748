"""The one thread that writes to a SQLite file; what waits in its queue is committed together.

A commit costs a sync of the disk, however many works stand in it. Where there are several, each has a savepoint of its
own, so that its failure undoes it alone; none is answered before the commit that holds it is on the disk.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection, Engine

from oracle_kit.errors import StateUnavailable
from oracle_kit.state.outbox import OWN_COMMIT, outbox_of

TOGETHER = 64  # works in one commit at most, so that another process gets its turn


@dataclass(eq=False)
class Task:
    """A work, where its answer goes, and what came of it before the commit."""

    work: Callable[[Connection], Any]
    answer: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None
    messages: Sequence[str] = ()


class Writer:
    """Runs works one after the other on the engine's one connection, and delivers what they publish."""

    def __init__(self, engine: Engine, url: str, deliver: Callable[[str], None]) -> None:
        self._engine, self._url, self._deliver = engine, url, deliver
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._closing, self._closed = threading.Lock(), False
        self._thread = threading.Thread(target=self._serve, name="oracle-state-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[Connection], Any]) -> Any:
        """The work's result, once it is on the disk; its own error, or StateUnavailable."""
        task = Task(work)
        self._put(task)
        try:
            return task.answer.result()
        except KeyboardInterrupt:
            task.answer.cancel()  # once it runs this has no effect, and it is committed whole
            raise

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._closing:
            if not self._closed:
                self._tasks.put(None)
            self._closed = True
        self._thread.join()

    def _put(self, task: Task) -> None:
        with self._closing:
            if self._closed:
                raise StateUnavailable(f"the state {self._url} is closed.", hint="Open it again.")
            self._tasks.put(task)

    def _serve(self) -> None:
        while (first := self._tasks.get()) is not None:
            group = [first, *self._waiting()]
            self._commit([task for task in group if task.answer.set_running_or_notify_cancel()])

    def _waiting(self) -> list[Task]:
        found: list[Task] = []
        while len(found) < TOGETHER - 1 and not self._tasks.empty():
            task = self._tasks.get()
            if task is None:
                self._tasks.put(None)  # the end, left for `_serve`
                break
            found.append(task)
        return found

    def _commit(self, group: Sequence[Task]) -> None:
        try:
            whole = self._transaction(group)
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            for task in group:
                task.answer.set_exception(error)
            return
        if whole:
            self._answer(group)
        else:
            for task in group:
                self._commit([task])

    def _transaction(self, group: Sequence[Task]) -> bool:
        """Commit the group; False, with nothing kept, where one work of several ended the transaction for all."""
        if len(group) == 1:
            self._alone(group[0])
            return True
        with self._engine.connect() as connection, connection.begin() as transaction:
            for task in group:
                self._attempt(connection, task)
                if task.error is not None and not (transaction.is_active and _open(connection)):
                    if transaction.is_active:
                        transaction.rollback()
                    connection.invalidate()
                    return False
        return True

    def _alone(self, task: Task) -> None:
        """Commit the one work; where it fails it is undone with the transaction, for which it needs no savepoint."""
        with self._engine.connect() as connection:
            try:
                with connection.begin() as transaction:
                    self._work(connection, task)
                    if not (transaction.is_active and _open(connection)):
                        raise RuntimeError(OWN_COMMIT)
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for this work
                task.error = error
                if not connection.invalidated and _open(connection):
                    connection.invalidate()

    def _work(self, connection: Connection, task: Task) -> None:
        with outbox_of(connection) as task.messages:
            task.result = task.work(connection)

    def _attempt(self, connection: Connection, task: Task) -> None:
        savepoint = connection.begin_nested()
        task.error = None
        try:
            self._work(connection, task)
            savepoint.commit()
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for this work
            task.error = error
            if savepoint.is_active and _open(connection):
                savepoint.rollback()

    def _answer(self, group: Sequence[Task]) -> None:
        for task in group:
            if task.error is not None:
                task.answer.set_exception(task.error)
                continue
            for message in task.messages:
                self._deliver(message)
            task.answer.set_result(task.result)


def _open(connection: Connection) -> bool:
    """Whether SQLite still has the transaction; a full disk, for one, makes it roll back by itself."""
    raw: Any = connection.connection.dbapi_connection
    return bool(raw.in_transaction)
