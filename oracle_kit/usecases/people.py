"""Whether somebody who signs in is still there, asked of the warehouse now and then."""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import monotonic

from oracle_kit.errors import Unauthenticated, WarehouseUnavailable
from oracle_kit.model import Viewer
from oracle_kit.query import Scalar
from oracle_kit.usecases.parts import Parts

KNOWN_S = 15.0  # how long an answer is believed
REMEMBERED = 10_000


class Staff:
    """The people of the workbench; those whose token carries the declared attribute must be active among them."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._lock = parts, threading.Lock()
        self._known: OrderedDict[Scalar, tuple[bool, float]] = OrderedDict()

    def check(self, viewer: Viewer) -> None:
        """Returns where the viewer is still there; Unauthenticated, or WarehouseUnavailable where nobody can tell."""
        people = self._parts.catalog.people
        key = viewer.attributes.get(people.attribute) if people is not None else None
        if key is not None and not self._is_active(key):
            raise Unauthenticated(
                "The account of this token is no longer active.", hint="Ask an administrator."
            )

    def _is_active(self, key: Scalar) -> bool:
        known, asked = self._known.get(key, (None, 0.0))
        if known is not None and monotonic() - asked < KNOWN_S:
            return known
        try:
            active = self._ask(key)
        except WarehouseUnavailable:
            if known is None:
                raise
            return known  # while the warehouse is away, what was known stands
        with self._lock:
            self._known[key] = (active, monotonic())
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return active

    def _ask(self, key: Scalar) -> bool:
        people, clock = self._parts.catalog.people, self._parts.clock()
        with self._parts.warehouse.snapshot(clock) as snapshot:
            return people is not None and people.is_active(key, snapshot)
