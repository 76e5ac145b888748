"""Calls that arrive while one works wait for the next one, which works for all of them at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import sleep
from typing import Generic, TypeVar

T = TypeVar("T")


class _Place(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item
        self.called = threading.Event()  # its work is done, or it is to lead
        self.done = False
        self.error: Exception | None = None


class Together(Generic[T]):
    """Gathers what many threads hand in at the same time; a lone thread waits for nobody.

    `pause` gives the seconds to wait for others before each work: none, unless many are on their way.
    """

    def __init__(self, work: Callable[[Sequence[T]], None], pause: Callable[[], float] = lambda: 0.0) -> None:
        self._work, self._pause = work, pause
        self._lock = threading.Lock()
        self._line: list[_Place[T]] = []
        self._led = False

    def do(self, item: T) -> None:
        """Return once `work` was done for the item; what it raised is raised here too."""
        place = _Place(item)
        with self._lock:
            self._line.append(place)
            leads, self._led = not self._led, True
        if not leads:
            place.called.wait()
        if not place.done:
            self._lead()
        if place.error is not None:
            raise place.error

    def _lead(self) -> None:
        """Work for all that wait now, the caller among them; then one that came meanwhile leads."""
        pause = self._pause()
        if pause > 0:
            sleep(pause)
        with self._lock:
            group, self._line = self._line, []
        error: Exception | None = None
        try:
            self._work([place.item for place in group])
        except Exception as raised:  # noqa: BLE001  # it is raised again by each that waits
            error = raised
        with self._lock:
            following = self._line[0] if self._line else None
            self._led = following is not None
        for place in group:
            place.error, place.done = error, True
            place.called.set()
        if following is not None:
            following.called.set()
