"""What was worked out for a viewer, kept for the next time they ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from oracle_kit.model import Viewer

T = TypeVar("T")


class ForViewers(Generic[T]):
    """A value for each set of rights (roles and attributes), made anew when what it is made from is another.

    Safe to share between threads; the rights that were not used for longest are forgotten.
    """

    def __init__(self, most: int = 256) -> None:
        self._most, self._changing = most, threading.Lock()
        self._kept: OrderedDict[tuple[tuple[str, ...], str], tuple[object, T]] = OrderedDict()

    def of(self, viewer: Viewer, source: object, make: Callable[[], T]) -> T:
        """The value for the viewer, made from `source`, this very object."""
        rights = (viewer.roles, repr(sorted(viewer.attributes.items())))
        with self._changing:
            kept = self._kept.get(rights)
            if kept is not None and kept[0] is source:
                self._kept.move_to_end(rights)
                return kept[1]
        made = make()
        with self._changing:
            self._kept[rights] = (source, made)
            self._kept.move_to_end(rights)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
